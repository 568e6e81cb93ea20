"""The life of documents: from one state to another, and into the void.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html and
https://docs.erp.net/tech/concepts/documents/states.html
"""

from collections.abc import Iterator
from typing import Any

from erpnet.sandbox.data.people import SYSTEM_USER
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.checks import STATES
from erpnet.sandbox.odata.convert import stored_value
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.saving import at_once
from erpnet.sandbox.store import Work, reference_to
from erpnet.sandbox.values import Row, now_text, odata_id

DOCUMENTS = "General.Documents.Documents"
# The steps back that ERP.net allows; forward, states may be left out.
STEPS_BACK = {
    ("Planned", "New"),
    ("FirmPlanned", "Planned"),
    ("Completed", "Released"),
    ("Closed", "Completed"),
}
FOR_PLANNING = {"New", "Planned"}
ONLY_THE_DOCUMENT, WITH_SUB_DOCUMENTS, WITH_RELEASED = (
    "VoidDocument",
    "VoidWithSubDocuments",
    "VoidWithReleasedSubDocuments",
)


def move(work: Work, entity: Entity, key: str, state: str, user_status: Row | None = None) -> None:
    """Change a document's state. Raises Refusal for a step that ERP.net does not allow."""
    row = _open_document(work, entity, key)
    _check_step(row, state)
    if user_status is not None:
        row["UserStatus"] = _user_status(work, row, state, user_status)
    elif row["State"] != state:
        row["UserStatus"] = None
    row["State"] = state
    if STATES.index(state) >= STATES.index("Released"):
        row |= {"IsReleased": True, "ReadOnly": True, "ReleaseTime": row.get("ReleaseTime") or now_text()}
    if STATES.index(state) >= STATES.index("Completed"):
        row["CompleteTime"] = row.get("CompleteTime") or now_text()
    else:
        row["CompleteTime"] = None


def void(work: Work, entity: Entity, key: str, reason: str, kind: str = ONLY_THE_DOCUMENT) -> None:
    """Make a document void, with its sub-documents where `kind` says so. Nothing leads back."""
    row = _open_document(work, entity, key)
    number = row["DocumentNo"]
    if row["State"] == "Adjustment":
        raise Refusal(f"Document {number} has adjusted another: it cannot become void.", parameters=[number])
    below = [one for one in sub_documents(work, entity, row) if not one[1].get("Void")]
    released = [one for one in below if STATES.index(one[1]["State"]) >= STATES.index("Released")]
    if below and kind == ONLY_THE_DOCUMENT:
        raise Refusal(
            f"Document {number} has sub-documents: it cannot become void alone.", parameters=[number]
        )
    if released and kind == WITH_SUB_DOCUMENTS:
        raise Refusal(f"Document {number} has released sub-documents.", parameters=[number])
    row |= {
        "Void": True,
        "ReadOnly": True,
        "VoidReason": stored_value(entity.attributes["VoidReason"], reason),
        "VoidTime": now_text(),
        "VoidUser": SYSTEM_USER,
    }
    for child, one in below:
        if not work.edit(child, one["Id"]).get("Void"):
            void(work, child, one["Id"], reason, kind)


def sub_documents(work: Work, entity: Entity, row: Row) -> Iterator[tuple[Entity, Row]]:
    """The documents whose parent it is."""
    parent = reference_to(entity, row)
    for table in work.concrete(work.model[DOCUMENTS]):
        yield from ((table.entity, one) for one in list(table) if one.get("Parent") == parent)


def change_state(instance: Instance, entity: Entity, key: str, data: dict[str, Any]) -> None:
    """Move a document on and save it, as its people do at their desks."""
    state = data.get("newState")
    if state not in STATES:
        raise ODataError(f"newState has to be one of {', '.join(STATES)}.")
    with at_once(instance) as work:
        move(work, entity, key, state)


def make_void(instance: Instance, entity: Entity, key: str, data: dict[str, Any]) -> None:
    """Make a document void with all below it and save that, as its people do at their desks."""
    with at_once(instance) as work:
        void(work, entity, key, str(data.get("reason") or ""), WITH_RELEASED)


def _open_document(work: Work, entity: Entity, key: str) -> Row:
    if work.get(entity, key) is None:
        raise ODataError(f"There is no {odata_id(entity.entity_set, key)}.", status=404)
    row = work.edit(entity, key)
    if row.get("Void"):
        number = row["DocumentNo"]
        raise Refusal(f"Document {number} is void and cannot be changed.", parameters=[number])
    return row


def _check_step(row: Row, state: str) -> None:
    number, now = row["DocumentNo"], row["State"]
    if "Adjustment" in (state, now):
        raise Refusal(f"Document {number}: the state Adjustment is for adjustment documents, and for good.")
    if row.get("PlanningOnly") and state not in FOR_PLANNING:
        raise Refusal(f"Document {number} is for planning only and cannot become {state.lower()}.")
    if state == now:
        raise Refusal(f"Document {number} is already {state.lower()}.", parameters=[number, state])
    if STATES.index(state) < STATES.index(now) and (now, state) not in STEPS_BACK:
        raise Refusal(
            f"Document {number} is already {now.lower()}: it cannot become {state.lower()}.",
            parameters=[number, now, state],
        )


def _user_status(work: Work, row: Row, state: str, status: Row) -> str:
    """The status belongs to the document's type and to the state that the document goes to."""
    kept = work.model["Systems.Documents.DocumentTypeUserStatuses"]
    if (status.get("DocumentType"), status.get("State")) != (row.get("DocumentType"), state):
        raise Refusal(f"The user status does not belong to the state {state} of such a document.")
    return reference_to(kept, status)
