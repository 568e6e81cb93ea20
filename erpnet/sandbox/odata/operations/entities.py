"""What can be done to any object beside changing it.

Docs: https://docs.erp.net/dev/domain-api/operations/index.html
"""

import uuid
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from werkzeug.wrappers import Response

from erpnet.sandbox.defaults import fill_defaults
from erpnet.sandbox.model import Attribute, Entity
from erpnet.sandbox.odata.checks import KEPT_BY_THE_SERVER
from erpnet.sandbox.odata.context import Context, nothing
from erpnet.sandbox.odata.display import display_text, search_text
from erpnet.sandbox.odata.errors import Refusal, unknown_property
from erpnet.sandbox.odata.operations.parameters import Given, parameters
from erpnet.sandbox.odata.query import shape_from
from erpnet.sandbox.odata.rules import complete
from erpnet.sandbox.store import Work, reference_to
from erpnet.sandbox.values import Row, odata_id

MOST_VALUES = 10
NOT_COPIED = {"Id", "DocumentNo", "MasterDocument", "ExternalId", "ExternalSystem", "AdditionalDataJson"}


def create_copy(context: Context, entity: Entity, row: Row) -> Response:
    """The copy is not saved: it stays in the transaction, so there has to be one."""
    parameters(context, "CreateCopy")
    if context.transaction is None:
        raise Refusal("A copy stays in the transaction that makes it: begin one first.")
    with context.work() as work:
        copy = _copy(work, entity, row, {})
        link, own = reference_to(entity, copy), reference_to(entity, row)
        for name in entity.collections.values():
            child = work.model.get(name)
            if child and child.root == entity.name:
                for one in work.children(child, row["Id"]):
                    _copy(work, child, one, {own: link})
    shape = shape_from(context.instance, entity, context.call.options)
    address = context.address(f"{entity.entity_set}/$entity")
    return context.json({"@odata.context": address, **context.serializer.sent(entity, copy, shape)})


def create_notification(context: Context, entity: Entity, row: Row) -> Response:
    """Nobody sits at this instance to be told: what is asked for is checked, and that is all."""
    parameters(context, "CreateNotification")
    return nothing()


def allowed_custom_property_values(context: Context, entity: Entity, row: Row) -> Response:
    given = parameters(context, "GetAllowedCustomPropertyValues")
    code = given["customPropertyCode"]
    stored = next(
        (one.stored for one in entity.attributes.values() if one.stored and one.stored.code == code), None
    )
    if stored is None:
        raise Refusal(f"{entity.name} has no custom property '{code}'.", parameters=[code])
    values = stored.found(
        given["search"] or "",
        exact=bool(given["exactMatch"]),
        by_description=bool(given["orderByDescription"]),
    )
    return _values(context, "Collection(Erp.CustomPropertyValue)", values, given)


def property_allowed_values(context: Context, entity: Entity, row: Row) -> Response:
    """The members of an enumeration, or the objects that a reference may lead to, each with its text."""
    given = parameters(context, "GetPropertyAllowedValues")
    name, search = given["propertyName"], (given["search"] or "").strip("%").lower()
    found = entity.property(name)
    if found is None:
        raise unknown_property(entity, name)
    if isinstance(found, Attribute):
        pairs = [{"Value": value, "Text": value} for value in found.values if search in value.lower()]
    else:
        store, target = context.instance.store, context.instance.model.get(found.target)
        pairs = [
            {
                "Value": odata_id(table.entity.entity_set, one["Id"]),
                "Text": display_text(store, table.entity, one),
            }
            for table in (store.concrete(target) if target else ())
            for one in table
            if search in search_text(store, table.entity, one)
        ]
    return _values(context, "Collection(Erp.ValueTextPair)", pairs, given)


def extensible_data_object(context: Context, entity: Entity, row: Row) -> Response:
    parameters(context, "GetOrCreateExtensibleDataObject")
    raise Refusal("This instance keeps what others know of an object with the object itself.")


def update_gs1_codes(context: Context, entity: Entity, row: Row) -> Response:
    parameters(context, "UpdateGS1ApplicationCodes")
    raise Refusal("This instance works no GS1 codes out.")


def _copy(work: Work, entity: Entity, row: Row, links: dict[str, str]) -> Row:
    """A new row with what callers may set of the old one; the rest begins anew."""
    copy: Row = {"Id": str(uuid.uuid4())}
    for name, value in row.items():
        found = entity.property(name)
        if found and not found.read_only and name not in NOT_COPIED | KEPT_BY_THE_SERVER:
            copy[name] = links.get(value, value) if isinstance(value, str) else value
    work.put(entity, copy)
    complete(work, entity, copy, set(), frontend=False)
    fill_defaults(entity, copy, datetime.now(UTC))
    return copy


def _values(context: Context, kind: str, values: list[Any], given: Given) -> Response:
    start = given["skip"] or 0
    stop = start + (MOST_VALUES if given["top"] is None else given["top"])
    shown = list(islice(values, max(0, start), max(0, stop)))
    return context.json({"@odata.context": context.address(kind), "value": shown})
