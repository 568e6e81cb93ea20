"""Writing through the Domain API, by the example of the vendor's shipment: a receiving order for a purchase order."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest

from erpnet import DomainApi
from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api

ORDERS = "Logistics_Procurement_PurchaseOrders"
RECEIPTS = "Logistics_Procurement_ReceivingOrders"
RECEIPT_LINES = "Logistics_Procurement_ReceivingOrderLines"
EXPANDED = "Lines($select=default,Id)"
OF_THE_ORDER = ("EnterpriseCompany", "EnterpriseCompanyLocation", "Supplier", "Store", "DocumentCurrency")


@pytest.fixture(scope="module")
def orders(api: Api) -> list[dict[str, Any]]:
    """Released purchase orders with at least two lines."""
    found = api.rows(
        ORDERS,
        filter="State eq 'Released' and Void eq false",
        select="default,Id",
        expand="Lines($select=default,Id)",
    )
    return [order for order in found if len(order["Lines"]) > 1]


@pytest.fixture
def order(orders: list[dict[str, Any]]) -> dict[str, Any]:
    return orders[0]


def shipment(order: dict[str, Any], quantity: float = 5, /, **more: Any) -> dict[str, Any]:
    return {
        "DocumentType": {"Code": "RO"},
        **{name: order[name] for name in OF_THE_ORDER},
        "PurchaseOrder": {"@odata.id": order["@odata.id"]},
        "Parent": {"@odata.id": order["@odata.id"]},
        "PlannedDeliveryDate": "2026-12-01T00:00:00Z",
        "ReferenceDocumentNo": "DN-77",
        "Lines": [line_of(order, quantity)],
        **more,
    }


def line_of(order: dict[str, Any], quantity: float, place: int = 0, **more: Any) -> dict[str, Any]:
    line = order["Lines"][place]
    unit = line["Quantity"]["Unit"]
    return {
        "PurchaseOrderLine": {"@odata.id": line["@odata.id"]},
        "Product": line["Product"],
        "Quantity": {"Value": quantity, "Unit": unit},
        **more,
    }


def created(api: Api, data: dict[str, Any]) -> dict[str, Any]:
    answer = api.post(RECEIPTS, data)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == answer.json()["@odata.id"]
    return read(api, answer.json()["@odata.id"])


def read(api: Api, reference: str) -> dict[str, Any]:
    select = (
        "default,Id,ObjectVersion,ExternalId,ExternalSystem,AdditionalDataJson,AggregateLastUpdateTimeUtc"
    )
    answer = api.get(reference, select=select, expand=EXPANDED)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def message_of(answer: Any) -> str:
    assert answer.status_code == 500, answer.text
    return str(error_of(answer)["message"])


def error_of(answer: Any) -> dict[str, Any]:
    """The fields of an error, wherever they stand."""
    content = answer.json()
    return dict(content.get("error", content))


def test_a_line_takes_no_product_from_its_purchase_order_line(api: Api, order: dict[str, Any]) -> None:
    line = line_of(order, 5)
    del line["Product"]
    assert "Product" in message_of(api.post(RECEIPTS, shipment(order, Lines=[line])))


def test_a_shipment_gets_what_the_model_says_that_it_gets(api: Api, order: dict[str, Any]) -> None:
    """Docs: https://docs.erp.net/model/entities/Logistics.Procurement.ReceivingOrders.html"""
    data = shipment(order)
    del data["DocumentCurrency"], data["Store"]
    document = created(api, data)
    assert document["DocumentCurrency"] == order["DocumentCurrency"]
    assert document["Store"] is None
    assert document["FromParty"] == order["FromParty"]
    assert document["ToParty"] == order["ToParty"]
    assert document["MasterDocument"] == order["MasterDocument"]
    assert document["State"] == "New"
    assert document["DocumentNo"].isdecimal()
    assert document["CreationUser"] == "svc-portal"
    assert document["EntityName"] == "Scm_Receiving_Orders"
    assert document["ObjectVersion"] == 1
    line, ordered = document["Lines"][0], order["Lines"][0]
    assert line["LineNo"] == 10
    assert line["Product"] == ordered["Product"]
    assert line["ProductDescription"] == ordered["ProductDescription"]
    assert line["QuantityUnit"] == ordered["QuantityUnit"]
    assert line["PricePerUnit"]["Value"] == line["LineAmount"]["Value"] == 0


@pytest.mark.parametrize("option", ["$foo=1", "$select=Nope", "$filter=Void eq false", "foo=1"])
def test_a_write_with_options_that_it_cannot_have_changes_nothing(
    api: Api, order: dict[str, Any], option: str
) -> None:
    document = created(api, shipment(order))
    external = f"refused {option}"
    assert api.post(f"{RECEIPTS}?{option}", shipment(order, ExternalId=external)).status_code == 400
    assert api.rows(RECEIPTS, filter=f"ExternalId eq '{external}'") == []
    assert api.patch(f"{document['@odata.id']}?{option}", {"Notes": "?"}).status_code == 400
    assert api.delete(f"{document['@odata.id']}?{option}").status_code == 400
    assert read(api, document["@odata.id"]) == document


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b" ", "application/json", 400),
        (b'{"Notes": "?"}', "text/plain", 415),
        (b'{"Notes": "?"}', "application/xml", 415),
        (b'{"Notes": "?"}', "Application/JSON; charset=utf-8", 204),
    ],
)
def test_an_object_is_sent_as_json(
    api: Api, order: dict[str, Any], body: bytes, kind: str, status: int
) -> None:
    document = created(api, shipment(order))
    address = api.root + document["@odata.id"]
    assert api.session.patch(address, data=body, headers={"Content-Type": kind}).status_code == status


@pytest.mark.parametrize(("name", "switch"), [("Users", "Active"), ("TrustedApplications", "IsEnabled")])
def test_users_and_applications_are_read_alone(api: Api, name: str, switch: str) -> None:
    """Docs: https://docs.erp.net/dev/auth/concepts/scopes.html"""
    found = api.rows(f"Systems_Security_{name}", top="1")[0]["@odata.id"]
    assert "'sec'" in message_of(api.patch(found, {switch: False}))
    assert api.get(found).json()[switch] is True


def test_document_numbers_go_up(api: Api, order: dict[str, Any]) -> None:
    first, second = (created(api, shipment(order)) for _ in range(2))
    assert int(second["DocumentNo"]) == int(first["DocumentNo"]) + 1


def test_units_are_found_by_code_and_have_to_agree(api: Api, order: dict[str, Any]) -> None:
    line = order["Lines"][0]
    code = line["Quantity"]["Unit"]
    fitting = line_of(order, 1, QuantityUnit=line["QuantityUnit"])
    assert created(api, shipment(order, Lines=[fitting]))["Lines"][0]["Quantity"]["Unit"] == code
    other = "kg" if code != "kg" else "m"
    clashing = {**fitting, "Quantity": {"Value": 1, "Unit": other}}
    assert other in message_of(api.post(RECEIPTS, shipment(order, Lines=[clashing])))
    unknown = {**line_of(order, 1), "Quantity": {"Value": 1, "Unit": "furlong"}}
    assert "furlong" in message_of(api.post(RECEIPTS, shipment(order, Lines=[unknown])))


def test_currencies_of_the_head_are_not_changed_by_a_line(api: Api, order: dict[str, Any]) -> None:
    line = line_of(order, 1, PricePerUnit={"Value": 2, "Currency": "USD"})
    assert "EUR" in message_of(api.post(RECEIPTS, shipment(order, Lines=[line])))


def test_references_may_be_bound_by_annotation(api: Api, order: dict[str, Any]) -> None:
    data = shipment(order)
    data["Parent@odata.bind"] = f"{api.root}{data.pop('Parent')['@odata.id']}"
    assert created(api, data)["PurchaseOrder"]["@odata.id"] == order["@odata.id"]


@pytest.mark.parametrize("missing", ["DocumentType", *OF_THE_ORDER[:3]])
def test_what_nothing_provides_has_to_be_given(api: Api, order: dict[str, Any], missing: str) -> None:
    """Not even the purchase order: https://docs.erp.net/model/business-rules/R27483.html"""
    data = shipment(order, Lines=[])
    del data[missing]
    answer = api.post(RECEIPTS, data)
    assert "needs a value" in message_of(answer)
    assert answer.json()["code"] == 2029


@pytest.mark.parametrize("quantity", [0, -3])
def test_nothing_and_less_cannot_be_shipped(api: Api, order: dict[str, Any], quantity: int) -> None:
    answer = api.post(RECEIPTS, shipment(order, quantity))
    assert message_of(answer) == "Line 10: the quantity has to be greater than zero."
    assert "at " in answer.json()["info"]


def test_lines_belong_to_the_purchase_order_of_the_shipment(api: Api, orders: list[dict[str, Any]]) -> None:
    data = shipment(orders[0], Lines=[line_of(orders[1], 1)])
    assert "another purchase order" in message_of(api.post(RECEIPTS, data))


def test_the_product_is_the_one_that_was_ordered(api: Api, order: dict[str, Any]) -> None:
    other = next(
        line["Product"] for line in order["Lines"] if line["Product"] != order["Lines"][0]["Product"]
    )
    data = shipment(order, Lines=[line_of(order, 1, Product=other)])
    assert "product" in message_of(api.post(RECEIPTS, data))


def test_the_supplier_is_the_one_of_the_purchase_order(api: Api, order: dict[str, Any]) -> None:
    suppliers = api.rows("Logistics_Procurement_Suppliers")
    other = next(one["@odata.id"] for one in suppliers if one["@odata.id"] != order["Supplier"]["@odata.id"])
    data = shipment(order, Supplier={"@odata.id": other})
    assert "another supplier" in message_of(api.post(RECEIPTS, data))


def test_nothing_is_received_for_an_order_that_is_not_released(api: Api) -> None:
    draft = api.rows(
        ORDERS, filter="State in ('New','Planned','FirmPlanned')", select="default", expand="Lines"
    )[0]
    assert "not released" in message_of(api.post(RECEIPTS, shipment(draft, Lines=[])))


def test_a_refused_document_leaves_nothing_behind(api: Api, order: dict[str, Any]) -> None:
    before = len(api.rows(RECEIPTS)), len(api.rows(RECEIPT_LINES))
    api.post(RECEIPTS, shipment(order, Lines=[line_of(order, 1), line_of(order, 0, 1)]))
    assert (len(api.rows(RECEIPTS)), len(api.rows(RECEIPT_LINES))) == before


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"State": "Released"}, 500),
        ({"Void": True}, 500),
        ({"DocumentNo": None}, 500),
        ({"Notes": "x" * 255}, 500),
        ({"Nothing": 1}, 400),
        ({"Notes": 7}, 400),
        ({"PlannedDeliveryDate": "soon"}, 400),
        ({"Store": "nowhere"}, 400),
        ({"Store": {"@odata.id": "Logistics_Inventory_Stores(00000000-0000-0000-0000-000000000000)"}}, 500),
        ({"Lines": {"LineNo": 1}}, 400),
    ],
)
def test_values_have_to_fit_the_model(
    api: Api, order: dict[str, Any], data: dict[str, Any], status: int
) -> None:
    assert api.post(RECEIPTS, {**shipment(order), **data}).status_code == status


def test_a_reference_cannot_lead_to_something_else(api: Api, order: dict[str, Any]) -> None:
    data = shipment(order, Store={"@odata.id": order["@odata.id"]})
    assert "Store" in message_of(api.post(RECEIPTS, data))


def test_a_body_that_is_no_json_object_is_refused(api: Api) -> None:
    for body in ("nonsense", "[]", "1"):
        assert api.session.post(api.root + RECEIPTS, data=body).status_code == 400


def test_merging_twice_makes_one_document_and_changes_nothing_more(api: Api, order: dict[str, Any]) -> None:
    key = {"ExternalId": str(uuid.uuid4()), "ExternalSystem": "partner-portal"}
    line = line_of(order, 2.5, Id=str(uuid.uuid4()))
    data = shipment(order, Lines=[line], **key) | {"@erpnet.action": "merge", "@erpnet.findBy": key}
    first = created(api, data)
    again = api.post(RECEIPTS, data)
    assert again.status_code == 200
    assert again.json()["@odata.id"] == first["@odata.id"]
    assert read(api, first["@odata.id"]) == first


def test_merging_a_change_updates_document_and_lines(api: Api, order: dict[str, Any]) -> None:
    key = {"ExternalId": str(uuid.uuid4()), "ExternalSystem": "partner-portal"}
    line = line_of(order, 2, Id=str(uuid.uuid4()))
    first = created(api, shipment(order, Lines=[line], **key))
    line["Quantity"]["Value"] = 3
    more = {
        "AdditionalDataJson": '{"partner-portal": {"carrier": "Speedy"}}',
        "Lines": [line, line_of(order, 1, 1)],
    }
    data = shipment(order, **key) | more | {"@erpnet.action": "merge", "@erpnet.findBy": key}
    assert api.post(RECEIPTS, data).status_code == 200
    changed = read(api, first["@odata.id"])
    assert changed["ObjectVersion"] == 2
    assert changed["AggregateLastUpdateTimeUtc"] > first["AggregateLastUpdateTimeUtc"]
    assert "Speedy" in changed["AdditionalDataJson"]
    assert [line["Quantity"]["Value"] for line in changed["Lines"]] == [3, 1]
    assert [line["LineNo"] for line in changed["Lines"]] == [10, 20]


def test_lines_that_say_not_which_they_are_are_added(api: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order))
    assert api.patch(document["@odata.id"], {"Lines": [line_of(order, 1)]}).status_code == 204
    assert len(read(api, document["@odata.id"])["Lines"]) == 2


def test_external_ids_are_unique_and_compared_by_case(api: Api, order: dict[str, Any]) -> None:
    key = {"ExternalId": f"Case-{uuid.uuid4()}", "ExternalSystem": "partner-portal"}
    created(api, shipment(order, **key))
    assert api.post(RECEIPTS, shipment(order, **key)).json()["code"] == 2129
    other = {**key, "ExternalId": key["ExternalId"].upper()}
    data = shipment(order, **other) | {"@erpnet.action": "merge", "@erpnet.findBy": other}
    assert api.post(RECEIPTS, data).status_code == 201
    elsewhere = {**key, "ExternalSystem": "another-app"}
    data = shipment(order, **elsewhere) | {"@erpnet.action": "merge", "@erpnet.findBy": elsewhere}
    assert api.post(RECEIPTS, data).status_code == 201


def test_a_find_reads_without_changing(api: Api, order: dict[str, Any]) -> None:
    key = {"ExternalId": str(uuid.uuid4()), "ExternalSystem": "partner-portal"}
    find = {"@erpnet.action": "find", "@erpnet.findBy": key, "Notes": "ignored"}
    assert "found" in message_of(api.post(RECEIPTS, find))
    assert api.post(RECEIPTS, {**find, "@erpnet.action": "findOrNull"}).status_code == 204
    document = created(api, shipment(order, **key))
    assert api.post(RECEIPTS, find).json()["@odata.id"] == document["@odata.id"]
    assert read(api, document["@odata.id"]) == document


def test_an_update_changes_what_it_names_and_the_version(api: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order))
    answer = api.patch(
        document["@odata.id"], {"PlannedDeliveryDate": "2026-12-09T00:00:00Z", "ObjectVersion": 1}
    )
    assert answer.status_code == 204
    changed = read(api, document["@odata.id"])
    assert changed["PlannedDeliveryDate"] == "2026-12-09T00:00:00Z"
    assert changed["ReferenceDocumentNo"] == "DN-77"
    assert changed["ObjectVersion"] == 2


def test_a_change_of_a_line_is_a_change_of_its_document(api: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order))
    line = document["Lines"][0]["@odata.id"]
    assert api.patch(line, {"Quantity": {"Value": 4}}).status_code == 204
    changed = read(api, document["@odata.id"])
    assert changed["ObjectVersion"] == 2
    assert changed["Lines"][0]["Quantity"]["Value"] == 4
    assert api.get(line, select="ObjectVersion").json()["ObjectVersion"] == 2


def test_a_stale_version_is_refused(api: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order))
    api.patch(document["@odata.id"], {"Notes": "first"})
    answer = api.patch(document["@odata.id"], {"Notes": "second", "ObjectVersion": 1})
    assert "another user" in message_of(answer)
    assert read(api, document["@odata.id"])["Notes"] == "first"


def test_new_documents_and_their_lines_can_be_deleted(api: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order, Lines=[line_of(order, 1), line_of(order, 1, 1)]))
    first, second = (line["@odata.id"] for line in document["Lines"])
    assert api.delete(first).status_code == 204
    assert len(read(api, document["@odata.id"])["Lines"]) == 1
    assert api.delete(document["@odata.id"]).status_code == 204
    assert api.get(document["@odata.id"]).status_code == 404
    assert api.get(second).status_code == 404
    assert api.delete(document["@odata.id"]).status_code == 404


def test_nothing_can_be_added_to_a_view(api: Api) -> None:
    assert "view" in message_of(api.post("Logistics_Inventory_CurrentBalances", {}))


def test_the_client_creates_merges_and_updates(
    sandbox: RunningInstance, api: Api, order: dict[str, Any]
) -> None:
    client = DomainApi(sandbox.application())
    key = str(uuid.uuid4())
    data = shipment(order, Lines=[line_of(order, 1) | {"Quantity": {"Value": Decimal("1.250")}}])
    made = client.merge(RECEIPTS, data, external_id=key, external_system="partner-portal")
    client.update(made["@odata.id"], {"Notes": "Ring twice."}, object_version=1)
    document = read(api, made["@odata.id"])
    assert (document["ExternalId"], document["Notes"]) == (key, "Ring twice.")
    assert document["Lines"][0]["Quantity"]["Value"] == 1.25
