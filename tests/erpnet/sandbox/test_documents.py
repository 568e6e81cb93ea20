"""The life of a document: from New to Closed, and what each state forbids."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_writing import ORDERS, RECEIPTS, created, error_of, message_of, read, shipment


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


@pytest.mark.parametrize(
    ("start", "back", "allowed"),
    [
        (["Planned"], "New", True),
        (["FirmPlanned"], "Planned", True),
        (["FirmPlanned"], "New", False),
        (["Released"], "FirmPlanned", False),
        (["Released", "Completed"], "Released", True),
        (["Released", "Completed"], "FirmPlanned", False),
        (["Released", "Completed", "Closed"], "Completed", True),
        (["Released", "Completed", "Closed"], "Released", False),
    ],
)
def test_some_states_can_be_taken_back_by_a_step(
    api: Api, document: dict[str, Any], start: list[str], back: str, *, allowed: bool
) -> None:
    for state in start:
        change_state(api, document, state)
    assert change_state(api, document, back).status_code == (204 if allowed else 500)


@pytest.mark.parametrize(
    "given",
    [{}, {"newState": None}, {"newState": 30}, {"newState": "Planned", "more": 1}, {"userStatus": None}],
)
def test_a_state_change_takes_what_the_model_says(
    api: Api, document: dict[str, Any], given: dict[str, Any]
) -> None:
    assert api.post(f"{document['@odata.id']}/ChangeState", given).status_code == 400


def test_a_change_makes_a_planned_document_firm(api: Api, document: dict[str, Any]) -> None:
    change_state(api, document, "Planned")
    api.patch(document["@odata.id"], {"Notes": None})
    assert read(api, document["@odata.id"])["State"] == "Planned"
    api.patch(document["Lines"][0]["@odata.id"], {"Notes": "by hand"})
    assert read(api, document["@odata.id"])["State"] == "FirmPlanned"


@pytest.mark.parametrize("given", [{}, {"reason": None}, {"reason": "x", "voidType": "Gone"}, {"reason": 1}])
def test_voiding_takes_what_the_model_says(api: Api, document: dict[str, Any], given: dict[str, Any]) -> None:
    assert api.post(f"{document['@odata.id']}/MakeVoid", given).status_code == 400


def test_a_document_with_others_below_it_does_not_become_void_alone(fresh: RunningInstance) -> None:
    api = Api(fresh)
    order = released_order(api)
    document = created(api, shipment(order))
    change_state(api, document, "Released")
    path, reason = f"{order['@odata.id']}/MakeVoid", {"reason": "Never ordered"}
    assert "sub-documents" in message_of(api.post(path, reason))
    assert "released" in message_of(api.post(path, {**reason, "voidType": "VoidWithSubDocuments"}))
    assert api.post(path, {**reason, "voidType": "VoidWithReleasedSubDocuments"}).status_code == 204
    assert read(api, document["@odata.id"])["Void"]
    assert api.get(order["@odata.id"]).json()["VoidReason"] == "Never ordered"


def test_what_others_point_at_is_not_deleted(api: Api, document: dict[str, Any]) -> None:
    answer = api.delete(document["Store"]["@odata.id"])
    assert "uses it" in message_of(answer)
    assert error_of(answer)["code"] == 2029
    assert api.get(document["Store"]["@odata.id"]).status_code == 200


def stock_of(fresh: RunningInstance, document: dict[str, Any]) -> float:
    line = document["Lines"][0]
    where = f"Product eq '{line['Product']['@odata.id']}' and Store eq '{document['Store']['@odata.id']}'"
    rows = Api(fresh).rows("Logistics_Inventory_CurrentBalances", filter=where)
    return float(sum(row["QuantityBase"]["Value"] for row in rows))


def test_goods_leave_the_store_if_their_receipt_is_taken_back(fresh: RunningInstance) -> None:
    api = Api(fresh)
    document = created(api, shipment(released_order(api), 3))
    before = stock_of(fresh, document)
    for state in ("Released", "Completed", "Closed", "Completed", "Released"):
        assert change_state(api, document, state).status_code == 204
    assert stock_of(fresh, document) == before


def test_a_receipt_and_its_goods_are_written_together(tmp_path: Path) -> None:
    """What another connection to the file sees at any moment is what would be left after a crash."""
    with running_instance(state=tmp_path) as running:
        api = Api(running)
        document = created(api, shipment(released_order(api), 3))
        change_state(api, document, "Released")
        file = running.instance.store.file
        states: list[tuple[int, bool]] = []
        before = _goods_in(tmp_path)
        file.set_trace_callback(
            lambda statement: states.append((_goods_in(tmp_path) - before, _is_completed(tmp_path, document)))
        )
        change_state(api, document, "Completed")
        file.set_trace_callback(None)
        states.append((_goods_in(tmp_path) - before, _is_completed(tmp_path, document)))
        goods = round(document["Lines"][0]["QuantityBase"]["Value"] * 1000)
        assert set(states) == {(0, False), (goods, True)}


def _goods_in(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "erpnet.sqlite3")) as file:
        return int(file.execute("SELECT sum(quantity) FROM balance").fetchone()[0])


def _is_completed(folder: Path, document: dict[str, Any]) -> bool:
    with closing(sqlite3.connect(folder / "erpnet.sqlite3")) as file:
        row = file.execute("SELECT data FROM row WHERE id = ?", [document["Id"]]).fetchone()
        return bool(json.loads(row[0])["State"] == "Completed")
