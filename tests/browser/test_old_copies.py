"""A page whose copy is old: shown at once, exchanged under the reader's eyes, and never under a form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.behind import Behind, id_in
from tests.browser.visitor import Visitor
from tests.running_demo import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

JOHN = "john@northwind-metals.example"
COPY = re.compile("/copy")
ASKING = "Looking for changes in ERP.net"


@pytest.fixture
def john(visit: Callable[[str], Visitor]) -> Visitor:
    john = visit(JOHN)
    john.page.set_viewport_size({"width": 1280, "height": 320})
    return john


@pytest.fixture
def behind(demo: RunningDemo) -> Behind:
    return Behind(demo)


def test_the_fresh_copy_comes_without_taking_the_reader_anywhere(john: Visitor, behind: Behind) -> None:
    page = john.page
    order = open_order_to_announce(john)
    behind.let_copies_grow_old()
    behind.move_document(id_in(order), "Completed")
    with answers_held_back(page):
        john.open(order)
        expect(page.get_by_text(re.compile("10.minutes ago"))).to_be_visible()
        expect(page.get_by_text(ASKING)).to_have_count(1)
        expect(page.locator(".title-row")).to_contain_text("To announce")
        read_on(page)
    expect(page.locator(".title-row")).to_contain_text("Completed")
    expect(page.get_by_text(ASKING)).to_have_count(0)
    assert page.evaluate("[document.activeElement.id, scrollY, document.body.dataset.loaded]") == [
        "back",
        120,
        "once",
    ]
    assert john.complaints == []


def read_on(page: Page) -> None:
    """Focus on the link back, which has scrolled out of sight since."""
    page.evaluate("document.body.dataset.loaded = 'once'")
    page.locator("#back").focus()
    page.evaluate("scrollTo(0, 120)")
    assert page.evaluate("scrollY") == 120


def test_nothing_is_exchanged_under_a_form(john: Visitor, behind: Behind) -> None:
    page = john.page
    order = open_order_to_announce(john)
    behind.let_copies_grow_old()
    with answers_held_back(page):
        john.open(order)
        expect(page.get_by_text(ASKING)).to_have_count(1)
        page.get_by_role("link", name="Announce shipment").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("Tracking number").fill("NM-7")
    behind.await_fresh_copy(order)
    expect(page.get_by_label("Tracking number")).to_have_value("NM-7")
    expect(page.get_by_label("Tracking number")).to_be_focused()
    expect(page.locator("[hx-get]")).to_have_count(0)
    assert [url for url in asked if COPY.search(url)] == []


def open_order_to_announce(john: Visitor) -> str:
    """The address of an order that waits for shipments."""
    page = john.page
    john.open("/orders/?state=open")
    if "/id/" in page.url:
        john.fill_sign_in()
    link = page.get_by_role("row").filter(has_text="To announce").first.get_by_role("link").first
    address = link.get_attribute("href")
    assert address
    return address


@contextmanager
def answers_held_back(page: Page) -> Iterator[None]:
    """No fresh copy reaches the page before the end, however quick the worker is."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(COPY, hold)
    yield
    page.unroute(COPY)
    for route in held:
        route.continue_()
