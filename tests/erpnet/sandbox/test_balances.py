"""The view of current balances: pages of it are written by columns, and have to be what rows would have given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from erpnet.entities import CurrentBalance
from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api

BALANCES = "Logistics_Inventory_CurrentBalances"
ALL = "QuantityBaseValue ge 0"  # A filter that every balance passes: it takes the way that makes rows.
EXACT = "application/json;IEEE754Compatible=true"


def page(api: Api, *, accept: str = EXACT, flags: str = "", **options: str) -> dict[str, Any]:
    path = f"{BALANCES}?options={flags}&" + "&".join(f"${name}={value}" for name, value in options.items())
    answer = api.session.get(api.root + path, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("accept", ["application/json", EXACT])
@pytest.mark.parametrize("flags", ["", "skipnulls"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"select": ",".join(CurrentBalance.select_list())},
        {"select": "Lot,SerialNumber"},
        {"select": "SerialNumber"},
        {"select": "Store,BaseCost", "expand": "Product($select=Id,Name;$expand=ProductGroup),Lot"},
    ],
)
def test_a_page_is_what_its_rows_are(api: Api, accept: str, flags: str, options: dict[str, str]) -> None:
    options = {"top": "40", "skip": "30", "count": "true"} | options
    fast = page(api, accept=accept, flags=flags, **options)
    slow = page(api, accept=accept, flags=flags, filter=ALL, **options)
    assert len(fast["value"]) == 40
    assert {**fast, "@odata.nextLink": ""} == {**slow, "@odata.nextLink": ""}
    assert "$skip=70" in fast["@odata.nextLink"]
    assert "$skip=70" in slow["@odata.nextLink"]


def test_goods_without_lot_or_bin_are_on_a_page_too(fresh: RunningInstance) -> None:
    products, stores = fresh.instance.balances.products, fresh.instance.balances.stores
    pairs = set(zip(products, stores, strict=True))
    product, store = next((one, other) for one in products for other in stores if (one, other) not in pairs)
    reference = fresh.instance.balances.reference
    fresh.instance.balances.receive(str(reference(product)), str(reference(store)), Decimal(12))
    api = Api(fresh)
    last = page(api, top="1", skip="300")["value"]
    assert last == page(api, top="1", skip="300", filter=ALL)["value"]
    assert (last[0]["Lot"], last[0]["StoreBin"], last[0]["QuantityBase"]["Value"]) == (None, None, "12.000")


def test_pages_together_are_the_view(api: Api) -> None:
    found, start, link = [], 0, "first"
    while link:
        answer = page(api, top="77", skip=str(start))
        found += answer["value"]
        start, link = start + 77, answer.get("@odata.nextLink", "")
    assert found == page(api)["value"]
    assert len(found) == 300


def test_there_is_nothing_behind_the_end(api: Api) -> None:
    assert page(api, top="10", skip="300")["value"] == []
    assert page(api, top="10", skip="90000", count="true")["@odata.count"] == 300
    assert "@odata.nextLink" not in page(api, top="10", skip="290")


def test_one_product_can_be_asked_for(api: Api) -> None:
    everything = page(api)["value"]
    product = everything[0]["Product"]["@odata.id"]
    mine = [row for row in everything if row["Product"]["@odata.id"] == product]
    found = page(api, filter=f"Product eq '{product}'", top="2", skip="1", count="true")
    assert found["value"] == mine[1:3]
    assert found["@odata.count"] == len(mine)
