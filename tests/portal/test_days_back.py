"""A membership with days back shows what is no older than that, on every page that shows dated documents."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Partner
from sync.models import OutboxEntry, ProductSupply, Shipment
from sync.models.base import PartnerOwned
from tests.portal import builders
from tests.portal.builders import text_of

LIMIT = 30


def days_ago(days: int) -> Any:
    return timezone.localdate() - timedelta(days=days)


@pytest.fixture
def limited(browser: Any) -> Any:
    Membership.objects.update(days_back=LIMIT)
    return browser


@pytest.fixture
def two_of_each(rila: Partner) -> dict[str, Any]:
    """An order, a shipment and an invoice on the last day in sight, and of the day before it."""
    made: dict[str, Any] = {}
    for name, days in (("seen", LIMIT), ("gone", LIMIT + 1)):
        order = builders.order(rila, f"order-{name}", day=days_ago(days))
        line = builders.order_line(order, planned_delivery_date=days_ago(1))
        shipment = builders.shipment(
            order, delivery="DONE", delivery_note_number=f"note-{name}", erp_id=order.pk
        )
        builders.shipment_line(shipment, line, "1")
        Shipment.objects.filter(pk=shipment.pk).update(created_at=timezone.now() - timedelta(days=days))
        invoice = builders.invoice(rila, f"invoice-{name}", document_date=days_ago(days))
        builders.payment_order(invoice, due_in_days=-1)
        made |= {f"order-{name}": order, f"shipment-{name}": shipment, f"invoice-{name}": invoice}
    return made


def test_every_row_of_a_partner_says_what_dates_it_or_has_no_age() -> None:
    """A document that comes without a date to count from would be shown to whoever has a limit."""
    owned = [model for model in apps.get_app_config("sync").get_models() if issubclass(model, PartnerOwned)]
    assert {model for model in owned if not model.DATED_BY} == {ProductSupply, OutboxEntry}
    for model in owned:
        if model.DATED_BY:
            assert model.objects.filter(**{f"{model.DATED_BY}__gte": days_ago(1)}).query is not None


@pytest.mark.parametrize("address", ["/orders/", "/shipments/", "/invoices/", "/shipments/new"])
def test_a_list_ends_at_the_last_day_in_sight(
    limited: Any, two_of_each: dict[str, Any], address: str
) -> None:
    page = text_of(limited.get(address))
    assert "-seen" in page
    assert "-gone" not in page
    Membership.objects.update(days_back=None)
    assert "-gone" in text_of(limited.get(address)), "without a limit it is there"


@pytest.mark.parametrize("address", ["/orders/", "/shipments/", "/invoices/"])
def test_a_search_does_not_find_behind_it(limited: Any, two_of_each: dict[str, Any], address: str) -> None:
    assert "-gone" not in text_of(limited.get(address, {"search": "gone"})).replace('value="gone"', "")


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("order", "order"),
        ("shipment", "shipment"),
        ("shipment", "shipment-delivery"),
        ("shipment", "shipment-edit"),
        ("invoice", "invoice"),
    ],
)
def test_acl_02_a_page_behind_it_is_not_there(
    limited: Any, two_of_each: dict[str, Any], name: str, page: str
) -> None:
    seen = reverse(f"portal:{page}", args=[two_of_each[f"{name}-seen"].pk])
    hidden = reverse(f"portal:{page}", args=[two_of_each[f"{name}-gone"].pk])
    assert limited.get(seen).status_code == 200
    assert limited.get(hidden).status_code == 404
    Membership.objects.update(days_back=None)
    assert limited.get(hidden).status_code == 200


def test_nothing_is_announced_against_an_order_behind_it(limited: Any, two_of_each: dict[str, Any]) -> None:
    before = Shipment.objects.count()
    address = f"/shipments/new?order={two_of_each['order-gone'].pk}"
    assert limited.get(address).status_code == 404
    assert limited.post(address, {"delivery_note_number": "DN-9"}).status_code == 404
    assert Shipment.objects.count() == before


def test_the_overview_counts_what_is_in_sight(limited: Any, two_of_each: dict[str, Any]) -> None:
    def tile(label: str) -> str:
        found = re.search(rf"{label}.{{0,80}}>(\d+)<", text_of(limited.get("/")))
        assert found is not None
        return found[1]

    labels = ("To announce<", "Late lines", "On their way<", "Overdue invoices")
    assert [tile(label) for label in labels] == ["1"] * 4
    assert "-gone" not in text_of(limited.get("/"))
    Membership.objects.update(days_back=None)
    assert [tile(label) for label in labels] == ["2"] * 4


@pytest.fixture
def of_an_order_behind_it(two_of_each: dict[str, Any]) -> dict[str, str]:
    """The addresses of that order, and of a shipment and an invoice of today that are for it."""
    order = two_of_each["order-gone"]
    shipment = builders.shipment(order, delivery="REJECTED")
    invoice = builders.invoice(order.partner, "invoice-new", order=order)
    return {
        "order": reverse("portal:order", args=[order.pk]),
        "shipment": reverse("portal:shipment", args=[shipment.pk]),
        "delivery": reverse("portal:shipment-delivery", args=[shipment.pk]),
        "edit": reverse("portal:shipment-edit", args=[shipment.pk]),
        "invoice": reverse("portal:invoice", args=[invoice.pk]),
    }


def test_what_is_for_an_order_behind_it_neither_names_the_order_nor_leads_there(
    limited: Any, of_an_order_behind_it: dict[str, str]
) -> None:
    pages = ["/", "/shipments/", "/invoices/"]
    pages += [of_an_order_behind_it[page] for page in ("shipment", "delivery", "invoice")]
    hidden = ("order-gone", of_an_order_behind_it["order"], of_an_order_behind_it["edit"])
    for page in pages:
        shown = text_of(limited.get(page))
        assert [each for each in hidden if each in shown] == [], page
    answer = limited.get(of_an_order_behind_it["edit"])
    assert answer.status_code == 302, "its lines are out of sight, so it cannot be corrected"
    Membership.objects.update(days_back=None)
    for page in pages:
        if page != of_an_order_behind_it["delivery"]:
            assert "order-gone" in text_of(limited.get(page)), "without a limit it is named"


@pytest.mark.parametrize("address", ["/shipments/", "/invoices/"])
def test_a_search_does_not_tell_whether_there_is_an_order_behind_it(
    limited: Any, of_an_order_behind_it: dict[str, str], address: str
) -> None:
    found = of_an_order_behind_it[address.strip("/").removesuffix("s")]
    assert found in text_of(limited.get(address))
    there, not_there = (
        re.sub(rf'{word}|value="\w{{64}}"', "", text_of(limited.get(address, {"search": word})))
        for word in ("er-gone", "er-nope")
    )
    assert found not in there
    assert there == not_there, "apart from the word and the form's token"
    Membership.objects.update(days_back=None)
    assert found in text_of(limited.get(address, {"search": "er-gone"}))


def test_a_draft_is_not_named_by_what_is_for_it(browser: Any, rila: Partner) -> None:
    builders.invoice(rila, "of-draft", order=builders.order(rila, "a-draft", state="New"))
    assert "a-draft" not in text_of(browser.get("/invoices/"))
    assert "of-draft" not in text_of(browser.get("/invoices/", {"search": "a-draft"}))


def test_no_days_back_at_all_shows_today(limited: Any, rila: Partner) -> None:
    Membership.objects.update(days_back=0)
    builders.order(rila, "of-today")
    builders.order(rila, "of-yesterday", day=days_ago(1))
    page = text_of(limited.get("/orders/"))
    assert "of-today" in page
    assert "of-yesterday" not in page


@pytest.mark.parametrize("days_back", [2_147_483_647, 800_000])
def test_more_days_than_there_ever_were_are_no_limit(limited: Any, rila: Partner, days_back: int) -> None:
    Membership.objects.update(days_back=days_back)
    builders.order(rila, "of-old", day=days_ago(5000))
    assert "of-old" in text_of(limited.get("/orders/"))
