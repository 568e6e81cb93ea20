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


def test_a_shipment_whose_order_is_behind_it_names_the_order_and_leads_nowhere(
    limited: Any, two_of_each: dict[str, Any]
) -> None:
    order = two_of_each["order-gone"]
    shipment = builders.shipment(order, delivery="REJECTED")
    invoice = builders.invoice(order.partner, "invoice-new", order=order)
    link = reverse("portal:order", args=[order.pk])
    edit = reverse("portal:shipment-edit", args=[shipment.pk])
    for page in (
        reverse("portal:shipment", args=[shipment.pk]),
        reverse("portal:invoice", args=[invoice.pk]),
    ):
        shown = text_of(limited.get(page))
        assert "order-gone" in shown
        assert link not in shown
        assert edit not in shown
    assert limited.get(edit).status_code == 302, "its lines are out of sight, so it cannot be corrected"


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
