"""What ERP.net does not let anybody save, looked at when changes are on their way to the database."""

from collections.abc import Iterable
from decimal import Decimal

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.duplicates import check_unique
from erpnet.sandbox.odata.errors import CONCURRENCY, CONSTRAINT, Refusal
from erpnet.sandbox.odata.rules import RECEIVING_ORDER_LINES, RECEIVING_ORDERS, is_line
from erpnet.sandbox.store import Place, Work
from erpnet.sandbox.tables import changed_names
from erpnet.sandbox.values import Row, key_of

STATES = ("New", "Adjustment", "Planned", "FirmPlanned", "Released", "Completed", "Closed")
# In these a document can be changed directly.
OPEN = {"New", "Planned", "FirmPlanned"}
# Docs: https://docs.erp.net/dev/auth/concepts/scopes.html
SECURITY = "Systems.Security."
KEPT_BY_THE_SERVER = {"ObjectVersion", "AggregateLastUpdateTimeUtc"}


def check_versions(work: Work) -> None:
    """Raises Refusal if an aggregate no longer has the version that a caller changed it by."""
    for (name, key), version in work.expected.items():
        stored = work.stored(name, key)
        if stored is None or stored.get("ObjectVersion") != version:
            raise stale()


def stale() -> Refusal:
    return Refusal(
        "The object was changed by another user after it was read. Read it again and repeat the change.",
        code=CONCURRENCY,
    )


def check(work: Work, places: Iterable[Place], *, adjusting: bool = False) -> None:
    """Raises Refusal for a change that must not be saved. Adjusting, documents are open that otherwise are not."""
    for name, key in places:
        if name.startswith(SECURITY):
            raise Refusal(f"{name} changes with the scope 'sec' alone, which applications do not get.")
        entity, old, new = work.model[name], work.stored(name, key), work.table(name).get(key)
        if not adjusting:
            _forbid_change(work, entity, old, new)
        if new is None:
            _check_unused(work, entity, key)
        elif old is None or changed_names(old, new):
            _check_complete(work, entity, new)
            check_unique(work, entity, new)
            _check_rules(work, entity, new)


def _forbid_change(work: Work, entity: Entity, old: Row | None, new: Row | None) -> None:
    """Raises Refusal if a change by a caller would reach a document that can no longer be changed."""
    row = old or new
    root = work.below.root_of(entity, row)[1] if row else {}
    if "DocumentNo" not in root or (root is new and old is None):
        return
    if old is not None and new is not None and not _open_names(entity, old, new):
        return
    number, state = root["DocumentNo"], root.get("State", "New")
    if root.get("Void"):
        raise Refusal(f"Document {number} is void and cannot be changed.", parameters=[number])
    if state not in OPEN:
        raise Refusal(
            f"Document {number} is {state.lower()} and cannot be changed directly. Use an adjustment document.",
            parameters=[number, state],
        )
    if new is None and root is old and state != "New":
        raise Refusal(f"Document {number} is {state.lower()}: only new documents can be deleted.")


def _open_names(entity: Entity, old: Row, new: Row) -> list[str]:
    """What differs and is not for the server alone to set, as a document's state is."""
    names = [name for name in changed_names(old, new) if name not in KEPT_BY_THE_SERVER]
    return [name for name in names if not ((found := entity.property(name)) and found.read_only)]


def _check_unused(work: Work, entity: Entity, key: str) -> None:
    """Raises Refusal for a removed row that a row outside of it still points at."""
    targets = {entity.name, entity.inherits}
    for other in work.model.entities.values():
        names = [one.name for one in other.references.values() if one.target in targets]
        if not names or other.is_view:
            continue
        for row in work.table(other.name):
            if any(key_of(row.get(name)) == key for name in names):
                raise Refusal(
                    f"The object cannot be deleted: an object of {other.name} uses it.",
                    code=CONSTRAINT,
                    parameters=[entity.name, other.name],
                )


def _check_complete(work: Work, entity: Entity, row: Row) -> None:
    """Nothing is missing, but for links to what this instance keeps none of."""
    for attribute in entity.attributes.values():
        if attribute.required and row.get(attribute.name) is None:
            raise _missing(entity, attribute.name)
    for reference in entity.references.values():
        kept = work.model.get(reference.target) is not None
        if kept and not reference.nullable and row.get(reference.name) is None:
            raise _missing(entity, reference.name)


def _check_rules(work: Work, entity: Entity, row: Row) -> None:
    if entity.name == RECEIVING_ORDERS and row["State"] in OPEN:
        _check_receiving_order(work, row)
    if is_line(work, entity) and work.root_of(entity, row)[1].get("State") in OPEN:
        _check_quantity(row)
        if entity.name == RECEIVING_ORDER_LINES:
            _check_receiving_order_line(work, row)


def _check_quantity(row: Row) -> None:
    if Decimal(row.get("Quantity") or "1") <= 0:
        raise Refusal(
            f"Line {row['LineNo']}: the quantity has to be greater than zero.",
            code=CONSTRAINT,
            parameters=["Quantity"],
        )


def _check_receiving_order(work: Work, row: Row) -> None:
    order = work.resolve(row.get("PurchaseOrder"))
    if order is None:
        return
    number = order[1]["DocumentNo"]
    if order[1].get("Void") or STATES.index(order[1]["State"]) < STATES.index("Released"):
        raise Refusal(
            f"Purchase order {number} is not released: nothing can be received for it.", parameters=[number]
        )
    if key_of(order[1]["Supplier"]) != key_of(row.get("Supplier")):
        raise Refusal(f"Purchase order {number} is for another supplier.", parameters=[number])


def _check_receiving_order_line(work: Work, row: Row) -> None:
    number = row["LineNo"]
    order_line = work.resolve(row.get("PurchaseOrderLine"))
    if order_line is None:
        return
    document = work.resolve(row["ReceivingOrder"])
    if document and key_of(order_line[1]["PurchaseOrder"]) != key_of(document[1].get("PurchaseOrder")):
        raise Refusal(
            f"Line {number}: the purchase order line belongs to another purchase order than the receiving order."
        )
    if key_of(order_line[1]["Product"]) != key_of(row.get("Product")):
        raise Refusal(f"Line {number}: the product is not the one of the purchase order line.")


def _missing(entity: Entity, name: str) -> Refusal:
    return Refusal(f"{entity.name}: '{name}' needs a value.", code=CONSTRAINT, parameters=[entity.name, name])
