"""What holds for every page: who may come, how many queries it takes, what a browser may do on it."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import Membership, Partner
from tests.accounts.asking import TOKEN
from tests.accounts.builders import make_partner
from tests.portal import builders
from tests.portal.builders import text_of

LISTS = ["/", "/orders/", "/shipments/", "/shipments/new", "/invoices/", "/stock/"]


def a_world_of(company: Partner, lines: int = 1) -> dict[str, Any]:
    """One of everything, with so many lines, and the addresses of its pages."""
    fabric, owner, store = builders.product(f"{company.name[:2]}-1"), builders.buyer(), builders.store()
    order = builders.order(company, f"{company.name}-O", enterprise_company=owner, store=store)
    order_lines = [builders.order_line(order, "100", line_no=10 * number) for number in range(1, lines + 1)]
    shipment = builders.shipment(order, delivery="PENDING", delivery_note_number=f"{company.name}-D")
    for number, line in enumerate(order_lines, start=1):
        builders.shipment_line(shipment, line, "5", line_no=10 * number)
    invoice = builders.invoice(company, f"{company.name}-I", order=order, enterprise_company=owner)
    builders.payment_order(invoice, due_in_days=5)
    builders.supply(company, fabric)
    builders.balance(fabric, "7", owner=owner, store=store)
    return {
        "order": f"/orders/{order.pk}/",
        "new": f"/shipments/new?order={order.pk}",
        "shipment": f"/shipments/{shipment.pk}/",
        "delivery": f"/shipments/{shipment.pk}/delivery",
        "edit": f"/shipments/{shipment.pk}/edit",
        "invoice": f"/invoices/{invoice.pk}/",
    }


DETAILS = ["order", "new", "shipment", "delivery", "edit", "invoice"]


# -- Who may come ------------------------------------------------------------------------------------------------------


def test_every_address_declares_who_may_come() -> None:
    """ACL-01; the admin is staff's by its site."""
    undeclared = [
        name
        for name, view in _views(get_resolver())
        if not name.startswith("admin/") and not hasattr(view, "policy")
    ]
    assert undeclared == []


def _views(resolver: URLResolver, before: str = "") -> list[tuple[str, Any]]:
    found = []
    for entry in resolver.url_patterns:
        address = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            found.append((address, entry.callback))
        else:
            found += _views(entry, address)
    return found


@pytest.mark.parametrize("address", [*LISTS[1:], "/welcome/", "/welcome/answer"])
def test_a_stranger_is_sent_to_sign_in_and_back(client: Any, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert response.url.startswith("/signin?next=")


@pytest.mark.parametrize("page", DETAILS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_belongs_to_others_does_not_exist(browser: Any, page: str, method: str) -> None:
    """ACL-02: the answer is the same as for what nobody has."""
    foreign = a_world_of(make_partner("Northwind Metals"))[page]
    absent = re.sub(r"[0-9a-f-]{36}", str(uuid.uuid4()), foreign)
    answers = [getattr(browser, method)(address) for address in (foreign, absent)]
    assert {answer.status_code for answer in answers} <= {404, 405}
    assert len({re.sub(r"[0-9a-f-]{36}", "", text_of(answer)) for answer in answers}) == 1


@pytest.mark.parametrize("address", LISTS)
def test_no_list_speaks_of_others(browser: Any, rila: Partner, address: str) -> None:
    a_world_of(rila)
    a_world_of(make_partner("Northwind Metals"))
    assert "Northwind" not in text_of(browser.get(address))


@pytest.mark.parametrize(
    ("role", "closed"),
    [
        ("Basic", ["/orders/", "/shipments/", "/shipments/new", "/invoices/", "/stock/"]),
        ("Orders", ["/invoices/"]),
    ],
)
def test_a_role_opens_its_pages_alone(browser: Any, role: str, closed: list[str]) -> None:
    Membership.objects.update(role=role)
    for address in LISTS:
        assert (browser.get(address).status_code == 403) is (address in closed), address


# -- How many queries --------------------------------------------------------------------------------------------------

# With those of the session, the user, and the transactions that read her memberships and act for the partner.
QUERIES = {
    "/": 21,
    "/orders/": 13,
    "/shipments/": 13,
    "/shipments/new": 12,
    "/invoices/": 13,
    "/stock/": 14,
    "order": 15,
    "new": 13,
    "shipment": 16,
    "delivery": 13,
    "edit": 16,
    "invoice": 15,
}


@pytest.mark.parametrize("page", QUERIES)
def test_a_page_takes_the_same_number_of_queries_however_much_it_shows(
    browser: Any, rila: Partner, page: str
) -> None:
    world = a_world_of(rila, lines=1)
    few = _queries(browser, world.get(page, page))
    for _number in range(3):
        world = a_world_of(rila, lines=8)
    many = _queries(browser, world.get(page, page))
    assert (few, many) == (QUERIES[page], QUERIES[page])


def _queries(browser: Any, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len([query for query in captured if "ROLE" not in query["sql"]])


# -- What a browser may do ---------------------------------------------------------------------------------------------


@pytest.fixture
def pages(browser: Any, rila: Partner) -> list[Any]:
    builders.fresh("orders", timezone.now())
    addresses = [*LISTS, *a_world_of(rila).values(), "/orders/nonsense/"]
    return [browser.get(address) for address in addresses]


def test_no_page_allows_inline_code_or_other_sites(pages: list[Any]) -> None:
    """VAL-04"""
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy + ";"
        assert "style-src 'self';" in policy + ";"
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_no_page_holds_inline_code(pages: list[Any]) -> None:
    for page in pages:
        html = page.content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


def test_no_page_asks_another_site_for_anything(pages: list[Any]) -> None:
    for page in pages:
        assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", page.content.decode())


def test_no_page_carries_a_token(pages: list[Any]) -> None:
    """SES-09"""
    for page in pages:
        assert not TOKEN.search(page.content.decode())


def test_no_page_is_kept_by_the_browser(pages: list[Any]) -> None:
    """SES-04; that of an error names whom staff view as."""
    for page in pages:
        assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/orders/nonsense/", 404),
        ("get", "/people/", 403),
        ("post", "/sessions/end", 403),
        ("get", "/orders/?" + "&" * 1001, 400),
    ],
)
def test_no_error_is_kept_by_the_browser(browser: Any, method: str, address: str, status: int) -> None:
    """SES-04"""
    browser.handler.enforce_csrf_checks = True
    answer = getattr(browser, method)(address)
    assert answer.status_code == status
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_usual_headers_are_set(browser: Any) -> None:
    """VAL-05; strict transport is for https alone."""
    headers = browser.get("/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_every_page_has_one_heading_a_language_and_a_way_past_the_navigation(pages: list[Any]) -> None:
    for page in pages[:-1]:
        html = page.content.decode()
        if "<html" in html:
            assert html.count("<h1") == 1
            assert '<html lang="en">' in html
            assert 'class="skip" href="#content"' in html


def test_every_field_has_a_label(browser: Any, rila: Partner) -> None:
    html = browser.get(a_world_of(rila)["new"]).content.decode()
    fields = set(re.findall(r'<(?:input|textarea)(?![^>]*type="hidden")[^>]*\sid="([^"]+)"', html))
    assert fields
    assert fields == set(re.findall(r'<label[^>]*\sfor="([^"]+)"', html))
