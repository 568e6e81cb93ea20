"""A shipment that was changed here and in ERP.net: both sides are shown, and a person decides once."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Partner
from sync.models import OutboxEntry, Shipment
from tests.accounts.builders import make_member, make_user
from tests.deliveries import delivery
from tests.portal import builders
from tests.portal.builders import text_of

DAY = timezone.localdate() + timedelta(days=3)
BASE = {
    "planned_delivery_date": DAY.isoformat(),
    "delivery_note_number": "DN-1",
    "carrier": "Econt",
    "tracking_number": "",
    "notes": "At first",
}
MINE = {**BASE, "notes": "Two pallets", "carrier": "Speedy"}
THEIRS = {**BASE, "notes": "Call before you come", "delivery_note_number": "DN-1/A"}


def side(header: dict[str, Any], quantity: str = "10.000", **more: Any) -> dict[str, Any]:
    line = {
        "order_line": str(uuid.UUID(int=1)),
        "product": str(uuid.UUID(int=2)),
        "quantity": quantity,
        "unit": "m",
    }
    return {"header": header, "lines": [line], **more}


def in_conflict(rila: Partner, *, theirs: Any = THEIRS, base: Any = BASE, quantity: str = "10.000") -> Any:
    order = builders.order(rila)
    line = builders.order_line(order)
    values: dict[str, Any] = {**MINE, "planned_delivery_date": DAY, "object_version": 9}
    shipment = builders.shipment(order, erp_id=uuid.uuid4(), number="R-1", **values)
    builders.shipment_line(shipment, line)
    delivery(
        shipment,
        "CONFLICT",
        kind="update",
        payload=side(MINE),
        base=base and side(base),
        theirs=theirs and side(theirs, quantity, version=7),
    )
    return shipment


@pytest.fixture
def shipment(rila: Partner) -> Any:
    return in_conflict(rila)


def compare(shipment: Any) -> str:
    return f"/shipments/{shipment.pk}/compare"


def hidden_in(page: Any) -> dict[str, str]:
    return {
        name: value
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text_of(page))
        if name != "csrfmiddlewaretoken"
    }


def decide(browser: Any, shipment: Any, opened: Any = None, **choice: str) -> Any:
    opened = opened or browser.get(compare(shipment))
    return browser.post(compare(shipment), {**hidden_in(opened), **choice})


def latest(shipment: Any) -> OutboxEntry:
    return OutboxEntry.objects.filter(shipment=shipment).latest("pk")


class TestBothSides:
    def test_stand_on_the_page_of_the_shipment_with_what_she_started_from(
        self, browser: Any, shipment: Any
    ) -> None:
        page = text_of(browser.get(f"/shipments/{shipment.pk}/"))
        for words in ("Two pallets", "Call before you come", "At first", "DN-1/A", "Speedy"):
            assert words in page
        assert compare(shipment) in page
        assert "Correct and send again" not in page

    def test_are_told_apart_by_who_changed_what(self, browser: Any, shipment: Any) -> None:
        page = text_of(browser.get(compare(shipment)))
        assert page.count('class="side__changed"') == 4, (
            "notes on both sides, carrier here, note number there"
        )

    def test_only_one_of_which_changed_is_chosen_already(self, browser: Any, shipment: Any) -> None:
        page = text_of(browser.get(compare(shipment)))
        chosen = re.findall(r'<input type="radio" name="(\w+)" value="(\w+)"[^>]* checked', page)
        assert sorted(chosen) == [("carrier", "mine"), ("delivery_note_number", "theirs")]
        assert 'name="planned_delivery_date"' not in page, "there is nothing to choose"

    def test_what_she_started_from_may_be_unknown(self, browser: Any, rila: Partner) -> None:
        page = text_of(browser.get(compare(in_conflict(rila, base=None))))
        assert " checked" not in page
        assert "Call before you come" in page

    def test_a_quantity_that_changed_there_is_told(self, browser: Any, rila: Partner) -> None:
        page = text_of(browser.get(compare(in_conflict(rila, quantity="8.000"))))
        assert re.search(r"10 → <strong>8</strong> m", page)

    def test_stand_beside_a_form_that_says_something_else_again(self, browser: Any, shipment: Any) -> None:
        page = browser.get(f"/shipments/{shipment.pk}/edit")
        assert "Call before you come" in text_of(page)
        answer = browser.post(
            f"/shipments/{shipment.pk}/edit",
            {**hidden_in(page), **MINE, "notes": "Two pallets, calling first"},
        )
        assert answer.status_code == 302
        assert latest(shipment).expected_version == 7, "not what came after she looked"

    def test_prices_are_on_none_of_them(self, browser: Any, shipment: Any) -> None:
        Membership.objects.update(role="Orders")
        page = text_of(browser.get(compare(shipment)))
        assert "Call before you come" in page
        assert "12.5" not in page


class TestDeciding:
    def test_field_by_field_is_saved_once_with_the_version_that_she_saw(
        self, browser: Any, shipment: Any
    ) -> None:
        answer = decide(browser, shipment, carrier="mine", delivery_note_number="theirs", notes="mine")
        assert (answer.status_code, answer["Location"]) == (302, f"/shipments/{shipment.pk}/")
        entry = latest(shipment)
        assert entry.payload["header"] == {**MINE, "delivery_note_number": "DN-1/A"}
        assert (entry.state, entry.expected_version) == ("PENDING", 7)
        assert entry.base["header"] == THEIRS

    @pytest.mark.parametrize(("whose", "header"), [("mine", MINE), ("theirs", THEIRS)])
    def test_one_button_takes_all_of_a_side(
        self, browser: Any, shipment: Any, whose: str, header: dict[str, str]
    ) -> None:
        """Whatever else was chosen before."""
        decide(browser, shipment, all=whose, notes="mine", carrier="theirs")
        assert latest(shipment).payload["header"] == header

    def test_what_both_sides_changed_has_to_be_chosen(self, browser: Any, shipment: Any) -> None:
        answer = decide(browser, shipment, carrier="mine", delivery_note_number="mine")
        assert answer.status_code == 422
        assert "Choose which of the two stands." in text_of(answer)
        assert latest(shipment).state == "CONFLICT"

    def test_no_third_side_is_taken(self, browser: Any, shipment: Any) -> None:
        answer = decide(browser, shipment, carrier="x", delivery_note_number="mine", notes="mine", all="x")
        assert answer.status_code == 422
        assert latest(shipment).state == "CONFLICT"

    def test_a_day_of_theirs_that_has_passed_is_theirs_to_answer_for(
        self, browser: Any, rila: Partner
    ) -> None:
        shipment = in_conflict(rila, theirs={**THEIRS, "planned_delivery_date": "2026-01-05"})
        assert decide(browser, shipment, all="theirs").status_code == 302
        assert Shipment.objects.get(pk=shipment.pk).planned_delivery_date == date(2026, 1, 5)

    def test_a_day_that_they_have_not_is_asked_for(self, browser: Any, rila: Partner) -> None:
        shipment = in_conflict(rila, theirs={**THEIRS, "planned_delivery_date": None})
        answer = decide(browser, shipment, all="theirs")
        assert answer.status_code == 422
        assert "Enter the day on which the goods will arrive." in text_of(answer)

    def test_twice_is_once(self, browser: Any, shipment: Any) -> None:
        opened = browser.get(compare(shipment))
        for _click in range(2):
            assert decide(browser, shipment, opened, all="mine").status_code == 302
        assert OutboxEntry.objects.filter(shipment=shipment).count() == 2


class TestMeanwhile:
    def test_a_newer_side_of_theirs_is_shown_before_anything_is_sent(
        self, browser: Any, shipment: Any
    ) -> None:
        opened = browser.get(compare(shipment))
        newer = side({**THEIRS, "notes": "Call twice"}, version=8)
        OutboxEntry.objects.filter(shipment=shipment).update(theirs=newer)
        answer = decide(browser, shipment, opened, all="mine")
        assert answer["Location"] == compare(shipment)
        page = text_of(browser.get(answer["Location"]))
        assert "Call twice" in page
        assert "please decide once more" in page
        assert latest(shipment).state == "CONFLICT"

    def test_a_colleagues_change_is_shown_before_anything_is_sent(self, browser: Any, shipment: Any) -> None:
        opened = browser.get(compare(shipment))
        Shipment.objects.filter(pk=shipment.pk).update(notes="Three pallets")
        assert decide(browser, shipment, opened, all="mine")["Location"] == compare(shipment)
        assert latest(shipment).state == "CONFLICT"

    @pytest.mark.parametrize("values", [{"state": "Released"}, {"is_void": True}])
    def test_a_warehouse_that_took_over_leaves_nothing_to_decide(
        self, browser: Any, shipment: Any, values: dict[str, Any]
    ) -> None:
        Shipment.objects.filter(pk=shipment.pk).update(**values)
        assert browser.get(compare(shipment))["Location"] == f"/shipments/{shipment.pk}/"


class TestNothingToDecide:
    @pytest.mark.parametrize("state", ["DONE", "REJECTED", "PENDING"])
    def test_leads_back_to_the_shipment(self, browser: Any, rila: Partner, state: str) -> None:
        shipment = builders.shipment(builders.order(rila), delivery=state, erp_id=uuid.uuid4())
        assert browser.get(compare(shipment))["Location"] == f"/shipments/{shipment.pk}/"

    def test_without_erp_nets_side_she_corrects_and_sends_again(self, browser: Any, rila: Partner) -> None:
        shipment = in_conflict(rila, theirs=None)
        page = text_of(browser.get(f"/shipments/{shipment.pk}/"))
        assert "Correct and send again" in page
        assert compare(shipment) not in page

    def test_what_staff_dropped_is_decided(self, browser: Any, shipment: Any) -> None:
        OutboxEntry.objects.filter(shipment=shipment).update(dropped_at=timezone.now())
        assert browser.get(compare(shipment))["Location"] == f"/shipments/{shipment.pk}/"


def test_somebody_of_another_partner_finds_nothing(shipment: Any, client: Client) -> None:
    from tests.accounts.builders import make_partner

    other = make_user("john@northwind-metals.example", name="John")
    make_member(other, make_partner("Northwind Metals"))
    client.force_login(other)
    assert client.get(compare(shipment)).status_code == 404
    assert client.post(compare(shipment), {"all": "mine"}).status_code == 404
