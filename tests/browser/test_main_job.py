"""The main job, from a vendor's sign-in to a document in ERP.net, and the nightly stock: by hand, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import Visitor
from tests.running_demo import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

MARIA = "maria@rila-textiles.example"
JOHN = "john@northwind-metals.example"
OPS = "ops@vitosha.example"
Visit = Callable[[str], Visitor]

TODAY = datetime.now(ZoneInfo("Europe/Sofia")).date()
ARRIVES = TODAY + timedelta(days=10)
ARRIVES_LATER = TODAY + timedelta(days=12)


def test_the_main_job(demo: RunningDemo, visit: Visit) -> None:
    maria = visit(MARIA)
    sign_in_by_the_instance_id(maria)
    order = open_an_order_with_open_lines(maria)
    shipment = announce_part_of_it(maria, demo)
    document = the_only_document_in_erpnet(demo)
    change_date_and_tracking_number(maria, demo, document)
    run_the_stock_job(visit(OPS), demo)
    see_the_stock(maria)
    nothing_of_it_is_there_for_another_vendor(visit(JOHN), [order, shipment])
    assert maria.complaints == []


# -- 1: in ----------------------------------------------------------------------------------------------------------


def sign_in_by_the_instance_id(maria: Visitor) -> None:
    maria.open("/")
    maria.picture("welcome")
    maria.page.get_by_role("link", name=re.compile("Sign in")).click()
    maria.fill_sign_in()
    the_answer_came_by_a_cross_site_form(maria)
    expect(maria.page.get_by_role("heading", level=1)).to_contain_text("Rila Textiles")
    expect(maria.page.get_by_text("Northwind Metals")).to_have_count(0)
    maria.picture("dashboard")


def the_answer_came_by_a_cross_site_form(maria: Visitor) -> None:
    (callback,) = maria.callbacks
    assert callback.method == "POST"
    headers = callback.all_headers()
    assert headers["origin"] == maria.demo.sandbox_url
    assert headers["sec-fetch-site"] == "cross-site"


# -- 2: orders ------------------------------------------------------------------------------------------------------


def open_an_order_with_open_lines(maria: Visitor) -> str:
    page = maria.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Orders").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    maria.picture("orders")
    waiting = page.get_by_role("row").filter(has_text="To announce").first
    waiting.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Order .+"))
    for column in ("Ordered", "Announced", "Received", "Open"):
        expect(page.get_by_role("columnheader", name=column, exact=True)).to_be_visible()
    maria.picture("order")
    return path_of(page)


# -- 3: a shipment --------------------------------------------------------------------------------------------------


def announce_part_of_it(maria: Visitor, demo: RunningDemo) -> str:
    page = maria.page
    page.get_by_role("link", name="Announce shipment").click()
    for index, quantity in enumerate(quantities(page)):
        quantity.fill("1" if index == 0 else "")
    fill_transport(page, arrives=ARRIVES, tracking="RT-1001")
    page.get_by_label("Delivery note number").fill("DN-2042")
    page.get_by_label("Carrier").fill("Speedy")
    maria.picture("new-shipment")
    demo.disturb(kind="slow", seconds=3, methods=["POST"])
    page.get_by_role("button", name="Announce shipment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Shipment for order"))
    watch_it_travel(page)
    maria.picture("shipment")
    return path_of(page)


def quantities(page: Page) -> list[Locator]:
    table = page.get_by_role("table", name="How much of each line")
    return table.get_by_role("textbox").all()


def fill_transport(page: Page, *, arrives: date, tracking: str) -> None:
    page.get_by_label("Delivery date").fill(arrives.isoformat())
    page.get_by_label("Tracking number").fill(tracking)


def watch_it_travel(page: Page) -> None:
    """Saved at once, then on its way, then in ERP.net: all on one page, which is never loaded again."""
    page.evaluate("document.body.dataset.loaded = 'once'")
    way = page.get_by_role("region", name="Way to ERP.net")
    expect(way.get_by_role("listitem").filter(has_text="Saved")).to_be_visible()
    expect(
        way.get_by_role("listitem").filter(has_text=re.compile("Waiting to be sent|Sending"))
    ).to_be_visible()
    expect(
        way.get_by_role("listitem").filter(has_text=re.compile(r"In ERP\.net\s*Document \d+\s*$"))
    ).to_be_visible()
    assert page.evaluate("document.body.dataset.loaded") == "once"


# -- 4: in ERP.net --------------------------------------------------------------------------------------------------


def the_only_document_in_erpnet(demo: RunningDemo) -> dict:
    (document,) = announced(demo)
    assert document["State"] == "New"
    assert document["ExternalSystem"] == "partner-portal"
    assert document["SupplierName"]["EN"].startswith("Rila Textiles")
    assert document["PlannedDeliveryDate"].startswith(ARRIVES.isoformat())
    assert '"trackingNumber":"RT-1001"' in document["AdditionalDataJson"].replace(": ", ":")
    (line,) = document["Lines"]
    assert float(line["Quantity"]["Value"]) == 1
    return document


def announced(demo: RunningDemo) -> list[dict]:
    return [one for one in demo.receiving_orders() if one["ReferenceDocumentNo"] == "DN-2042"]


def change_date_and_tracking_number(maria: Visitor, demo: RunningDemo, before: dict) -> None:
    page = maria.page
    page.get_by_role("link", name="Change", exact=True).click()
    fill_transport(page, arrives=ARRIVES_LATER, tracking="RT-1002")
    demo.disturb(kind="slow", seconds=3, methods=["POST", "PATCH"])
    page.get_by_role("button", name="Save changes").click()
    watch_it_travel(page)
    (after,) = announced(demo)
    assert (after["Id"], after["ExternalId"]) == (before["Id"], before["ExternalId"])
    assert after["Updates"] > before["Updates"]
    assert after["PlannedDeliveryDate"].startswith(ARRIVES_LATER.isoformat())
    assert "RT-1002" in after["AdditionalDataJson"]


# -- 5: stock -------------------------------------------------------------------------------------------------------


def run_the_stock_job(ops: Visitor, demo: RunningDemo) -> None:
    page = ops.page
    ops.open("/admin/")
    ops.fill_sign_in()
    ops.picture("admin")
    ops.open("/admin/django_celery_beat/periodictask/")
    expect(page.get_by_role("row").filter(has_text="Sync stock")).to_be_visible()
    demo.let_a_night_pass(change=25, remove=5)
    ops.open("/admin/sync/stream/")
    page.get_by_role("link", name="Stock", exact=True).click()
    page.get_by_role("button", name="Run now", exact=True).click()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    ops.picture("stock-run")
    result = result_of_the_run(page)
    assert int(result["Pages"]) > 0
    assert result["Rows read"].split(" / ") == [result["Rows read"].split(" / ")[0]] * 2
    assert (result["Changed"], result["Removed"], result["Failed"]) == ("25", "5", "0")
    assert result["Duration"].endswith(" s")


def result_of_the_run(page: Page) -> dict[str, str]:
    figures = page.locator("#run-progress dl")
    names = (text.capitalize() for text in figures.get_by_role("term").all_inner_texts())
    values = [" ".join(text.split()) for text in figures.get_by_role("definition").all_inner_texts()]
    return dict(zip(names, values, strict=True))


def see_the_stock(maria: Visitor) -> None:
    page = maria.page
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Stock").click()
    expect(
        page.get_by_role("table", name="Stock by product and store").get_by_role("rowheader").first
    ).to_be_visible()
    expect(page.get_by_text(re.compile("As of .*(now|second|minute)"))).to_be_visible()
    maria.picture("stock")


# -- 6: somebody else -----------------------------------------------------------------------------------------------


def nothing_of_it_is_there_for_another_vendor(john: Visitor, addresses: list[str]) -> None:
    john.sign_in()
    expect(john.page.get_by_role("heading", level=1)).to_contain_text("Northwind Metals")
    for path in ("/", "/orders/", "/shipments/"):
        john.open(path)
        for trace in ("Rila Textiles", "DN-2042", "RT-1002"):
            expect(john.page.get_by_text(trace)).to_have_count(0)
    for path in addresses:
        answer = john.open(path)
        assert answer is not None
        assert answer.status == 404
        expect(john.page.get_by_text("DN-2042")).to_have_count(0)


def path_of(page: Page) -> str:
    return re.sub(r"^https?://[^/]+", "", page.url)
