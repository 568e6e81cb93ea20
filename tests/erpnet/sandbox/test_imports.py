"""Import: many objects at once, each with its result."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import change_state, released_order
from tests.erpnet.sandbox.test_transactions import Inside
from tests.erpnet.sandbox.test_writing import RECEIPTS, created, message_of, read, shipment

TYPE = "Erp.Logistics_Procurement_ReceivingOrder"
GROUP = "Erp.General_Products_ProductGroup"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningInstance]:
    """An instance of their own, as they leave more than documents behind."""
    with running_instance() as running:
        yield running


@pytest.fixture
def order(api: Api) -> dict[str, Any]:
    return released_order(api)


def imported(api: Api, *objects: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    answer = api.post("Import", {"objects": list(objects), **parameters})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def receipt(order: dict[str, Any], quantity: float = 5, **more: Any) -> dict[str, Any]:
    return {"@odata.type": TYPE, **shipment(order, quantity, **more)}


def test_each_object_has_a_result_in_its_place(api: Api, order: dict[str, Any]) -> None:
    content = imported(api, receipt(order), receipt(order, -1), receipt(order, Notes="third"))
    assert content["@erpnet.result"] == "fail"
    first, second, third = content["objects"]
    assert (first["@erpnet.result"], first["@erpnet.state"]) == ("success", "Added")
    assert second["@erpnet.result"] == "fail"
    assert "@odata.id" not in second
    assert second["@erpnet.message"] == second["@erpnet.error"]["message"]
    assert second["@erpnet.error"]["code"] == 2029
    assert read(api, third["@odata.id"])["Notes"] == "third"
    assert content["data-exchange"].startswith("Systems_Exchange_DataExchanges(")


def test_all_are_saved_or_none(api: Api, order: dict[str, Any]) -> None:
    before = len(api.rows(RECEIPTS))
    content = imported(api, receipt(order), receipt(order, -1), receipt(order), transaction="all-objects")
    assert [one["@erpnet.result"] for one in content["objects"]] == ["fail"] * 3
    assert "greater than zero" in content["objects"][1]["@erpnet.message"]
    assert "another object" in content["objects"][2]["@erpnet.message"]
    assert len(api.rows(RECEIPTS)) == before
    content = imported(api, receipt(order), receipt(order), transaction="all-objects", loggingLevel=0)
    assert content["@erpnet.result"] == "success"
    assert "data-exchange" not in content
    assert len(api.rows(RECEIPTS)) == before + 2


def test_later_objects_find_what_earlier_ones_made(api: Api) -> None:
    code = f"G{uuid.uuid4().hex[:6]}"
    group = {
        "@odata.type": GROUP,
        "@erpnet.action": "merge",
        "Code": code,
        "Name": {"EN": "Imported"},
    }
    renamed = {**group, "Name": {"EN": "Renamed"}}
    content = imported(api, group, renamed, renamed, transaction="all-objects")
    assert [one.get("@erpnet.state") for one in content["objects"]] == ["Added", "Modified", "Unchanged"], (
        content
    )
    assert len({one["@odata.id"] for one in content["objects"]}) == 1


def test_objects_are_deleted_where_they_say_so(api: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order))
    one = {"@odata.type": TYPE, "@erpnet.action": "delete", "@odata.id": document["@odata.id"]}
    (result,) = imported(api, one)["objects"]
    assert result["@erpnet.state"] == "Deleted"
    assert api.get(document["@odata.id"]).status_code == 404
    (result,) = imported(api, one)["objects"]
    assert "not found" in result["@erpnet.message"]


def test_lines_are_deleted_where_they_say_so(api: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order))
    line = {"@odata.id": document["Lines"][0]["@odata.id"], "@erpnet.action": "delete"}
    data = {"@erpnet.action": "update", "@odata.id": document["@odata.id"], "Lines": [line]}
    assert api.post(RECEIPTS, data).status_code == 400
    (result,) = imported(api, {"@odata.type": TYPE, **data})["objects"]
    assert result["@erpnet.state"] == "Modified"
    assert read(api, document["@odata.id"])["Lines"] == []


def test_released_documents_are_not_imported_over(api: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order))
    change_state(api, document, "Released")
    one = {
        "@odata.type": TYPE,
        "@erpnet.action": "update",
        "@odata.id": document["@odata.id"],
        "Notes": "late",
    }
    (result,) = imported(api, one)["objects"]
    assert "adjustment document" in result["@erpnet.message"]


@pytest.mark.parametrize(("model", "base"), [(None, 9), ("frontend", 9), ("common", 5)])
def test_front_end_rules_apply_unless_told_otherwise(
    api: Api, order: dict[str, Any], model: str | None, base: int
) -> None:
    document = created(api, shipment(order))
    line = {
        "@odata.id": document["Lines"][0]["@odata.id"],
        "@erpnet.action": "update",
        "Quantity": {"Value": 9},
    }
    one = {
        "@odata.type": TYPE,
        "@erpnet.action": "update",
        "@odata.id": document["@odata.id"],
        "Lines": [line],
    }
    imported(api, one, **({"model": model} if model else {}))
    assert read(api, document["@odata.id"])["Lines"][0]["QuantityBase"]["Value"] == base


@pytest.mark.parametrize(
    "change",
    [
        {"@odata.type": "Logistics_Procurement_ReceivingOrders"},
        {"@odata.type": "Erp.Logistics_Procurement_ReceivingOrders"},
        {"@odata.type": None},
        {"@erpnet.action": "find"},
        {"@erpnet.action": "explode"},
        {"Nothing": 1},
    ],
)
def test_what_is_wrong_with_an_object_is_its_own_failure(
    api: Api, order: dict[str, Any], change: dict[str, Any]
) -> None:
    content = imported(api, receipt(order) | change, receipt(order))
    assert [one["@erpnet.result"] for one in content["objects"]] == ["fail", "success"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"transaction": "some"},
        {"model": "other"},
        {"loggingLevel": 3},
        {"objects": {}},
        {"objects": None},
        {"objects": [1]},
        {"more": 1},
    ],
)
def test_parameters_are_those_that_are_documented(api: Api, parameters: dict[str, Any]) -> None:
    assert api.post("Import", {"objects": [], **parameters}).status_code == 400


def test_an_import_is_no_part_of_a_transaction(sandbox: RunningInstance) -> None:
    inside = Inside(Api(sandbox))
    assert "transactions of its own" in message_of(inside.send("POST", "Import", {"objects": []}))
    inside.end(commit=False)


def test_a_reader_imports_nothing(sandbox: RunningInstance) -> None:
    assert Api(sandbox, scope="read").post("Import", {"objects": []}).status_code == 403
