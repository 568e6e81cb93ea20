"""What $apply groups and sums, and what it refuses as the documents say."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
import requests

from erpnet import DomainApi, F, Query
from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api

ORDERS = "Logistics_Procurement_PurchaseOrders"
LINES = "Logistics_Procurement_PurchaseOrderLines"
SUPPLY = "Logistics_Procurement_ProductSupply"
SUPPLIERS = "Logistics_Procurement_Suppliers"
BALANCES = "Logistics_Inventory_CurrentBalances"
COUNT = "aggregate($count as Count)"


def ask(api: Api, path: str, apply: str, **options: str) -> requests.Response:
    """`options` are written as they stand in the address: those of OData and `expandgroup` alike."""
    return api.session.get(
        api.root + path,
        params={"$apply": apply, **{name.replace("_", "$"): text for name, text in options.items()}},
    )


def groups(api: Api, path: str, apply: str, **options: str) -> list[dict[str, Any]]:
    answer = ask(api, path, apply, **options)
    assert answer.status_code == 200, answer.text
    assert answer.json()["@odata.context"] == f"{api.root}$metadata#Collection(Erp.OpenObject)"
    return list(answer.json()["value"])


def key(row: dict[str, Any], name: str) -> str:
    return str(row[name]["@odata.id"]).split("(")[1][:-1]


def test_rows_are_counted_by_reference(api: Api) -> None:
    expected = Counter(key(row, "Product") for row in api.rows(LINES, select="Product"))
    found = groups(api, LINES, f"groupby((Product),{COUNT})")
    assert {row["Product"]["Id"]: row["Count"] for row in found} == expected


def test_the_key_of_a_reference_groups_as_the_reference_does(api: Api) -> None:
    assert groups(api, LINES, f"groupby((Product/Id),{COUNT})") == groups(
        api, LINES, f"groupby((Product),{COUNT})"
    )
    by_party = groups(api, SUPPLIERS, f"groupby((Party/PartyId),{COUNT})")
    assert set(by_party[0]["Party"]) == {"PartyId"}
    assert ask(api, SUPPLIERS, f"groupby((Party/Id),{COUNT})").status_code == 400


def test_paths_keep_their_shape(api: Api) -> None:
    by_supplier = groups(api, LINES, f"groupby((PurchaseOrder/Supplier,PurchaseOrder/State),{COUNT})")
    assert set(by_supplier[0]) == {"PurchaseOrder", "Count"}
    assert set(by_supplier[0]["PurchaseOrder"]) == {"Supplier", "State"}
    assert sum(row["Count"] for row in by_supplier) == len(api.rows(LINES, select="Id"))


def test_totals_stand_apart_by_currency_and_unit(api: Api) -> None:
    lines = api.rows(LINES, select="Quantity,PricePerUnit")
    units = {line["Quantity"]["Unit"] for line in lines}
    found = groups(api, LINES, "aggregate(Quantity with sum as Total,$count as Count)")
    assert {row["Total"]["Unit"] for row in found} == units
    for row in found:
        same = [one["Quantity"]["Value"] for one in lines if one["Quantity"]["Unit"] == row["Total"]["Unit"]]
        assert Decimal(str(row["Total"]["Value"])) == sum(Decimal(str(value)) for value in same)
        assert row["Count"] == len(same)
    both = groups(api, LINES, "aggregate(Quantity with max as Most,PricePerUnit with min as Cheapest)")
    assert {(row["Most"]["Unit"], row["Cheapest"]["Currency"]) for row in both} == {
        (line["Quantity"]["Unit"], line["PricePerUnit"]["Currency"]) for line in lines
    }


def test_filters_come_before_groups(api: Api) -> None:
    text = "PurchaseOrder/State eq 'Closed'"
    expected = len(api.rows(LINES, filter=text, select="Id"))
    assert groups(api, LINES, COUNT, _filter=text) == [{"Count": expected}]
    assert groups(api, LINES, COUNT, _filter="QuantityValue ge 1000000") == [{"Count": 0}]
    assert groups(api, LINES, "aggregate(Quantity with sum as T)", _filter="QuantityValue ge 1000000") == []


@pytest.mark.parametrize(("function", "length"), [("year", 4), ("yearmonth", 7), ("date", 10)])
def test_dates_group_by_interval_as_text(api: Api, function: str, length: int) -> None:
    expected = Counter(row["DocumentDate"][:length] for row in api.rows(ORDERS, select="DocumentDate"))
    found = groups(api, ORDERS, f"compute({function}(DocumentDate) as When)/groupby((When),{COUNT})")
    assert {row["When"]: row["Count"] for row in found} == expected


def test_texts_group_by_their_first_letter(api: Api) -> None:
    apply = f"compute(substring(PartNumber,0,1) as Initial)/groupby((Initial),{COUNT})"
    assert {row["Initial"] for row in groups(api, "General_Products_Products", apply)} == set("TMPF")


def test_distinct_values_are_counted(api: Api) -> None:
    products = {key(row, "Product") for row in api.rows(LINES, select="Product")}
    assert groups(api, LINES, "aggregate(Product with countdistinct as Products)") == [
        {"Products": len(products)}
    ]


def test_grouped_references_are_expanded(api: Api) -> None:
    path = "PurchaseOrder/Supplier"
    found = groups(
        api,
        LINES,
        f"groupby((Product,{path}),{COUNT})",
        expandgroup=f"Product($select=Id,DisplayText),{path}($select=Number;$expand=Party($select=PartyName))",
    )
    product, supplier = found[0]["Product"], found[0]["PurchaseOrder"]["Supplier"]
    assert set(product) == {"@odata.id", "Id", "DisplayText"}
    assert set(supplier) == {"@odata.id", "Number", "Party"}
    assert set(supplier["Party"]["PartyName"]) == {"EN", "BG"}


def test_top_and_skip_cut_windows_and_there_is_no_next_link(api: Api) -> None:
    apply = f"groupby((Product),{COUNT})"
    everything = groups(api, LINES, apply)
    answer = ask(api, LINES, apply, _top="5", _skip="2")
    assert answer.json()["value"] == everything[2:7]
    assert "@odata.nextLink" not in answer.json()
    assert ask(api, LINES, apply, _top="1001").status_code == 500


def test_balances_are_summed_by_product(api: Api) -> None:
    found = groups(api, BALANCES, "groupby((Product/PartNumber),aggregate(QuantityBase with sum as Total))")
    rows = api.rows(BALANCES, select="QuantityBase,Product", expand="Product($select=PartNumber)")
    expected: Counter[str] = Counter()
    for row in rows:
        expected[row["Product"]["PartNumber"]] += int(row["QuantityBase"]["Value"] * 1000)
    assert {row["Product"]["PartNumber"]: round(row["Total"]["Value"] * 1000) for row in found} == expected


def test_exact_numbers_and_nulls_are_as_asked_for(api: Api) -> None:
    answer = api.session.get(
        api.root + LINES,
        params={"$apply": "aggregate(Quantity with sum as Total)"},
        headers={"Accept": "application/json;IEEE754Compatible=true"},
    )
    assert answer.json()["value"][0]["Total"]["Value"].endswith(".000")
    apply = f"groupby((EnterpriseCompany),{COUNT})"
    assert {"EnterpriseCompany": None, "Count": 1} in groups(api, SUPPLIERS, apply)
    assert {"Count": 1} in groups(api, SUPPLIERS, apply, options="skipnulls")


def test_groups_cannot_be_ordered(api: Api) -> None:
    answer = ask(api, LINES, f"groupby((Product),{COUNT})", _orderby="Count desc")
    assert answer.status_code == 500
    assert answer.json()["message"] == "OData $orderby is not supported together with $apply groupby."
    assert (answer.json()["code"], answer.json()["type"]) == (0, "NotSupportedException")


def test_expand_belongs_to_the_rows_and_not_to_their_groups(api: Api) -> None:
    apply = f"groupby((PurchaseOrder/Supplier),{COUNT})"
    for expand in ("Supplier", "PurchaseOrder/Supplier"):
        answer = ask(api, LINES, apply, _expand=expand)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == (
            "Could not find a property named 'Supplier' on type 'Erp.Logistics_Procurement_PurchaseOrderLine'."
        )
    assert ask(api, LINES, apply, _expand="PurchaseOrder").status_code == 400


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (ORDERS, "Nothing"),
        (ORDERS, "Lines/Product"),
        (ORDERS, "Supplier/Number"),
        (LINES, "Product/PartNumber"),
        (LINES, "PurchaseOrder/Supplier/Number"),
        (ORDERS, "year(DocumentDate)"),
        (ORDERS, "'x'"),
    ],
)
def test_what_is_no_property_to_group_by_is_named(api: Api, path: str, text: str) -> None:
    answer = ask(api, path, f"groupby(({text}),{COUNT})")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        f"$apply/groupby grouping expression '{text}' must evaluate to a property access value."
    )


@pytest.mark.parametrize(
    "apply",
    [
        "groupby((Product,Product),aggregate($count as Count))",
        "groupby((Product,Product/Id),aggregate($count as Count))",
        "groupby((Product),aggregate(Quantity with sum as A,Quantity with max as B))",
        "groupby((Product),aggregate(Quantity with average as A))",
        "groupby((Product),aggregate(Product with sum as A))",
        "groupby((Product),aggregate(PlannedDeliveryDate with max as A))",
        "groupby((Quantity),aggregate($count as Count))",
        "groupby((LineNo),aggregate($count as Count))",
        "groupby((ProductDescription),aggregate($count as Count))",
        "groupby((Notes),aggregate(DisplayText with countdistinct as A))",
        "groupby((DisplayText),aggregate($count as Count))",
        "groupby((Product))",
        "compute(month(PlannedDeliveryDate) as M)/groupby((M),aggregate($count as Count))",
        "compute(year(Quantity) as Y)/groupby((Y),aggregate($count as Count))",
        "compute(year(PlannedDeliveryDate) as Y)/groupby((Product),aggregate($count as Count))",
        "compute(year(PlannedDeliveryDate) as Y,date(PlannedDeliveryDate) as D)/groupby((Y,D),aggregate($count as C))",
        "compute(substring(Notes,0,3) as S)/groupby((S),aggregate($count as Count))",
        "compute(year(PlannedDeliveryDate) as Y)/aggregate($count as Count)",
        "filter(LineNo eq 10)/groupby((Product),aggregate($count as Count))",
    ],
)
def test_what_the_documents_do_not_offer_is_refused(api: Api, apply: str) -> None:
    answer = ask(api, LINES, apply)
    assert answer.status_code == 500, answer.text
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "apply",
    [
        "groupby",
        "groupby(Product)",
        "groupby((Product)",
        "groupby((Product),aggregate($count))",
        "groupby((Product),aggregate(Quantity as A))",
        "groupby((Product),aggregate(Nothing with sum as A))",
        "groupby((Product),aggregate(Quantity with sum as Product))",
        "groupby((Product),aggregate($count as A,Quantity with sum as A))",
        "compute(year(Nothing) as Y)/groupby((Y),aggregate($count as Count))",
        "compute(year(PlannedDeliveryDate))/groupby((Y),aggregate($count as Count))",
        "compute(year(PlannedDeliveryDate) as Product)/groupby((Product),aggregate($count as Count))",
    ],
)
def test_a_broken_apply_is_an_error_in_the_request(api: Api, apply: str) -> None:
    assert ask(api, LINES, apply).status_code == 400


@pytest.mark.parametrize(
    ("apply", "expandgroup"),
    [
        (f"groupby((Product),{COUNT})", "Supplier"),
        (f"groupby((Product/Id),{COUNT})", "Product"),
        (f"groupby((PurchaseOrder/State),{COUNT})", "PurchaseOrder/State"),
        (f"groupby((Product),{COUNT})", "Product($select=Nothing)"),
        (COUNT, "Product"),
    ],
)
def test_only_grouped_references_can_be_expanded(api: Api, apply: str, expandgroup: str) -> None:
    assert ask(api, LINES, apply, expandgroup=expandgroup).status_code == 400


def test_groups_know_no_other_options(api: Api) -> None:
    for name in ("_select", "_search", "_count", "_skiptoken"):
        assert ask(api, LINES, f"groupby((Product),{COUNT})", **{name: "true"}).status_code == 400
    assert api.session.get(f"{api.root}{LINES}?expandgroup=Product").status_code == 400


def test_the_client_asks_for_groups(sandbox: RunningInstance, api: Api) -> None:
    query = Query(LINES).filter(F.PurchaseOrder.State.eq("Closed"))
    query = query.group_by(
        F.PurchaseOrder.Supplier, Month=F.PlannedDeliveryDate.yearmonth(), Total=F.Quantity.sum()
    )
    rows = list(
        DomainApi(sandbox.application()).rows(query.expand_group(F.PurchaseOrder.Supplier, select=["Number"]))
    )
    assert set(rows[0]) == {"PurchaseOrder", "Month", "Total"}
    assert rows[0]["PurchaseOrder"]["Supplier"]["Number"].startswith("S00")
    closed = api.rows(LINES, filter="PurchaseOrder/State eq 'Closed'", select="Quantity")
    total = sum(Decimal(str(line["Quantity"]["Value"])) for line in closed)
    assert sum(Decimal(row["Total"]["Value"]) for row in rows) == total
