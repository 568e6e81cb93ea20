"""The model: what the server would refuse is told beforehand, and nothing that the package asks is among it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import erpnet
from erpnet import Expansion, F, Query, count, custom_property
from erpnet.model import entities, entity_of, faults_of, kind_of
from tests.erpnet.builders import ORDERS

PRODUCTS = Query("General_Products_Products")
LINES = Query("Logistics_Procurement_PurchaseOrderLines")
SALES_LINES = Query("Crm_Sales_SalesOrderLines")
BALANCES = Query("Logistics_Inventory_CurrentBalances")
COLOR = custom_property("color")


@pytest.mark.parametrize(
    "query",
    [
        PRODUCTS.search("apple"),
        PRODUCTS.select("default", COLOR, "CalculatedAttribute_margin").filter(F[COLOR].eq("blue")),
        PRODUCTS.filter(F.ProductGroup.contains("fruit")),
        Query(ORDERS).expand(
            "Lines", expand=[Expansion("Product", ["Name"], [Expansion("Codes", ["CodingSystem"])])]
        ),
        SALES_LINES.group_by(F.Product, Count=count()),
        SALES_LINES.group_by(F.SalesOrder.Customer, LinesCount=count(), TotalAmount=F.LineAmount.sum()),
        SALES_LINES.group_by(F.SalesOrder.Customer, LinesCount=count()).expand_group(
            F.SalesOrder.Customer, select=["Number"], expand=[Expansion("Party", ["PartyName"])]
        ),
        SALES_LINES.group_by(F.SalesOrder.DocumentNo, Quantity1=F.Quantity.max()),
        SALES_LINES.group_by(F.Product.Id, Products=F.Product.countdistinct()),
        SALES_LINES.group_by(Day=F.RequiredDeliveryDate.date(), Count=count()),
        SALES_LINES.aggregate(Total=F.LineAmount.sum(), Count=count()),
        Query("Crm_Sales_Customers").group_by(NumberInitial=F.Number.initial(), Count=count()),
        Query(ORDERS).group_by(F.State, F.Void, Month=F.DocumentDate.yearmonth(), Count=count()),
        LINES.filter(F.PurchaseOrder.State.ge("Released")).group_by(F.PurchaseOrder, Total=F.Quantity.sum()),
    ],
)
def test_what_the_documents_show_is_allowed(query: Query) -> None:
    assert faults_of(query) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (BALANCES.select(COLOR), f"has no {COLOR}"),
        (PRODUCTS.filter(F["CalculatedAttribute_margin"].eq(1)), "cannot be filtered"),
        (PRODUCTS.filter(F.Name.startswith("A")), "cannot be filtered"),
        (PRODUCTS.filter(F.ProductGroup.startswith("A")), "cannot be filtered"),
        (Query("Systems_Core_WebHooks").search("x"), "nothing that a search looks into"),
        (Query(ORDERS).expand("Lines", expand=[Expansion("Wheels")]), "has no Wheels"),
        (
            Query(ORDERS).expand("Lines", expand=[Expansion("Product", ["Colour"])]),
            "Lines/Product has no Colour",
        ),
        (Query(ORDERS).expand("DocumentNo"), "cannot be expanded"),
        (SALES_LINES.group_by(F.Colour, Count=count()), "cannot be grouped by Colour"),
        (SALES_LINES.group_by(F.LineAmount, Count=count()), "cannot be grouped by LineAmount"),
        (SALES_LINES.group_by(F.Notes, Count=count()), "cannot be grouped by Notes"),
        (SALES_LINES.group_by(F.Product.PartNumber, Count=count()), "cannot be grouped through Product"),
        (
            SALES_LINES.group_by(F.Product.ProductGroup.Id, Count=count()),
            "grouped through Product/ProductGroup",
        ),
        (PRODUCTS.group_by(F[COLOR], Count=count()), "cannot be grouped by CustomProperty_color"),
        (PRODUCTS.group_by(F.DisplayText, Count=count()), "cannot be grouped by DisplayText"),
        (Query(ORDERS).group_by(F.Lines, Count=count()), "cannot be grouped by Lines"),
        (SALES_LINES.group_by(F.Product, Total=F.Notes.sum()), "cannot be aggregated"),
        (SALES_LINES.group_by(F.Product, First=F.RequiredDeliveryDate.min()), "cannot be aggregated"),
        (SALES_LINES.group_by(Year=F.LineNo.year(), Count=count()), "cannot be grouped by year"),
        (
            SALES_LINES.group_by(Letter=F.ProductName.initial(), Count=count()),
            "cannot be grouped by substring",
        ),
        (SALES_LINES.group_by(F.Product, LineAmount=F.LineAmount.sum()), "another name"),
        (SALES_LINES.group_by(Notes=F.RequiredDeliveryDate.year(), Count=count()), "another name"),
        (
            SALES_LINES.group_by(F.Product, Count=count()).expand_group(F.Product, select=["Colour"]),
            "Product has no Colour",
        ),
        (
            SALES_LINES.group_by(F.LineNo1, Count=count()).expand_group(F.LineNo1),
            "cannot be grouped by LineNo1",
        ),
    ],
)
def test_what_the_server_would_refuse_is_told_beforehand(query: Query, words: str) -> None:
    assert words in faults_of(query)[0]


def test_each_name_has_its_kind() -> None:
    orders, balances = entity_of(ORDERS), entity_of(BALANCES.entity_set)
    assert orders is not None
    assert balances is not None
    wanted = {
        "Lines": "collection",
        "Supplier": "reference",
        "State": "enum",
        "DocumentNo": "string",
        COLOR: "CustomPropertyValue",
        "CalculatedAttribute_x": "calculated",
        "Colour": None,
    }
    assert {name: kind_of(orders, name) for name in wanted} == wanted
    assert kind_of(balances, COLOR) is None  # What has no key has no properties of its owner's either.


def test_every_field_that_is_written_anywhere_is_one_of_the_model() -> None:
    known = {
        name
        for entity in entities().values()
        for names in (entity["attributes"], entity["references"])
        for name in names
    }
    package = Path(erpnet.__file__).parent
    for room in (package, package.parent / "sync"):
        for path in room.rglob("*.py"):
            for name in fields_in(path):
                assert name in known or name.removesuffix("Value") in known, f"{path}: F.{name}"


def fields_in(path: Path) -> Iterator[str]:
    """The names of `F.Supplier.Number`, wherever a file compares them."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Attribute(attr=name, value=value) if starts_at_f(value) and name[0].isupper():
                yield name


def starts_at_f(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=value):
            return starts_at_f(value)
        case ast.Name(id=name):
            return name == "F"
    return False
