"""What $filter understands, and what it refuses as a real server does."""

from __future__ import annotations

from typing import Any

import pytest

from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api

ORDERS = "Logistics_Procurement_PurchaseOrders"
LINES = "Logistics_Procurement_PurchaseOrderLines"
USERS = "Systems_Security_Users"
PRODUCTS = "General_Products_Products"
SUPPLIERS = "Logistics_Procurement_Suppliers"


@pytest.fixture(scope="module")
def order(api: Api) -> dict[str, Any]:
    select = "default,Id,AggregateLastUpdateTimeUtc"
    return api.rows(ORDERS, filter="State eq 'Released' and Void eq false", top="1", select=select)[0]


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        (USERS, "Login eq 'maria@rila-textiles.example'", 1),
        (USERS, "Login eq 'MARIA@rila-textiles.example'", 1),
        (USERS, "startswith(Login,'john') and Active eq true", 1),
        (USERS, "endswith(Login,'.example')", 6),
        (USERS, "contains(Name,'Петр')", 1),
        (USERS, "contains(Name,'o''brien')", 0),
        (USERS, "UserType in ('InternalUser','SystemUserNoLogin')", 2),
        (PRODUCTS, "(PartNumber eq 'TEX-011') and (Active eq true)", 1),
        (PRODUCTS, "PartNumber in ('TEX-011', 'MET-011','NONE')", 2),
        (ORDERS, "State ge 'New'", 60),
        (ORDERS, "State eq 'Closed' and State le 'Released'", 0),
        (ORDERS, "State ge Erp.General_DocumentState'New'", 60),
        (ORDERS, "DocumentDate ge 2000-01-01Z and DocumentDate ge 2000-01-01", 60),
        (ORDERS, "DocumentDate le 2000-01-01T00:00:00Z", 0),
        (PRODUCTS, "contains(ProductGroup,'textil')", 30),
        (PRODUCTS, "contains(ProductGroup,'Храни')", 30),
    ],
)
def test_conditions_find_what_they_say(api: Api, path: str, text: str, count: int) -> None:
    assert len(api.rows(path, filter=text)) == count


def test_references_compare_with_the_odata_id_in_quotes(api: Api, order: dict[str, Any]) -> None:
    supplier = order["Supplier"]["@odata.id"]
    found = api.rows(ORDERS, filter=f"Supplier eq '{supplier}'")
    assert order["@odata.id"] in [row["@odata.id"] for row in found]
    assert api.rows(ORDERS, filter=f"Supplier in ('{supplier}')") == found
    assert api.get(ORDERS, filter="Supplier eq 'Rila'").status_code == 400
    assert api.get(ORDERS, filter=f"Supplier eq {supplier.split('(')[1][:-1]}").status_code == 400


def test_a_reference_may_name_the_base_of_what_it_leads_to(api: Api) -> None:
    party = api.rows(SUPPLIERS, top="1")[0]["Party"]["@odata.id"]
    base = party.replace("General_Contacts_Companies", "General_Contacts_Parties")
    assert (
        api.rows(SUPPLIERS, filter=f"Party eq '{base}'")
        == api.rows(SUPPLIERS, filter=f"Party eq '{party}'")
        != []
    )


def test_keys_compare_without_quotes(api: Api, order: dict[str, Any]) -> None:
    assert [row["@odata.id"] for row in api.rows(ORDERS, filter=f"Id eq {order['Id']}")] == [
        order["@odata.id"]
    ]
    assert len(api.rows(ORDERS, filter=f"Id in ({order['Id']},00000000-0000-0000-0000-000000000000)")) == 1
    assert api.get(ORDERS, filter=f"Id eq '{order['Id']}'").status_code == 400


def test_paths_lead_over_owners_alone(api: Api) -> None:
    lines = api.rows(
        LINES, filter="PurchaseOrder/State eq 'Closed' and PurchaseOrder/Void eq false", select="Id"
    )
    assert 0 < len(lines) < len(api.rows(LINES, select="Id"))
    refused = api.get(LINES, filter="Product/PartNumber eq 'TEX-011'")
    assert refused.status_code == 500
    assert "Product" in refused.json()["message"]


def test_a_supplied_product_can_be_filtered_by_path(api: Api) -> None:
    path = "Logistics_Procurement_ProductSupply"
    assert len(api.rows(path, filter="Product/PartNumber eq 'PAC-051'")) == 2


def test_quantities_compare_by_their_value(api: Api) -> None:
    small = api.rows(LINES, filter="QuantityValue le 20")
    assert small
    assert all(row["Quantity"]["Value"] <= 20 for row in small)
    assert api.get(LINES, filter="Quantity le 20").status_code == 400


def test_functions_with_null_take_empty_values_too(api: Api) -> None:
    supplier = api.rows(SUPPLIERS, filter="EnterpriseCompany eq null")
    assert len(supplier) == 1
    company = api.rows("General_EnterpriseCompanies", top="1")[0]["@odata.id"]
    own = api.rows(SUPPLIERS, filter=f"EnterpriseCompany eq '{company}'")
    both = api.rows(SUPPLIERS, filter=f"equalnull(EnterpriseCompany,'{company}')")
    assert len(both) == len(own) + 1
    assert len(api.rows(SUPPLIERS, filter="lessequalnull(FromDate,2020-01-01T00:00:00Z)")) == 9
    assert api.rows(SUPPLIERS, filter="FromDate le 2030-01-01T00:00:00Z") == []


def test_contains_on_a_reference_looks_at_what_it_shows(api: Api) -> None:
    assert len(api.rows(SUPPLIERS, filter="contains(Party,'rila')")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "State eq 'New' or State eq 'Released'",
        "not (Void eq true)",
        "State ne 'New'",
        "DocumentVersion gt 1",
        "DocumentVersion lt 1",
        "year(DocumentDate) eq 2026",
        "contains(State,'Rel')",
        "AdditionalDataJson eq 'x'",
        "ObjectVersion eq 1",
        "ExternalId ge 'x'",
        "startswith(Supplier,'Rila')",
        "Supplier ge 'Logistics_Procurement_Suppliers(00000000-0000-0000-0000-000000000000)'",
        "Supplier/Number eq 'S0001'",
        "endswith(State,'sed')",
        "length(DocumentNo) eq 10",
        "DocumentVersion add 1 eq 2",
        "State has 'New'",
    ],
)
def test_what_the_server_does_not_offer_is_refused_with_its_error(api: Api, text: str) -> None:
    answer = api.get(ORDERS, filter=text)
    assert answer.status_code == 500
    assert {"message", "code", "type", "info", "messageFormat", "parameters"} == set(answer.json())


@pytest.mark.parametrize(
    "text",
    [
        "State eq",
        "State eq 'Released",
        "State eq 'Released')",
        "(State eq 'Released'",
        "State 'Released'",
        "State eq 'Sent'",
        "Void eq 'true'",
        "DocumentDate ge 'yesterday'",
        "DocumentDate ge 2026-13-01Z",
        "AggregateLastUpdateTimeUtc ge 2026-01-01T00:00:00",
        "State in ()",
        "State eq 'Released' State eq 'New'",
        "1 eq 1",
        "State eq Void",
        "State eq 'x'; drop",
        "State eq Erp.General_Priority'Released'",
        "State eq Released",
        "State eq General_DocumentState'Released'",
        "contains(DocumentNo,null)",
        "DocumentDate ge null",
        "State in ('New',null)",
        "equalnull(Store,null)",
        "lessequalnull(PaymentDueDate,null)",
        "contains(DocumentNo,10)",
        "contains('1',DocumentNo)",
        "Id in 00000000-0000-0000-0000-000000000000",
        "Lines/LineNo eq 10",
        "Supplier eq 'General_Products_Products(00000000-0000-0000-0000-000000000000)'",
        "Supplier eq 'No_Such_Set(00000000-0000-0000-0000-000000000000)'",
        "DocumentNo eq 10",
        "DocumentVersion eq 'one'",
        "DocumentVersion eq 1.5",
        "ReleaseTime ge 0001-01-01T00:00:00+14:00",
        "ReleaseTime le 9999-12-31T23:59:59-14:00",
        "DocumentVersion ge 2147483648",
    ],
)
def test_broken_filters_are_errors_in_the_request(api: Api, text: str) -> None:
    assert api.get(ORDERS, filter=text).status_code == 400


def test_names_in_several_languages_are_filtered_by_contains_alone(api: Api) -> None:
    assert api.get(PRODUCTS, filter="contains(Name,'denim')").status_code == 200
    assert api.get(PRODUCTS, filter="Name eq 'Denim, natural'").status_code == 500
    assert api.get(PRODUCTS, filter="startswith(Name,'Denim')").status_code == 500


def test_times_in_filters_count_as_their_date(api: Api, order: dict[str, Any]) -> None:
    changed = order["AggregateLastUpdateTimeUtc"]
    later = changed[:11] + "23:59:59.999Z"
    ids = [row["@odata.id"] for row in api.rows(ORDERS, filter=f"AggregateLastUpdateTimeUtc ge {later}")]
    assert order["@odata.id"] in ids


def test_times_in_filters_can_be_set_to_count_exactly() -> None:
    with running_instance(truncate_date_times=False) as exact:
        api = Api(exact)
        row = api.rows(ORDERS, top="1", select="AggregateLastUpdateTimeUtc")[0]
        later = row["AggregateLastUpdateTimeUtc"][:11] + "23:59:59.999Z"
        found = api.rows(ORDERS, filter=f"AggregateLastUpdateTimeUtc ge {later}")
        assert row["@odata.id"] not in [one["@odata.id"] for one in found]


def test_external_ids_are_compared_by_case(sandbox: RunningInstance, api: Api) -> None:
    api.post("General_Currencies_Currencies", {"CurrencySign": "CHF", "Name": "Franc", "ExternalId": "Abc"})
    assert len(api.rows("General_Currencies_Currencies", filter="ExternalId eq 'Abc'")) == 1
    assert api.rows("General_Currencies_Currencies", filter="ExternalId eq 'abc'") == []


def test_an_odata_id_may_have_the_name_that_its_set_had_before(api: Api, order: dict[str, Any]) -> None:
    new = order["DocumentType"]["@odata.id"]
    old = new.replace("Systems_Documents_DocumentTypes", "General_DocumentTypes")
    assert old != new
    found = api.rows(ORDERS, filter=f"DocumentType in ('{old}')", select="Id")
    assert found == api.rows(ORDERS, filter=f"DocumentType eq '{new}'", select="Id") != []


def test_a_list_may_name_objects_of_several_kinds(api: Api, order: dict[str, Any]) -> None:
    company, person = (
        order["ToParty"]["@odata.id"],
        api.rows("General_Contacts_Persons", top="1")[0]["@odata.id"],
    )
    found = api.rows(ORDERS, filter=f"ToParty in ('{person}','{company}')", select="Id")
    assert order["@odata.id"] in [row["@odata.id"] for row in found]


def test_a_reference_to_a_document_takes_any_kind_of_document(api: Api, order: dict[str, Any]) -> None:
    found = api.rows(ORDERS, filter=f"MasterDocument eq '{order['@odata.id']}'", select="Id")
    assert [row["@odata.id"] for row in found] == [order["@odata.id"]]


def test_what_is_unknown_is_named_with_its_type(api: Api) -> None:
    answer = api.get(LINES, filter="Nothing eq 1")
    assert answer.json()["error"]["message"] == (
        "Could not find a property named 'Nothing' on type 'Erp.Logistics_Procurement_PurchaseOrderLine'."
    )
