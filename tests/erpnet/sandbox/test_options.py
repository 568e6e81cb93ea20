"""Query options beside filters: what each does, and that no unknown one passes unnoticed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.erpnet.sandbox.builders import Api

ORDERS = "Logistics_Procurement_PurchaseOrders"
LINES = "Logistics_Procurement_PurchaseOrderLines"
PRODUCTS = "General_Products_Products"
SUPPLIERS = "Logistics_Procurement_Suppliers"
BALANCES = "Logistics_Inventory_CurrentBalances"


@pytest.fixture(scope="module")
def order(api: Api) -> dict[str, Any]:
    return api.rows(ORDERS, top="1", select="Id,DocumentNo")[0]


@pytest.mark.parametrize(
    "query",
    [
        "top=10",
        "filter=State eq 'New'",
        "$Top=10",
        "$compute=1",
        "$format=json",
        "$top=10&$top=20",
        "$select=",
        "$filter=",
        "$expand=",
        "$top=",
        "$top=-1",
        "$top=²",
        "$skip=x",
        "$skiptoken=x",
        "$count=yes",
        "options=skipnull",
        "options=skipnulls,more",
        "page=2",
        "$select=Id,,State",
        "$select=Supplier/Number",
        "$expand=Supplier/Party",
        "$expand=Supplier,Supplier",
        "$expand=Lines($top=1)",
        "$expand=Lines($filter=LineNo eq 10)",
        "$expand=Lines(",
        "$expand=Lines)",
        "$expand=Lines/$ref($select=Id)",
        "$expand=State",
        "$orderby=DocumentNo up",
        "$orderby=Lines",
    ],
)
def test_what_the_service_does_not_know_is_an_error_in_the_request(api: Api, query: str) -> None:
    answer = api.session.get(f"{api.root}{ORDERS}?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


def test_options_of_the_context_are_taken(api: Api) -> None:
    nothing = "00000000-0000-0000-0000-000000000000"
    query = f"$top=1&culture=bg&CurrentEnterpriseCompanyId={nothing}&options="
    assert api.session.get(f"{api.root}{ORDERS}?{query}").status_code == 200


def test_one_object_takes_select_and_expand_alone(api: Api, order: dict[str, Any]) -> None:
    assert api.get(order["@odata.id"], select="Id", expand="Lines").status_code == 200
    for name in ("filter", "top", "orderby", "count", "search"):
        assert api.get(order["@odata.id"], **{name: "1"}).status_code == 400


def test_links_alone_are_expanded_by_ref(api: Api, order: dict[str, Any]) -> None:
    found = api.get(order["@odata.id"], select="Id", expand="Lines/$ref,Supplier/$ref").json()
    assert [set(line) for line in found["Lines"]] == [{"@odata.id"}] * len(found["Lines"])
    assert found["Lines"][0]["@odata.id"].startswith(LINES)
    assert set(found["Supplier"]) == {"@odata.id"}


def test_a_star_selects_what_comes_by_default(api: Api) -> None:
    assert api.rows(ORDERS, top="3", select="*") == api.rows(ORDERS, top="3")
    assert api.rows(ORDERS, top="3", select="default") == api.rows(ORDERS, top="3")


def test_expansions_come_to_what_was_selected_and_nest(api: Api) -> None:
    expand = "Lines($select=default,Id;$expand=Product($select=Codes,Name;$expand=Codes($select=Id))),Store"
    row = api.rows(ORDERS, top="1", select="DocumentNo", expand=expand)[0]
    assert set(row) == {"@odata.id", "DocumentNo", "Lines", "Store"}
    assert {"Id", "LineNo", "Product"} <= set(row["Lines"][0])
    assert set(row["Lines"][0]["Product"]) == {"@odata.id", "Name", "Codes"}


def test_what_every_document_has_can_be_expanded(api: Api, order: dict[str, Any]) -> None:
    row = api.get(order["@odata.id"], select="Id", expand="FileAttachments,DocumentAmounts").json()
    assert row["FileAttachments"] == []
    assert row["DocumentAmounts"] == []


def test_nulls_are_left_out_on_every_level(api: Api) -> None:
    answer = api.session.get(f"{api.root}{ORDERS}?$top=1&$expand=Lines($expand=Product)&options=skipnulls")
    row = answer.json()["value"][0]
    for one in (row, row["Lines"][0], row["Lines"][0]["Product"]):
        assert None not in one.values()


def test_rows_are_counted_without_being_sent(api: Api) -> None:
    answer = api.get(f"{ORDERS}/$count")
    assert (answer.text, answer.headers["Content-Type"].split(";")[0]) == ("60", "text/plain")
    closed = len(api.rows(ORDERS, filter="State eq 'Closed'", select="Id"))
    assert api.get(f"{ORDERS}/$count", filter="State eq 'Closed'").text == str(closed)
    assert api.get(f"{BALANCES}/$count").text == "300"
    assert api.get(f"{ORDERS}/$count", top="1").status_code == 400
    page = api.get(ORDERS, filter="State eq 'Closed'", top="1", count="true").json()
    assert page["@odata.count"] == closed


def test_search_looks_at_members_and_display_text(api: Api) -> None:
    for sought in ('"rila"', "rila", '"РИЛА"', '"S0001"'):
        assert api.rows(SUPPLIERS, search=sought, select="Number"), sought
    display = api.rows(ORDERS, top="1", select="DisplayText")[0]["DisplayText"]
    found = api.rows(ORDERS, search=f'"{display}"', select="DisplayText")
    assert [row["DisplayText"] for row in found] == [display]
    assert api.rows(PRODUCTS, search='"no such product"') == []
    both = api.rows(PRODUCTS, search='"TEX-0"', filter="contains(Name,'indigo')", select="Name")
    assert both
    assert all("indigo" in row["Name"]["EN"] for row in both)


def test_the_key_of_a_base_comes_only_when_named(api: Api) -> None:
    party = api.rows("General_Contacts_Parties", top="1")[0]
    assert "PartyId" not in party
    document = api.rows("General_Documents_Documents", top="1", select="DocumentId,DocumentNo")[0]
    assert document["DocumentId"] in document["@odata.id"]


@pytest.mark.parametrize("name", ["Product", "Store", "EnterpriseCompany"])
def test_balances_are_filtered_by_where_they_belong(api: Api, name: str) -> None:
    everything = api.rows(BALANCES, select="Store,Product,EnterpriseCompany,QuantityBase")
    wanted = everything[0][name]["@odata.id"]
    found = api.rows(
        BALANCES, filter=f"{name} eq '{wanted}'", select="Store,Product,EnterpriseCompany,QuantityBase"
    )
    assert found == [row for row in everything if row[name]["@odata.id"] == wanted]


def test_filtered_balances_page_by_position(api: Api) -> None:
    text = "QuantityBaseValue ge 20 and Product/PartNumber ge 'A'"
    assert api.get(BALANCES, filter=text).status_code == 500
    text = "QuantityBaseValue ge 20 and contains(Product/Name,'indigo')"
    expected = api.rows(BALANCES, filter=text)
    assert 5 < len(expected) < 300
    answer = api.get(BALANCES, filter=text, top="5", count="true").json()
    pages = [answer["value"]]
    assert answer["@odata.count"] == len(expected)
    while link := answer.get("@odata.nextLink"):
        answer = api.session.get(link).json()
        pages.append(answer["value"])
    assert [row for page in pages for row in page] == expected
    assert len(api.rows(BALANCES, filter="Lot eq null and StoreBin eq null", select="Lot")) < 300
    costly = api.rows(BALANCES, filter="BaseCostValue ge 100", select="BaseCost")
    assert all(row["BaseCost"]["Value"] >= 100 for row in costly)
