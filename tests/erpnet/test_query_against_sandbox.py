"""What the query builder says is what the sandbox, written from the documentation by itself, understands by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from erpnet import DomainApi, Expansion, F, Query, Reference, count, custom_property
from erpnet.model import faults_of
from erpnet.sandbox.testing import running_instance
from erpnet.values import CustomPropertyValue
from tests.erpnet.builders import ORDERS

LINES = Query("Logistics_Procurement_PurchaseOrderLines")
PRODUCTS = Query("General_Products_Products")
COLOR, SIZE = custom_property("color"), custom_property("size (cm)")


@pytest.fixture(scope="module")
def api() -> Iterator[DomainApi]:
    with running_instance() as running:
        yield DomainApi(running.application())


def rows(api: DomainApi, query: Query) -> list[dict[str, Any]]:
    assert faults_of(query) == []
    return api.page(query).rows


def test_groups_say_what_their_rows_do(api: DomainApi) -> None:
    lines = [row for page in api.pages(LINES.select("PurchaseOrder", "Quantity")) for row in page.rows]
    totals: Counter[tuple[str, str]] = Counter()
    for line in lines:
        key = (line["PurchaseOrder"]["@odata.id"].partition("(")[2].rstrip(")"), line["Quantity"]["Unit"])
        totals[key] += Decimal(line["Quantity"]["Value"])  # type: ignore[assignment]  # A counter adds anything.
    grouped = LINES.group_by(F.PurchaseOrder, Total=F.Quantity.sum(), Rows=count())
    groups = [row for page in api.pages(grouped) for row in page.rows]
    found = {
        (group["PurchaseOrder"]["Id"], group["Total"]["Unit"]): Decimal(group["Total"]["Value"])
        for group in groups
    }
    assert found == dict(totals)
    assert sum(group["Rows"] for group in groups) == len(lines)


def test_intervals_and_expanded_keys_come_as_rows(api: DomainApi) -> None:
    query = (
        Query(ORDERS)
        .filter(F.Void.eq(False))
        .group_by(F.State, F.Supplier, Month=F.DocumentDate.yearmonth(), Rows=count())
        .expand_group(F.Supplier, select=["Number"], expand=[Expansion("Party", ["PartyName"])])
        .top(5)
    )
    group = rows(api, query)[0]
    assert set(group) == {"State", "Supplier", "Month", "Rows"}
    assert len(group["Month"]) == len("2026-01")
    assert group["Supplier"]["Party"]["PartyName"]["EN"]


def test_totals_of_all_rows_are_one_row(api: DomainApi) -> None:
    (total,) = rows(api, LINES.aggregate(Rows=count(), Orders=F.PurchaseOrder.countdistinct()))
    assert total["Rows"] > total["Orders"] > 0


def test_letters_days_years_and_extremes_are_told(api: DomainApi) -> None:
    letters = rows(api, PRODUCTS.group_by(Letter=F.PartNumber.initial(), Count=count()))
    assert all(len(row["Letter"]) == 1 for row in letters)
    days = rows(api, Query(ORDERS).group_by(Day=F.DocumentDate.date(), Count=count()))
    years = rows(api, Query(ORDERS).group_by(Year=F.DocumentDate.year(), Count=count()))
    assert sum(row["Count"] for row in days) == sum(row["Count"] for row in years)
    (first,) = rows(api, LINES.aggregate(First=F.LineNo.min()))
    (last,) = rows(api, LINES.aggregate(Last=F.LineNo.max()))
    assert first["First"] < last["Last"]


def test_a_search_finds_a_text_and_no_operators(api: DomainApi) -> None:
    number = rows(api, Query(ORDERS).top(1))[0]["DocumentNo"]
    assert rows(api, Query(ORDERS).search(number).count())
    assert not rows(api, Query(ORDERS).search(f'{number}" OR "{number}'))


def test_a_search_finds_quotes_and_backslashes(api: DomainApi) -> None:
    product = Reference(PRODUCTS.entity_set, UUID(rows(api, PRODUCTS.select("Id").top(1))[0]["Id"]))
    api.update(product, {"PartNumber": '2" \\ pipe'})
    (found,) = rows(api, PRODUCTS.select("Id").search('2" \\ p'))
    assert UUID(found["Id"]) == product.id


def test_what_is_expanded_comes_as_deep_as_asked(api: DomainApi) -> None:
    nested = Expansion("Product", ["PartNumber"], [Expansion("ProductGroup", ["Name"])])
    query = Query(ORDERS).expand("Lines", select=["LineNo"], expand=[nested]).top(1)
    line = rows(api, query)[0]["Lines"][0]
    assert {*line} - {"@odata.id"} == {"LineNo", "Product"}
    assert {*line["Product"]} - {"@odata.id"} == {"PartNumber", "ProductGroup"}


def test_custom_properties_are_read_and_found(api: DomainApi) -> None:
    found = rows(api, PRODUCTS.select("Id", COLOR, SIZE).filter(F[COLOR].eq("indigo")))
    assert {CustomPropertyValue.parse(row[COLOR]).value for row in found} == {"indigo"}


def test_nulls_are_left_out_where_asked(api: DomainApi) -> None:
    assert None in [value for row in rows(api, Query(ORDERS)) for value in row.values()]
    assert None not in [value for row in rows(api, Query(ORDERS).skip_nulls()) for value in row.values()]


def test_rows_are_skipped_by_position(api: DomainApi) -> None:
    all_rows = rows(api, Query(ORDERS).select("Id").order_by("DocumentNo").top(5))
    assert rows(api, Query(ORDERS).select("Id").order_by("DocumentNo").top(3).skip(2)) == all_rows[2:]
