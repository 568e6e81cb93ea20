"""A shipment that was changed here and in ERP.net: both sides on a page, and one decision."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.behind import Behind
from tests.browser.visitor import Visitor
from tests.running_demo import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MARIA = "maria@rila-textiles.example"
ARRIVES = datetime.now(ZoneInfo("Europe/Sofia")).date() + timedelta(days=10)


def test_both_sides_are_shown_and_one_is_chosen(demo: RunningDemo, visit: Callable[[str], Visitor]) -> None:
    maria, behind = visit(MARIA), Behind(demo)
    shipment = announce(maria)
    behind.await_delivery(shipment)
    document = behind.document_of(shipment)

    bring_into_conflict(maria, behind, shipment, mine="Two pallets", theirs="Call before you come")
    see_both_sides(maria)
    choose(maria, "Notes", "ERP.net's")
    choose(maria, "Tracking number", "Yours")
    decide(maria, "Save and send my choice")
    shows(maria, behind, document, notes="Call before you come", tracking="Two pallets")

    bring_into_conflict(maria, behind, shipment, mine="Three pallets", theirs="Do not call")
    decide(maria, "Everything as I entered it")
    shows(maria, behind, document, notes="Three pallets", tracking="Three pallets")

    bring_into_conflict(maria, behind, shipment, mine="Four pallets", theirs="Come at noon")
    decide(maria, "Everything as in ERP.net")
    shows(maria, behind, document, notes="Come at noon", tracking="Three pallets")
    assert maria.complaints == []


def announce(maria: Visitor) -> str:
    """The address of a new shipment."""
    page = maria.page
    maria.open("/orders/?state=open")
    maria.fill_sign_in()
    page.get_by_role("row").filter(has_text="To announce").first.get_by_role("link").first.click()
    page.get_by_role("link", name="Announce shipment").click()
    for index, quantity in enumerate(page.get_by_role("table").get_by_role("textbox").all()):
        quantity.fill("1" if index == 0 else "")
    page.get_by_label("Delivery date").fill(ARRIVES.isoformat())
    page.get_by_role("button", name="Announce shipment").click()
    page.wait_for_url(re.compile("/shipments/[0-9a-f-]{36}/$"))
    return page.url.removeprefix(maria.demo.portal_url)


def bring_into_conflict(maria: Visitor, behind: Behind, shipment: str, *, mine: str, theirs: str) -> None:
    """Notes are changed on both sides, the tracking number here alone."""
    page = maria.page
    maria.open(f"{shipment}edit")
    page.get_by_label("Notes").fill(mine)
    page.get_by_label("Tracking number").fill(mine)
    behind.change_document(behind.document_of(shipment), Notes=theirs)
    page.get_by_role("button", name="Save changes").click()
    page.wait_for_url(f"{maria.demo.portal_url}{shipment}")
    behind.await_delivery(shipment)
    page.reload()
    page.get_by_role("link", name="Decide and send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which side stands?")


def see_both_sides(maria: Visitor) -> None:
    for side in ("You entered", "ERP.net says now", "You started from"):
        expect(maria.page.get_by_role("columnheader", name=side)).to_be_visible()
    expect(field(maria, "Notes")).to_contain_text(re.compile("Two pallets.*Call before you come", re.DOTALL))
    expect(field(maria, "Tracking number")).to_contain_text("Two pallets")
    expect(field(maria, "Tracking number").get_by_role("radio", name="Yours")).to_be_checked()
    expect(field(maria, "Notes").get_by_role("radio", checked=True)).to_have_count(0)
    expect(field(maria, "Delivery date").get_by_role("radio")).to_have_count(0)
    maria.picture("two-sides")


def choose(maria: Visitor, name: str, side: str) -> None:
    field(maria, name).get_by_role("radio", name=side).check()


def decide(maria: Visitor, button: str) -> None:
    maria.page.get_by_role("button", name=button).click()
    expect(maria.page.get_by_role("heading", level=1)).to_have_text(re.compile("Shipment for order"))


def shows(maria: Visitor, behind: Behind, document: dict[str, Any], *, notes: str, tracking: str) -> None:
    """On the page and in ERP.net, in the document that was there before."""
    page = maria.page
    behind.await_delivery(page.url)
    page.reload()
    way = page.get_by_role("region", name="Way to ERP.net")
    expect(
        way.get_by_role("listitem").filter(has_text=re.compile(r"In ERP\.net\s*Document \d+\s*$"))
    ).to_be_visible()
    transport = page.get_by_role("region", name="Transport")
    expect(transport).to_contain_text(notes)
    expect(transport).to_contain_text(tracking)
    now = behind.document_of(page.url)
    assert (now["Id"], now["Notes"]) == (document["Id"], notes)
    assert f'"trackingNumber":"{tracking}"' in now["AdditionalDataJson"].replace(": ", ":")


def field(maria: Visitor, name: str) -> Locator:
    return maria.page.get_by_role("row").filter(has=maria.page.get_by_role("rowheader", name=name))
