"""A delivery of which no request can be made ends at once, in plain words, and holds up no other one."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from sync.models import Alert, OrderLine, OutboxEntry, Shipment
from sync.outbox.payloads import PayloadUnreadable, check_readable
from sync.services.corrections import correct_delivery
from sync.services.deliveries import retry_delivery
from tests.accounts.builders import make_staff
from tests.deliveries import State, delivery
from tests.sync import builders as make
from tests.sync.erp import Erp
from tests.sync.vendor import Vendor, header, only_entry

pytestmark = pytest.mark.django_db

HEADER = {
    "planned_delivery_date": "2099-01-05",
    "delivery_note_number": "DN-1",
    "carrier": "",
    "tracking_number": "",
    "notes": "",
}
LINE = {"line_no": 10, "order_line": None, "product": "0f" * 16, "quantity": "2.000", "unit": "m"}
UNREADABLE: dict[str, Any] = {
    "empty": {},
    "a list": [],
    "no lines": {"header": HEADER},
    "lines that are none": {"header": HEADER, "lines": 7},
    "no day": {"header": {**HEADER, "planned_delivery_date": None}, "lines": []},
    "no such day": {"header": {**HEADER, "planned_delivery_date": "2099-02-30"}, "lines": []},
    "a number for a text": {"header": {**HEADER, "notes": 5}, "lines": []},
    "no id": {"header": HEADER, "lines": [{**LINE, "product": "cotton"}]},
    "a number for an id": {"header": HEADER, "lines": [{**LINE, "order_line": 5}]},
    "no quantity": {"header": HEADER, "lines": [{**LINE, "quantity": "two"}]},
    "no unit": {"header": HEADER, "lines": [{**LINE, "unit": None}]},
    "no number": {"header": HEADER, "lines": [{**LINE, "line_no": "first"}]},
}

# A line of what staff see of each.
SHOWN = {
    "empty": "-",
    "a list": "-",
    "no lines": "Delivery note number: DN-1",
    "lines that are none": '"lines": 7',
    "no day": "Delivery date: -",
    "no such day": "Delivery date: 2099-02-30",
    "a number for a text": "Notes: 5",
    "no id": '"product": "cotton",',
    "a number for an id": "10: 2 m",
    "no quantity": '"quantity": "two",',
    "no unit": "10: 2 None",
    "no number": "first: 2 m",
}


def spoil(shipment: Shipment) -> None:
    """As a fault in the portal could: the database takes it only with a form."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sync_outboxentry SET payload = '{}', forms = forms || '{\"a later\": \"form\"}'"
            " WHERE shipment_id = %s AND state = 'PENDING'",
            [shipment.pk],
        )


@pytest.mark.parametrize("payload", UNREADABLE.values(), ids=UNREADABLE)
def test_of_what_the_portal_does_not_write_no_request_can_be_made(payload: Any) -> None:
    with pytest.raises(PayloadUnreadable, match="This delivery cannot be read"):
        check_readable(payload)


def test_it_is_given_up_at_once_and_others_flow_in_the_same_task(
    mirrored: Erp, maria: Vendor, john: Vendor
) -> None:
    first, second = maria.announce(maria.open_order()), john.announce(john.open_order())
    spoil(first)

    assert mirrored.deliver() == 1

    entry = only_entry(first)
    assert (entry.state, entry.attempts, only_entry(second).state) == (State.DEAD, 1, State.DONE)
    assert entry.message.startswith("This delivery cannot be read")
    alert = Alert.objects.get(closed_at=None)
    assert (alert.subject, alert.message) == (entry.alert_subject, entry.message)
    assert mirrored.receiving_orders(first) == []


def test_one_that_is_made_ready_behind_another_is_found_out_in_its_own_time(
    mirrored: Erp, maria: Vendor, john: Vendor
) -> None:
    first, second = maria.announce(maria.open_order()), john.announce(john.open_order())
    spoil(second)

    assert mirrored.deliver() == 1

    assert (only_entry(first).state, only_entry(second).state) == (State.DONE, State.DEAD)


def test_a_change_that_cannot_be_read_leaves_the_document_alone(mirrored: Erp, maria: Vendor) -> None:
    shipment = maria.announce(maria.open_order(), notes="At first")
    mirrored.deliver()
    (before,) = mirrored.receiving_orders(shipment)
    maria.change(shipment, notes="Two pallets")
    spoil(shipment)
    mirrored.deliver()

    assert OutboxEntry.objects.latest("pk").state == State.DEAD
    assert mirrored.receiving_orders(shipment) == [before]


def test_staff_see_it_and_put_another_one_behind_it(mirrored: Erp, maria: Vendor) -> None:
    shipment = maria.announce(maria.open_order())
    spoil(shipment)
    mirrored.deliver()
    retry_delivery(only_entry(shipment), user=maria.user, reason="Again.")
    mirrored.deliver()
    assert only_entry(shipment).state == State.DEAD, "it reads no better the second time"

    correct_delivery(only_entry(shipment), user=maria.user, reason="Entered anew.", header=header())
    assert mirrored.deliver() == 1

    assert len(mirrored.receiving_orders(shipment)) == 1
    assert not Alert.objects.filter(closed_at=None).exists()


@pytest.mark.parametrize("name", UNREADABLE)
def test_staff_see_it_as_it_is(client: Client, name: str) -> None:
    shipment = make.shipment(make.order(make.membership("Rila").partner))
    message = "This delivery cannot be read."
    entry = delivery(shipment, State.DEAD, payload=UNREADABLE[name], message=message)
    client.force_login(make_staff(is_superuser=True))
    page = client.get(reverse("admin:sync_outboxentry_change", args=[entry.pk])).content.decode()
    assert message in page
    assert SHOWN[name] in lines_of(page, "what_is_sent")


def lines_of(page: str, field: str) -> list[str]:
    """The lines of a field of an admin page."""
    _before, _field, shown = page.partition(f"field-{field}")
    text = re.sub(r"<[^>]+>", "\n", shown.partition("form-row")[0])
    return [line.strip() for line in unescape(text).splitlines()]


def test_a_line_that_the_order_has_no_more_is_refused_for_the_partner_to_correct(
    mirrored: Erp, maria: Vendor, john: Vendor
) -> None:
    shipment, another = maria.announce(maria.open_order()), john.announce(john.open_order())
    OrderLine.objects.filter(shipment_lines__shipment=shipment).delete()

    assert mirrored.deliver() == 1

    assert (only_entry(shipment).state, only_entry(another).state) == (State.REJECTED, State.DONE)
    assert "no longer has one of the lines" in only_entry(shipment).message
