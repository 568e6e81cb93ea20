"""The life of a document: from New to Closed, and what each state forbids."""

from __future__ import annotations

from typing import Any

import pytest

from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_writing import ORDERS, RECEIPTS, created, message_of, read, shipment


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    return created(api, shipment(released_order(api), 3))


def released_order(api: Api) -> dict[str, Any]:
    select = "default,Id"
    return api.rows(
        ORDERS, filter="State eq 'Released' and Void eq false", top="1", select=select, expand="Lines"
    )[0]


def change_state(api: Api, document: dict[str, Any], state: str) -> Any:
    return api.post(f"{document['@odata.id']}/ChangeState", {"newState": state})


def test_states_go_up_alone(api: Api, document: dict[str, Any]) -> None:
    for state in ("FirmPlanned", "Released", "Completed", "Closed"):
        assert change_state(api, document, state).status_code == 204
        assert read(api, document["@odata.id"])["State"] == state
    assert "already" in message_of(change_state(api, document, "Released"))
    assert "adjustment documents" in message_of(change_state(api, document, "Adjustment"))
    assert change_state(api, document, "Lost").status_code == 400


def test_releasing_is_seen_in_the_document_and_changes_its_version(
    api: Api, document: dict[str, Any]
) -> None:
    change_state(api, document, "Released")
    released = read(api, document["@odata.id"])
    assert released["IsReleased"]
    assert released["ReadOnly"]
    assert released["ReleaseTime"]
    assert released["ObjectVersion"] == document["ObjectVersion"] + 1


def test_a_released_document_is_only_for_reading(api: Api, document: dict[str, Any]) -> None:
    change_state(api, document, "Released")
    line = document["Lines"][0]["@odata.id"]
    for answer in (
        api.patch(document["@odata.id"], {"Notes": "late"}),
        api.patch(document["@odata.id"], {"Lines": [{"Quantity": {"Value": 1}}]}),
        api.patch(line, {"Quantity": {"Value": 1}}),
        api.delete(line),
        api.delete(document["@odata.id"]),
    ):
        assert "released" in message_of(answer)


def test_planned_documents_change_but_are_not_deleted(api: Api, document: dict[str, Any]) -> None:
    change_state(api, document, "Planned")
    assert api.patch(document["@odata.id"], {"Notes": "in time"}).status_code == 204
    assert "only new documents" in message_of(api.delete(document["@odata.id"]))


def test_a_void_document_stays_as_it_is(api: Api, document: dict[str, Any]) -> None:
    answer = api.post(
        f"{document['@odata.id']}/MakeVoid", {"reason": "Truck broke down", "voidType": "VoidDocument"}
    )
    assert answer.status_code == 204
    void = read(api, document["@odata.id"])
    assert (void["Void"], void["VoidReason"]) == (True, "Truck broke down")
    assert "void" in message_of(api.patch(document["@odata.id"], {"Notes": "late"}))
    assert "void" in message_of(change_state(api, document, "Released"))


def test_actions_are_those_of_the_model(api: Api, document: dict[str, Any]) -> None:
    assert api.post(f"{document['@odata.id']}/Explode", {}).status_code == 404
    product = api.rows("General_Products_Products", top="1")[0]["@odata.id"]
    assert api.post(f"{product}/ChangeState", {"newState": "Released"}).status_code == 404
    assert api.post(f"{RECEIPTS}(00000000-0000-0000-0000-000000000000)/MakeVoid", {}).status_code == 404


def test_goods_that_arrived_lie_in_the_store(fresh: RunningInstance) -> None:
    api = Api(fresh)
    document = created(api, shipment(released_order(api), 3))
    line = document["Lines"][0]
    where = f"Product eq '{line['Product']['@odata.id']}' and Store eq '{document['Store']['@odata.id']}'"
    before = sum(
        row["QuantityBase"]["Value"] for row in api.rows("Logistics_Inventory_CurrentBalances", filter=where)
    )
    change_state(api, document, "Released")
    change_state(api, document, "Completed")
    after = sum(
        row["QuantityBase"]["Value"] for row in api.rows("Logistics_Inventory_CurrentBalances", filter=where)
    )
    assert after - before == line["QuantityBase"]["Value"]
