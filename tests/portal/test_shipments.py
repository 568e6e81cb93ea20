"""Announcing a shipment, following it, correcting it."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Membership, Partner, User
from sync.models import OutboxEntry, Shipment, ShipmentLine
from tests.accounts.builders import make_partner
from tests.deliveries import bring_to
from tests.portal import builders
from tests.portal.builders import text_of


@pytest.fixture
def order(rila: Partner) -> Any:
    return builders.order(rila, "1001", enterprise_company=builders.buyer())


@pytest.fixture
def line(order: Any) -> Any:
    return builders.order_line(order, "100")


def filled(line: Any, quantity: str = "40", **values: str) -> dict[str, str]:
    return {
        "key": str(uuid.uuid4()),
        "planned_delivery_date": (timezone.localdate() + timedelta(days=2)).isoformat(),
        "delivery_note_number": "DN-1",
        "carrier": "Speedy",
        "tracking_number": "BG1",
        "notes": "",
        f"quantity_{line.pk}": quantity,
        **values,
    }


def address(order: Any) -> str:
    return f"/shipments/new?order={order.pk}"


# -- Announcing --------------------------------------------------------------------------------------------------------


def test_the_form_opens_with_all_that_is_open(browser: Any, order: Any, line: Any) -> None:
    builders.shipment_line(builders.shipment(order, delivery="PENDING"), line, "30.5")
    page = text_of(browser.get(address(order)))
    assert re.search(rf'name="quantity_{line.pk}" value="69.5"', page)
    assert re.search(r'type="hidden" name="key" value="[0-9a-f-]{36}"', page)


@pytest.mark.parametrize(("today", "expected"), [("2026-11-19", "2026-11-20"), ("2026-11-20", "2026-11-23")])
def test_the_delivery_date_defaults_to_the_next_working_day(
    browser: Any, maria: User, order: Any, line: Any, today: str, expected: str
) -> None:
    with time_machine.travel(f"{today}T10:00:00+02:00", tick=False):
        browser.force_login(maria)
        assert f'value="{expected}"' in text_of(browser.get(address(order)))


def test_a_saved_shipment_is_shown_at_once(browser: Any, order: Any, line: Any) -> None:
    response = browser.post(address(order), filled(line, "12.5"), follow=True)
    shipment = Shipment.objects.get()
    assert response.redirect_chain == [(f"/shipments/{shipment.pk}/", 302)]
    page = text_of(response)
    assert "Waiting to be sent" in page
    assert "12.5 m" in page
    assert "BG1" in page
    assert OutboxEntry.objects.get().state == "PENDING"


def test_a_double_click_makes_one_shipment(browser: Any, order: Any, line: Any) -> None:
    form = filled(line)
    first, second = browser.post(address(order), form), browser.post(address(order), form)
    assert first.url == second.url
    assert Shipment.objects.count() == 1


def test_the_same_form_with_other_content_leads_to_what_it_saved(browser: Any, order: Any, line: Any) -> None:
    form = filled(line)
    browser.post(address(order), form)
    response = browser.post(address(order), {**form, "carrier": "Econt"}, follow=True)
    assert "This form was sent before, with other content." in text_of(response)
    assert Shipment.objects.get().carrier == "Speedy"


@pytest.mark.parametrize(
    ("values", "quantity", "words"),
    [
        ({}, "100.001", "Only 100 m of this line are still open."),
        ({}, "-1", "Enter a quantity above zero"),
        ({}, "1.0001", "at most three decimals"),
        ({}, "many", "Enter a number, such as 12 or 1.5."),
        ({}, "1,250", "Enter a number, such as 12 or 1.5."),
        ({}, "", "Enter a quantity for at least one line."),
        ({"planned_delivery_date": "2020-01-01"}, "1", "The delivery date is in the past."),
        ({"planned_delivery_date": ""}, "1", "This field is required."),
        ({"delivery_note_number": "x" * 21}, "1", "at most 20 characters"),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(
    browser: Any, order: Any, line: Any, values: dict[str, str], quantity: str, words: str
) -> None:
    form = {**filled(line, quantity, tracking_number="KEEP-ME"), **values}
    response = browser.post(address(order), form)
    page = text_of(response)
    assert response.status_code == 422
    assert words in page
    assert 'role="alert"' in page
    assert 'value="KEEP-ME"' in page
    assert form["key"] in page
    assert not Shipment.objects.exists()


@pytest.mark.parametrize(
    ("typed", "quantity"), [("1,5", "1.5"), ("0,125", "0.125"), (",5", "0.5"), ("12,25", "12.25")]
)
@pytest.mark.parametrize("language", ["en", "bg"])
def test_a_quantity_may_have_a_decimal_comma_in_every_language(
    browser: Any, order: Any, line: Any, language: str, typed: str, quantity: str
) -> None:
    browser.post(address(order), filled(line, typed), headers={"Accept-Language": language})
    assert ShipmentLine.objects.get().quantity == Decimal(quantity)


def test_all_mistakes_are_told_at_once(browser: Any, order: Any, line: Any) -> None:
    second = builders.order_line(order, "10", line_no=20)
    form = filled(line, "many", planned_delivery_date="2020-01-01") | {f"quantity_{second.pk}": "11"}
    page = text_of(browser.post(address(order), form))
    for words in (
        "Enter a number",
        "Only 10 m of this line are still open.",
        "The delivery date is in the past.",
    ):
        assert words in page


def test_an_error_is_tied_to_its_field_for_screen_readers(browser: Any, order: Any, line: Any) -> None:
    page = text_of(browser.post(address(order), filled(line, "500")))
    name = f"id_quantity_{line.pk}"
    assert re.search(
        rf'aria-describedby="{name}_error" aria-invalid="true"|aria-invalid="true" aria-describedby="{name}_error"',
        page,
    )
    assert f'id="{name}_error"' in page
    assert f'href="#{name}"' in page


def test_a_line_of_another_order_is_refused(browser: Any, rila: Partner, order: Any, line: Any) -> None:
    other = builders.order_line(builders.order(rila, "2002"))
    form = {**filled(line), f"quantity_{other.pk}": "5"}
    assert "does not belong to this order" in text_of(browser.post(address(order), form))
    assert not Shipment.objects.exists()


def test_a_quantity_that_another_tab_took_is_not_dropped_unsaid(browser: Any, order: Any, line: Any) -> None:
    second = builders.order_line(order, "10", line_no=20)
    form = {**filled(line, "1"), f"quantity_{second.pk}": "10"}
    builders.shipment_line(builders.shipment(order, delivery="PENDING"), second, "10")
    assert "Only 0 m of this line are still open." in text_of(browser.post(address(order), form))


def test_an_order_that_was_closed_meanwhile_says_so(browser: Any, order: Any, line: Any) -> None:
    order.state = "Closed"
    order.save()
    response = browser.post(address(order), filled(line), follow=True)
    assert response.redirect_chain == [(f"/orders/{order.pk}/", 302)]
    assert "Nothing can be announced against this order" in text_of(response)


def test_a_foreign_order_does_not_exist_for_the_form(browser: Any) -> None:
    foreign = builders.order(make_partner("Northwind Metals"))
    foreign_line = builders.order_line(foreign)
    assert browser.get(address(foreign)).status_code == 404
    assert browser.post(address(foreign), filled(foreign_line)).status_code == 404
    assert browser.get("/shipments/new?order=nonsense").status_code == 404


def test_without_an_order_the_open_ones_are_offered(browser: Any, order: Any, line: Any) -> None:
    assert address(order) in text_of(browser.get("/shipments/new"))


def test_a_role_that_may_not_announce_gets_a_plain_refusal(browser: Any, order: Any) -> None:
    Membership.objects.update(role="Basic")
    response = browser.get(address(order))
    assert response.status_code == 403
    assert "PP403" in text_of(response)


@pytest.mark.parametrize(("language", "typed"), [("bg", "12,5"), ("en", "12.5")])
def test_decimals_are_written_as_in_her_language(
    browser: Any, order: Any, line: Any, language: str, typed: str
) -> None:
    browser.post(address(order), filled(line, typed), headers={"Accept-Language": language})
    assert str(Shipment.objects.get().lines.get().quantity) == "12.500"


# -- Following ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["PENDING", "SENDING", "UNKNOWN"])
def test_a_moving_delivery_is_polled_and_answers_only_news(browser: Any, order: Any, state: str) -> None:
    shipment = builders.shipment(order, delivery=state)
    page = text_of(browser.get(f"/shipments/{shipment.pk}/"))
    assert 'aria-live="polite"' in page
    match = re.search(r'hx-get="([^"]+)"', page)
    assert match
    assert browser.get(match[1]).status_code == 204
    bring_to(shipment.entries.get(), "DONE")
    response = browser.get(match[1])
    assert "In ERP.net" in text_of(response)
    assert "hx-get" not in text_of(response)


@pytest.mark.parametrize("state", ["DONE", "REJECTED", "CONFLICT", "DEAD", ""])
def test_polling_ends_where_the_delivery_rests(browser: Any, order: Any, state: str) -> None:
    shipment = builders.shipment(order, delivery=state)
    assert "hx-get" not in text_of(browser.get(f"/shipments/{shipment.pk}/"))


def test_a_shipment_whose_order_the_mirror_lacks_is_shown_and_not_changed(browser: Any, order: Any) -> None:
    shipment = builders.shipment(order, erp_id=uuid.uuid4(), number="R-9")
    for missing in (uuid.uuid4(), None):
        Shipment.objects.update(order_id=missing)
        page = text_of(browser.get(f"/shipments/{shipment.pk}/"))
        assert "<h1>Shipment R-9</h1>" in page
        assert f"/shipments/{shipment.pk}/edit" not in page
        assert browser.get("/shipments/").status_code == 200


def test_a_delivered_shipment_shows_its_document_number(browser: Any, order: Any) -> None:
    shipment = builders.shipment(order, delivery="DONE", erp_id=uuid.uuid4(), number="R-77")
    page = text_of(browser.get(f"/shipments/{shipment.pk}/delivery"))
    assert "In ERP.net" in page
    assert "Document R-77" in page


def test_a_refusal_shows_the_words_of_erpnet_and_the_way_on(browser: Any, order: Any) -> None:
    shipment = builders.shipment(order, delivery="REJECTED", message="The supplier is <blocked>.")
    page = text_of(browser.get(f"/shipments/{shipment.pk}/"))
    assert "The supplier is &lt;blocked&gt;." in page
    assert "Correct and send again" in page


def test_a_conflict_is_explained(browser: Any, order: Any) -> None:
    shipment = builders.shipment(order, delivery="CONFLICT", erp_id=uuid.uuid4(), number="R-1")
    page = text_of(browser.get(f"/shipments/{shipment.pk}/"))
    assert "Somebody changed this shipment in ERP.net meanwhile" in page
    assert "R-1 is there without your last change" in page


@pytest.mark.parametrize("state", ["REJECTED", "CONFLICT", "DEAD"])
def test_what_the_warehouse_has_taken_over_asks_for_no_correction(
    browser: Any, order: Any, state: str
) -> None:
    shipment = builders.shipment(order, delivery=state, erp_id=uuid.uuid4(), number="R-1", state="Released")
    page = text_of(browser.get(f"/shipments/{shipment.pk}/"))
    assert "ERP.net has not taken your last change" in page
    assert "send it again" not in page


def test_a_void_shipment_is_marked_and_cannot_be_changed(browser: Any, order: Any) -> None:
    shipment = builders.shipment(order, erp_id=uuid.uuid4(), is_void=True)
    page = text_of(browser.get(f"/shipments/{shipment.pk}/"))
    assert "It was made void in ERP.net." in page
    assert f"/shipments/{shipment.pk}/edit" not in page


def test_the_list_finds_a_shipment_by_its_tracking_number(browser: Any, order: Any) -> None:
    builders.shipment(order, delivery="DONE", number="R-1", tracking_number="AAA")
    builders.shipment(order, delivery="DONE", number="R-2", tracking_number="BBB")
    page = text_of(browser.get("/shipments/", {"search": "aaa"}))
    assert "R-1" in page
    assert "R-2" not in page


# -- Correcting --------------------------------------------------------------------------------------------------------


def hidden(response: Any, name: str) -> str:
    found = re.search(rf'type="hidden" name="{name}" value="([^"]+)"', text_of(response))
    assert found
    return found[1]


def test_a_refused_shipment_is_corrected_with_its_quantities(browser: Any, order: Any, line: Any) -> None:
    shipment = builders.shipment(order, delivery="REJECTED", message="Too much.", carrier="Speedy")
    builders.shipment_line(shipment, line, "40")
    page = text_of(browser.get(f"/shipments/{shipment.pk}/edit"))
    assert "Too much." in page
    assert f'name="quantity_{line.pk}" value="40"' in page
    assert 'value="Speedy"' in page
    browser.post(f"/shipments/{shipment.pk}/edit", filled(line, "30", carrier="Econt"))
    shipment.refresh_from_db()
    assert shipment.carrier == "Econt"
    assert str(shipment.lines.get().quantity) == "30.000"
    assert shipment.entries.first().state == "PENDING"


def test_in_erpnet_only_the_transport_can_be_changed(browser: Any, order: Any, line: Any) -> None:
    shipment = builders.shipment(order, delivery="DONE", erp_id=uuid.uuid4(), number="R-1")
    builders.shipment_line(shipment, line, "40")
    page = text_of(browser.get(f"/shipments/{shipment.pk}/edit"))
    assert "its quantities are fixed" in page
    assert "quantity_" not in page
    form = filled(line, tracking_number="NEW")
    del form[f"quantity_{line.pk}"]
    browser.post(f"/shipments/{shipment.pk}/edit", form)
    shipment.refresh_from_db()
    assert shipment.tracking_number == "NEW"
    assert shipment.entries.first().kind == "update"


def test_a_form_opened_before_the_shipment_arrived_still_saves_what_can_be_saved(
    browser: Any, order: Any, line: Any
) -> None:
    shipment = builders.shipment(order, delivery="DONE", erp_id=uuid.uuid4())
    builders.shipment_line(shipment, line, "40")
    address = f"/shipments/{shipment.pk}/edit"
    refused = browser.post(address, filled(line, "41", tracking_number="NEW"))
    assert "so its quantities are fixed" in text_of(refused)
    assert 'value="NEW"' in text_of(refused)
    assert browser.post(address, filled(line, "40", tracking_number="NEW")).status_code == 302
    assert Shipment.objects.get().tracking_number == "NEW"


def test_an_empty_form_is_not_taken_for_a_visit(browser: Any, order: Any, line: Any) -> None:
    assert browser.post(address(order), {}).status_code == 422


def test_what_the_warehouse_wrote_since_the_form_was_opened_is_not_overwritten_unseen(
    browser: Any, order: Any, line: Any
) -> None:
    shipment = builders.shipment(order, delivery="DONE", erp_id=uuid.uuid4(), notes="Two pallets")
    address = f"/shipments/{shipment.pk}/edit"
    form = {
        **filled(line, carrier="Econt", notes="Two pallets"),
        "seen": hidden(browser.get(address), "seen"),
    }
    del form[f"quantity_{line.pk}"]
    Shipment.objects.filter(pk=shipment.pk).update(notes="Use gate 7")

    refused = browser.post(address, form)

    assert refused.status_code == 422
    page = text_of(refused)
    assert "was changed after you opened it" in page
    assert "By now it says: Use gate 7" in page
    assert 'value="Econt"' in page
    assert Shipment.objects.get().notes == "Use gate 7"
    assert browser.post(address, {**form, "seen": hidden(refused, "seen")}).status_code == 302
    assert Shipment.objects.get().carrier == "Econt"


@pytest.mark.parametrize("values", [{"state": "Released"}, {"is_void": True}])
def test_what_the_warehouse_has_taken_over_is_only_read(
    browser: Any, order: Any, line: Any, values: Any
) -> None:
    shipment = builders.shipment(order, erp_id=uuid.uuid4(), **values)
    for method in (browser.get, browser.post):
        response = method(f"/shipments/{shipment.pk}/edit", follow=True)
        assert response.redirect_chain == [(f"/shipments/{shipment.pk}/", 302)]
        assert "can be read but no longer changed" in text_of(response)


def test_a_date_that_passed_may_stay_when_something_else_is_corrected(
    browser: Any, order: Any, line: Any
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    shipment = builders.shipment(order, delivery="DONE", erp_id=uuid.uuid4(), planned_delivery_date=yesterday)
    form = {
        "key": str(uuid.uuid4()),
        "planned_delivery_date": yesterday.isoformat(),
        "tracking_number": "NEW",
    }
    assert browser.post(f"/shipments/{shipment.pk}/edit", form).status_code == 302
    assert Shipment.objects.get().planned_delivery_date == date.fromisoformat(form["planned_delivery_date"])
