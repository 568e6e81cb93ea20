"""Adjustment documents: the only way by which released documents change.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html and
https://docs.erp.net/tech/concepts/documents/adjustments.html
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from erpnet.sandbox.data.people import SYSTEM_USER
from erpnet.sandbox.defaults import fill_defaults
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Attribute, Entity
from erpnet.sandbox.odata.checks import KEPT_BY_THE_SERVER, OPEN
from erpnet.sandbox.odata.errors import Refusal
from erpnet.sandbox.odata.rules import next_number
from erpnet.sandbox.odata.saving import rebase, save
from erpnet.sandbox.store import Place, Work, reference_to
from erpnet.sandbox.tables import changed_names
from erpnet.sandbox.transactions import Transaction
from erpnet.sandbox.values import Row, now_text

ADJUSTABLE = {"Released", "Completed"}
SCALARS = {"Amount", "Quantity"}
# What an adjustment document has of its own, or not at all: it has no parent and belongs to no other system.
OWN = {"Id", "Parent", "ExternalId", "ExternalSystem", "AdditionalDataJson", "ReleaseTime", "CompleteTime"}
KEYS = {"LineNo", "DocumentNo"}


def adjust(instance: Instance, transaction: Transaction) -> None:
    """Make an adjustment document for each released document that the transaction changed, and apply it.

    The transaction itself stays as it is. Raises Refusal if no released document was changed, or one in a way that no
    adjustment can do.
    """
    work = Work(transaction.work.below)
    rebase(transaction.work)
    documents = _changed_documents(transaction.work)
    if not documents:
        raise Refusal("No released document was changed in this transaction.")
    work.expected = {place: one for place, one in transaction.work.expected.items() if place in documents}
    for document, places in documents.items():
        _Adjustment(work, transaction.work, document).apply(places)
    save(instance, work, adjusting=True)
    transaction.adjusted = True


def _changed_documents(changes: Work) -> dict[Place, list[Place]]:
    """Documents that cannot be changed directly and were changed all the same, each with its changed rows."""
    found: dict[Place, list[Place]] = {}
    for name, key in changes.touched:
        before, after = changes.stored(name, key), changes.table(name).get(key)
        row = before or after
        if row is None or (before and after and not _differing(before, after)):
            continue
        entity, root = changes.below.root_of(changes.model[name], row)
        stored = changes.stored(entity.name, root["Id"])
        if not entity.is_document or stored is None or stored["State"] in OPEN:
            continue
        if stored["State"] not in ADJUSTABLE or stored.get("Void"):
            state = "void" if stored.get("Void") else stored["State"].lower()
            raise Refusal(f"Document {stored['DocumentNo']} is {state} and cannot be adjusted.")
        found.setdefault((entity.name, root["Id"]), []).append((name, key))
    return found


class _Adjustment:
    """One adjustment document in the making."""

    def __init__(self, work: Work, changes: Work, document: Place) -> None:
        self._work = work
        self._changes = changes
        self._entity = work.model[document[0]]
        self._original = work.edit(self._entity, document[1])
        self._document = self._header()

    def apply(self, places: Iterable[Place]) -> None:
        for name, key in places:
            entity = self._work.model[name]
            before, after = self._changes.stored(name, key), self._changes.table(name).get(key)
            if after is None:
                raise Refusal("A line of a released document cannot be deleted by an adjustment.")
            if entity is self._entity:
                self._change(entity, self._original, after, self._document)
            else:
                self._line(entity, before, after)
        self._original |= {"AdjustmentTime": now_text(), "AdjustmentUser": SYSTEM_USER}

    def _header(self) -> Row:
        """A copy of the document's head under a number of its own, next among the document's adjustments."""
        entity, work = self._entity, self._work
        adjusted = reference_to(entity, self._original)
        earlier = sum(row.get("AdjustedDocument") == adjusted for row in work.table(entity.name))
        document = {
            name: value for name, value in self._original.items() if name not in OWN | KEPT_BY_THE_SERVER
        }
        document |= {
            "Id": str(uuid.uuid4()),
            "DocumentNo": next_number(work, entity),
            "State": "Adjustment",
            "AdjustedDocument": adjusted,
            "AdjustmentNumber": earlier + 1,
            "CreationTime": now_text(),
            "CreationUser": SYSTEM_USER,
            "ReadOnly": True,
            "IsReleased": False,
        }
        document["MasterDocument"] = reference_to(entity, document)
        fill_defaults(entity, document, datetime.now(UTC))
        work.put(entity, document)
        return document

    def _line(self, entity: Entity, before: Row | None, after: Row) -> None:
        """Change a line or add one; the adjustment has a line with the same number."""
        line = {name: value for name, value in after.items() if name not in OWN | KEPT_BY_THE_SERVER}
        line["Id"] = str(uuid.uuid4())
        link = reference_to(self._entity, self._document)
        own = reference_to(self._entity, self._original)
        line |= {name: link for name, value in line.items() if name in entity.references and value == own}
        if before is None:
            self._work.put(entity, dict(after))
        else:
            line |= {
                one.name: _zero(one)
                for one in entity.attributes.values()
                if one.kind in SCALARS and line.get(one.name) is not None
            }
            self._change(entity, self._work.edit(entity, after["Id"]), after, line)
        self._work.put(entity, line)

    def _change(self, entity: Entity, row: Row, after: Row, correction: Row) -> None:
        """Scalars of the correction are differences, other values replace those that were there; keys stay."""
        before = self._changes.stored(entity.name, row["Id"]) or row
        for name in _differing(before, after):
            attribute = entity.attributes.get(name)
            if attribute is None or name in KEYS:
                raise Refusal(f"The key field '{name}' cannot be adjusted.", parameters=[name])
            if attribute.kind in SCALARS and after.get(name) is not None:
                more = Decimal(after[name]) - Decimal(row.get(name) or 0)
                correction[name] = str(more)
                row[name] = str(Decimal(row.get(name) or 0) + more)
            else:
                row[name] = correction[name] = after.get(name)


def _differing(before: Row, after: Row) -> list[str]:
    return [name for name in changed_names(before, after) if name not in KEPT_BY_THE_SERVER]


def _zero(attribute: Attribute) -> str:
    return str(Decimal(0).quantize(Decimal(1).scaleb(-attribute.scale)))
