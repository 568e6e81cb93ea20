"""What can be done to a document beside changing it: move it to another state, make it void.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html
"""

from decimal import Decimal
from typing import Any

from erpnet.sandbox.data.people import SYSTEM_USER
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.rules import RECEIVING_ORDER_LINES, RECEIVING_ORDERS, STATES
from erpnet.sandbox.store import Work
from erpnet.sandbox.values import Row, now_text

# The order that the state changes follow; "Adjustment" is for adjustment documents alone.
PATH = ("New", "Planned", "FirmPlanned", "Released", "Completed", "Closed")


def change_state(instance: Instance, entity: Entity, key: str, data: dict[str, Any]) -> None:
    """Move a document on. Goods of a completed receiving order lie in its store."""
    work, row = _document(instance, entity, key)
    state = data.get("newState")
    if state not in PATH:
        raise ODataError(f"newState has to be one of {', '.join(PATH)}.")
    if STATES.index(state) <= STATES.index(row["State"]):
        raise Refusal(
            f"Document {row['DocumentNo']} is already {row['State'].lower()}: it cannot become {state.lower()}."
        )
    before = row["State"]
    row["State"] = state
    if STATES.index(state) >= STATES.index("Released"):
        row |= {"IsReleased": True, "ReadOnly": True, "ReleaseTime": row.get("ReleaseTime") or now_text()}
    if STATES.index(state) >= STATES.index("Completed"):
        row["CompleteTime"] = row.get("CompleteTime") or now_text()
    work.commit()
    if entity.name == RECEIVING_ORDERS and STATES.index(before) < STATES.index("Completed") <= STATES.index(
        state
    ):
        _put_into_store(instance, row)


def make_void(instance: Instance, entity: Entity, key: str, data: dict[str, Any]) -> None:
    work, row = _document(instance, entity, key)
    row |= {
        "Void": True,
        "ReadOnly": True,
        "VoidReason": str(data.get("reason") or ""),
        "VoidTime": now_text(),
        "VoidUser": SYSTEM_USER,
    }
    work.commit()


ACTIONS = {"ChangeState": change_state, "MakeVoid": make_void}


def _document(instance: Instance, entity: Entity, key: str) -> tuple[Work, Row]:
    """A document to change, which must not be void."""
    work = Work(instance.store)
    if work.get(entity, key) is None:
        raise ODataError(f"There is no {entity.entity_set}({key}).", status=404)
    row = work.edit(entity, key)
    if row.get("Void"):
        raise Refusal(
            f"Document {row['DocumentNo']} is void and cannot be changed.", parameters=[row["DocumentNo"]]
        )
    return work, row


def _put_into_store(instance: Instance, document: Row) -> None:
    for line in instance.store.table(RECEIVING_ORDER_LINES).children(document["Id"]):
        store = line.get("LineStore") or document.get("Store")
        if store:
            instance.balances.receive(line["Product"], store, Decimal(line["QuantityBase"]))
