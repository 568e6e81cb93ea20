"""Reading through the Domain API: pages, what is selected, what is expanded, and how values look."""

from __future__ import annotations

from typing import Any

import pytest

from erpnet import DomainApi
from erpnet.query import Query
from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api

ORDERS = "Logistics_Procurement_PurchaseOrders"
LINES = "Logistics_Procurement_PurchaseOrderLines"
PRODUCTS = "General_Products_Products"
BALANCES = "Logistics_Inventory_CurrentBalances"


def all_pages(api: Api, path: str, **options: str) -> list[list[dict[str, Any]]]:
    pages, answer = [], api.get(path, **options).json()
    pages.append(answer["value"])
    while link := answer.get("@odata.nextLink"):
        answer = api.session.get(link if link.startswith("http") else api.root + link).json()
        pages.append(answer["value"])
    return pages


def test_without_top_everything_comes_at_once(api: Api) -> None:
    answer = api.get(ORDERS).json()
    assert len(answer["value"]) == 60
    assert "@odata.nextLink" not in answer
    assert answer["@odata.context"] == f"{api.root}$metadata#{ORDERS}"


def test_tables_page_by_key_and_lose_no_row(api: Api) -> None:
    first = api.get(ORDERS, top="25", select="Id").json()
    assert "skiptoken" in first["@odata.nextLink"]
    pages = all_pages(api, ORDERS, top="25", select="Id")
    assert [len(page) for page in pages] == [25, 25, 10]
    assert len({row["Id"] for page in pages for row in page}) == 60


def test_a_last_page_that_is_just_full_has_no_next(api: Api) -> None:
    assert "@odata.nextLink" not in api.get(ORDERS, top="60").json()


def test_views_page_by_position_and_have_no_key(api: Api) -> None:
    first = api.get(BALANCES, top="100", count="true").json()
    assert first["@odata.count"] == 300
    assert "$skip=100" in first["@odata.nextLink"]
    assert "@odata.id" not in first["value"][0]
    assert [len(page) for page in all_pages(api, BALANCES, top="100")] == [100, 100, 100]
    assert api.get(BALANCES, select="Id").status_code == 400


@pytest.mark.parametrize("path", [ORDERS, BALANCES])
def test_a_page_of_nothing_leads_nowhere(api: Api, path: str) -> None:
    answer = api.get(path, top="0", count="true").json()
    assert answer["value"] == []
    assert answer["@odata.count"] > 0
    assert "@odata.nextLink" not in answer


@pytest.mark.parametrize("name", ["top", "skip"])
@pytest.mark.parametrize("number", [str(2**31), "9" * 30, "9" * 5000])
def test_numbers_of_rows_fit_into_32_bits(api: Api, name: str, number: str) -> None:
    assert api.get(ORDERS, **{name: number}).status_code == 400


@pytest.mark.parametrize(("path", "options"), [(BALANCES, {}), (ORDERS, {"orderby": "DocumentDate"})])
def test_what_pages_by_position_takes_no_key(api: Api, path: str, options: dict[str, str]) -> None:
    token = "00000000-0000-0000-0000-000000000000"
    assert api.get(path, top="5", skiptoken=token, **options).status_code == 400


def test_views_without_data_are_empty(api: Api) -> None:
    assert api.rows("Logistics_Inventory_DemandManagement_AvailableToPromise", top="10") == []


def test_ordered_rows_page_by_position(api: Api) -> None:
    numbers = [
        row["DocumentNo"]
        for page in all_pages(api, ORDERS, top="25", orderby="DocumentNo desc")
        for row in page
    ]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 60


@pytest.mark.parametrize(("name", "status"), [("State", 500), ("Supplier", 500), ("Nothing", 400)])
def test_order_is_for_attributes_that_the_model_orders_by(api: Api, name: str, status: int) -> None:
    assert api.get(ORDERS, orderby=name).status_code == status


def test_a_page_has_at_most_a_thousand_rows(api: Api) -> None:
    assert api.get(ORDERS, top="1000").status_code == 200
    assert api.get(ORDERS, top="1001").status_code == 500
    assert api.get(ORDERS, top="many").status_code == 400


def test_keys_and_system_attributes_come_only_when_named(api: Api) -> None:
    row = api.rows(ORDERS, top="1")[0]
    hidden = {
        "Id",
        "ObjectVersion",
        "ExternalId",
        "AggregateLastUpdateTimeUtc",
        "DisplayText",
        "FullState",
        "Lines",
    }
    assert not hidden & set(row)
    assert row["@odata.id"].startswith(f"{ORDERS}(")
    assert set(row["Supplier"]) == {"@odata.id"}
    named = api.rows(ORDERS, top="1", select="Id,ObjectVersion,DisplayText")[0]
    assert set(named) == {"@odata.id", "Id", "ObjectVersion", "DisplayText"}
    assert named["DisplayText"].startswith("Purchase order 1")
    both = api.rows(ORDERS, top="1", select="default,Id")[0]
    assert {"Id", "State"} <= set(both)


def test_an_unknown_name_is_an_error_in_the_request(api: Api) -> None:
    for options in (
        {"select": "Nothing"},
        {"expand": "Nothing"},
        {"filter": "Nothing eq 1"},
        {"format": "xml"},
    ):
        answer = api.get(ORDERS, **options)
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]


def test_references_and_lines_expand_with_a_selection_of_their_own(api: Api) -> None:
    lines = "Lines($select=LineNo,Quantity,Product;$expand=Product($select=Name))"
    supplier = "Supplier($expand=Party($select=PartyName))"
    row = api.rows(ORDERS, top="1", select="DocumentNo", expand=f"{lines},{supplier}")[0]
    assert set(row) == {"@odata.id", "DocumentNo", "Supplier", "Lines"}
    assert set(row["Supplier"]["Party"]["PartyName"]) == {"EN", "BG"}
    assert row["Supplier"]["Party"]["@odata.id"].startswith("General_Contacts_Companies(")
    assert [line["LineNo"] for line in row["Lines"]] == sorted(line["LineNo"] for line in row["Lines"])
    assert set(row["Lines"][0]["Product"]["Name"]) == {"EN", "BG"}


def test_a_selected_collection_comes_as_references(api: Api) -> None:
    row = api.rows(ORDERS, top="1", select="Lines")[0]
    assert row["Lines"][0]["@odata.id"].startswith(f"{LINES}(")


def test_decimals_are_numbers_or_exact_text_as_asked(api: Api) -> None:
    row = api.rows(LINES, top="1")[0]
    assert isinstance(row["Quantity"]["Value"], float)
    exact = api.session.get(
        f"{api.root}{LINES}?$top=1", headers={"Accept": "application/json;IEEE754Compatible=true"}
    )
    assert "IEEE754Compatible=true" in exact.headers["Content-Type"]
    line = exact.json()["value"][0]
    assert line["Quantity"]["Value"].endswith(".000")
    assert line["PricePerUnit"]["Currency"] == "EUR"
    assert line["Quantity"]["Unit"] in {"pcs", "kg", "m", "box"}
    assert line["QuantityBase"]["Unit"] in {"pcs", "kg", "m"}


def test_nulls_can_be_left_out(api: Api) -> None:
    assert api.session.get(f"{api.root}{ORDERS}?$top=1").json()["value"][0]["AdjustmentUser"] is None
    assert (
        "AdjustmentUser"
        not in api.session.get(f"{api.root}{ORDERS}?$top=1&options=skipnulls").json()["value"][0]
    )


def test_one_object_is_read_by_its_key(api: Api) -> None:
    wanted = api.rows(PRODUCTS, top="1")[0]
    answer = api.get(wanted["@odata.id"], select="PartNumber")
    assert answer.json() == {
        "@odata.context": f"{api.root}$metadata#{PRODUCTS}/$entity",
        "@odata.id": wanted["@odata.id"],
        "PartNumber": wanted["PartNumber"],
    }
    assert api.get(f"{PRODUCTS}(00000000-0000-0000-0000-000000000000)").status_code == 404
    assert api.get("No_Such_Set").status_code == 404


def test_a_base_set_answers_its_heirs(api: Api) -> None:
    parties = api.rows("General_Contacts_Parties", select="PartyId,PartyName,PartyType")
    sets = {row["@odata.id"].split("(")[0] for row in parties}
    assert {"General_Contacts_Companies", "General_Contacts_Persons", "Logistics_Inventory_Stores"} <= sets
    one = api.get(f"General_Contacts_Parties({parties[0]['PartyId']})").json()
    assert one["@odata.id"] == parties[0]["@odata.id"]
    keys = [
        row["PartyId"]
        for page in all_pages(api, "General_Contacts_Parties", top="7", select="PartyId")
        for row in page
    ]
    assert keys == [row["PartyId"] for row in parties]


def test_search_looks_at_codes_and_names_in_all_languages(api: Api) -> None:
    for sought in ("TEX-011", "cotton canvas", "Памучно платно"):
        names = [row["Name"]["EN"] for row in api.rows(PRODUCTS, search=f'"{sought}"', select="Name")]
        assert "Cotton canvas, natural" in names
    suppliers = api.rows("Logistics_Procurement_Suppliers", search="rila", select="Number")
    assert len(suppliers) == 2


@pytest.mark.parametrize("text", ['"', 'a"b', '"a" AND "b"', '"a\\"'])
def test_a_searched_phrase_has_to_end(api: Api, text: str) -> None:
    assert api.get(PRODUCTS, search=text).status_code == 400


def test_the_service_tells_its_version_and_its_renames(api: Api) -> None:
    assert api.get("GetVersion").json()["version"] == "26.2.5.41"
    renames = {one["OldName"]: one["NewName"] for one in api.rows("GetRenamedEntityTypes")}
    answer = api.get("General_DocumentTypes")
    assert answer.status_code == 500
    assert f"'{renames['General_DocumentTypes']}'" in answer.json()["message"]


def test_the_client_reads_all_pages(sandbox: RunningInstance) -> None:
    client = DomainApi(sandbox.application())
    pages = list(client.pages(Query(BALANCES).select("Product", "QuantityBase").top(100).count()))
    assert [len(page.rows) for page in pages] == [100, 100, 100]
    assert {page.count for page in pages} == {300}
