"""Adjustment documents: how released documents change, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import change_state, released_order
from tests.erpnet.sandbox.test_transactions import Inside
from tests.erpnet.sandbox.test_writing import ORDERS, created, message_of, shipment

CREATE = "CreateAdjustmentDocuments"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningInstance]:
    """An instance of their own, as they leave more than documents behind."""
    with running_instance() as running:
        yield running


@pytest.fixture
def caller(sandbox: Any) -> Api:
    return Api(sandbox)


@pytest.fixture
def order(api: Api) -> dict[str, Any]:
    return whole(api, released_order(api)["@odata.id"])


def whole(api: Api, reference: str) -> dict[str, Any]:
    expand = "Lines($select=default,Id)"
    return dict(api.get(reference, select="default,Id,ObjectVersion", expand=expand).json())


def adjust(api: Api, caller: Api, line: dict[str, Any], **data: Any) -> Any:
    inside = Inside(caller)
    assert inside.send("PATCH", line["@odata.id"], data).status_code == 204
    answer = inside.send("POST", CREATE)
    assert inside.end(commit=False).status_code == 204
    return answer


def confirmed(line: dict[str, Any], value: float) -> dict[str, Any]:
    return {"Value": value, "Unit": line["Quantity"]["Unit"]}


def test_the_changes_reach_the_document_and_stand_in_an_adjustment(
    api: Api, caller: Api, order: dict[str, Any]
) -> None:
    line = order["Lines"][0]
    more = line["Quantity"]["Value"] + 3
    changes = {
        "Quantity": confirmed(line, more),
        "ConfirmedQuantity": confirmed(line, 2),
        "PlannedDeliveryDate": "2027-01-15T00:00:00Z",
    }
    assert adjust(api, caller, line, **changes).status_code == 204
    now = whole(api, order["@odata.id"])
    changed = next(one for one in now["Lines"] if one["Id"] == line["Id"])
    assert changed["Quantity"]["Value"] == more
    assert changed["ConfirmedQuantity"]["Value"] == changed["ConfirmedQuantityBase"]["Value"] == 2
    assert changed["PlannedDeliveryDate"] == "2027-01-15T00:00:00Z"
    assert (now["State"], now["ObjectVersion"]) == ("Released", order["ObjectVersion"] + 1)
    assert now["AdjustmentTime"]

    corrections = api.rows(
        ORDERS,
        filter=f"AdjustedDocument eq '{order['@odata.id']}'",
        select="default",
        expand="Lines",
    )
    latest = max(corrections, key=lambda one: one["AdjustmentNumber"])
    assert latest["State"] == "Adjustment"
    assert latest["AdjustmentNumber"] == len(corrections)
    assert latest["Supplier"] == order["Supplier"]
    (row,) = api.rows(
        "Logistics_Procurement_PurchaseOrderLines",
        filter=f"PurchaseOrder eq '{latest['@odata.id']}'",
        select="default",
    )
    assert row["LineNo"] == line["LineNo"]
    assert row["Quantity"]["Value"] == 3
    assert row["ConfirmedQuantity"]["Value"] == 2 - ((line["ConfirmedQuantity"] or {}).get("Value") or 0)


def test_an_adjustment_stays_as_it_is(api: Api, caller: Api, order: dict[str, Any]) -> None:
    line = order["Lines"][0]
    adjust(api, caller, line, ConfirmedQuantity=confirmed(line, 4))
    correction = api.rows(ORDERS, filter="State eq 'Adjustment'", top="1")[0]
    assert "adjustment" in message_of(api.patch(correction["@odata.id"], {"Notes": "late"}))
    assert "adjusted another" in message_of(api.post(f"{correction['@odata.id']}/MakeVoid", {"reason": "x"}))
    assert "for good" in message_of(change_state(api, correction, "Released"))


def test_it_needs_a_front_end_transaction(api: Api, caller: Api) -> None:
    assert "TransactionId" in message_of(api.post(CREATE, {}))
    inside = Inside(caller, model="common")
    assert "front-end" in message_of(inside.send("POST", CREATE))
    inside.end(commit=False)


def test_the_transaction_itself_is_not_saved_afterwards(api: Api, caller: Api, order: dict[str, Any]) -> None:
    line = order["Lines"][0]
    inside = Inside(caller)
    inside.send("PATCH", line["@odata.id"], {"ConfirmedQuantity": confirmed(line, 6)})
    assert inside.send("POST", CREATE).status_code == 204
    assert "without committing" in message_of(inside.end(commit=True))
    now = whole(api, order["@odata.id"])
    assert now["Lines"][0]["ConfirmedQuantity"]["Value"] == 6


def test_it_is_for_released_documents_alone(api: Api, caller: Api, order: dict[str, Any]) -> None:
    document = created(api, shipment(order))
    answer = adjust(api, caller, document["Lines"][0], Quantity={"Value": 2})
    assert "No released document" in message_of(answer)
    for state in ("Released", "Completed", "Closed"):
        change_state(api, document, state)
    answer = adjust(api, caller, document["Lines"][0], Quantity={"Value": 2})
    assert "closed" in message_of(answer)


def test_keys_stay_and_lines_are_not_deleted(api: Api, caller: Api, order: dict[str, Any]) -> None:
    line, other = order["Lines"][:2]
    assert "key field" in message_of(adjust(api, caller, line, Product=other["Product"]))
    inside = Inside(caller)
    assert inside.send("DELETE", line["@odata.id"]).status_code == 204
    assert "cannot be deleted" in message_of(inside.send("POST", CREATE))
    inside.end(commit=False)


def test_a_stale_version_is_refused(api: Api, caller: Api, order: dict[str, Any]) -> None:
    line = order["Lines"][0]
    inside = Inside(caller)
    stale = {"ConfirmedQuantity": confirmed(line, 1), "ObjectVersion": order["ObjectVersion"] - 1}
    assert "another user" in message_of(inside.send("PATCH", line["@odata.id"], stale))
    inside.end(commit=False)


def test_a_version_that_is_passed_meanwhile_is_refused(api: Api, caller: Api, order: dict[str, Any]) -> None:
    line = order["Lines"][0]
    inside = Inside(caller)
    data = {"ConfirmedQuantity": confirmed(line, 1), "ObjectVersion": order["ObjectVersion"]}
    assert inside.send("PATCH", line["@odata.id"], data).status_code == 204
    adjust(api, api, line, ConfirmedQuantity=confirmed(line, 9))
    assert "another user" in message_of(inside.send("POST", CREATE))
    inside.end(commit=False)
