"""Somebody whose company only buys sees a plain page that says so, and nothing of what is for vendors."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Partner
from tests.accounts.builders import make_member, make_partner, make_user
from tests.portal import builders
from tests.portal.builders import text_of

VENDORS_PAGES = ("/orders/", "/shipments/", "/shipments/new", "/invoices/", "/stock/")


@pytest.fixture
def horizon(db: None) -> Partner:
    return make_partner("Horizon Retail", is_vendor=False, is_customer=True)


@pytest.fixture
def ivan(client: Any, horizon: Partner) -> Any:
    """His browser."""
    user = make_user("ivan@horizon-retail.example", name="Ivan Georgiev")
    make_member(
        user,
        horizon,
        "OrdersWithPrices",
        days_back=90,
        source=Membership.Source.EXTERNAL_ACCESS,
    )
    client.force_login(user)
    return client


def test_the_overview_says_who_one_is_and_what_there_is(ivan: Any) -> None:
    page = text_of(ivan.get("/"))
    assert "<h1>Horizon Retail</h1>" in page
    assert "Your company is a customer" in page
    for fact in ("Orders with prices", "90", "External access of the customer in ERP.net"):
        assert f"<dd> {fact} </dd>" in page
    Membership.objects.update(days_back=None)
    assert "<dd> No limit </dd>" in text_of(ivan.get("/"))


def test_the_overview_reads_no_document(ivan: Any) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert ivan.get("/").status_code == 200
    assert [query["sql"] for query in captured if "sync_" in query["sql"]] == []


@pytest.mark.parametrize("address", VENDORS_PAGES)
def test_acl_01_pages_for_vendors_are_neither_offered_nor_open(ivan: Any, address: str) -> None:
    assert f'href="{address}"' not in text_of(ivan.get("/"))
    assert ivan.get(address).status_code == 403


@pytest.mark.parametrize("role", ["Admin", "Owner"])
def test_acl_01_no_role_opens_them(ivan: Any, role: str) -> None:
    Membership.objects.update(role=role)
    assert {ivan.get(address).status_code for address in VENDORS_PAGES} == {403}


def test_who_buys_and_sells_sees_what_every_vendor_sees(ivan: Any, horizon: Partner) -> None:
    Partner.objects.update(is_vendor=True)
    builders.order(horizon, "1001")
    assert "1001" in text_of(ivan.get("/orders/"))
    assert "Your company is a customer" not in text_of(ivan.get("/"))
