"""Requests for an entity set or for an object: reading, writing, and what can be done to an object beside that.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/index.html
"""

from typing import Any

from werkzeug.wrappers import Response

from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.call import Data, Path
from erpnet.sandbox.odata.context import Context, nothing
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.find import Found
from erpnet.sandbox.odata.operations import BOUND
from erpnet.sandbox.odata.options import NO_OPTIONS, check_options
from erpnet.sandbox.odata.query import count_of, read_set, shape_from
from erpnet.sandbox.odata.renames import entity_of_set
from erpnet.sandbox.odata.writer import Writer


def answer(context: Context) -> Response:
    call, path = context.call, context.call.path
    entity = entity_of_set(context.instance.model, path.name, context.instance.odata_root)
    if path.part:
        return _part(context, entity, path)
    if path.arguments is not None:
        raise ODataError(f"Resource not found for the segment '{call.resource}'.", status=404)
    match call.method, path.key:
        case "GET", None if path.counts:
            rows = count_of(context.instance, context.instance.store, entity, call.options)
            return Response(str(rows), content_type="text/plain", headers={"OData-Version": "4.0"})
        case "GET", None:
            return context.json(read_set(context.instance, entity, call.options, context.serializer))
        case "GET", str() as key:
            return context.json(_shown(context, context.found(entity, key)))
        case "POST", None if not path.counts:
            return _create(context, entity)
        case "PATCH", str() as key:
            return _update(context, *context.found(entity, key))
        case "DELETE", str() as key:
            return _delete(context, *context.found(entity, key))
    raise ODataError(f"'{call.method} {call.resource}' is not something that this service does.", status=405)


def _data(context: Context) -> Data:
    """What the request says of an object. Raises ODataError where it says nothing."""
    if not context.call.body.strip():
        raise ODataError("The request has no body.")
    return context.call.data()


def _create(context: Context, entity: Entity) -> Response:
    if entity.is_view:
        raise Refusal(f"{entity.name} is a view: nothing can be added to it.")
    data = _data(context)
    shape_from(context.instance, entity, context.call.options)
    with context.work() as work:
        found = Writer(work, frontend=context.frontend).save(
            entity, data, str(data.get("@erpnet.action", "create"))
        )
        is_new = found is not None and work.stored(found[0].name, found[1]["Id"]) is None
    return _saved(context, found, is_new=is_new)


def _add(context: Context, entity: Entity, row: dict[str, Any], collection: str) -> Response:
    data = _data(context)
    with context.work() as work:
        found = Writer(work, frontend=context.frontend).add_to(entity, row, collection, data)
        is_new = found is not None and work.stored(found[0].name, found[1]["Id"]) is None
    return _saved(context, found, is_new=is_new)


def _update(context: Context, entity: Entity, row: dict[str, Any]) -> Response:
    check_options(context.call.options, NO_OPTIONS)
    data = _data(context)
    action = data.get("@erpnet.action", "update")
    if action not in ("update", "merge") or "@erpnet.findBy" in data:
        raise ODataError(
            "A PATCH updates the object of its address: no other action, and nothing to find it by."
        )
    with context.work() as work:
        Writer(work, frontend=context.frontend).update(entity, row, data)
    return nothing()


def _delete(context: Context, entity: Entity, row: dict[str, Any]) -> Response:
    check_options(context.call.options, NO_OPTIONS)
    with context.work() as work:
        Writer(work, frontend=context.frontend).delete(entity, row)
    return nothing()


def _part(context: Context, entity: Entity, path: Path) -> Response:
    """A method of an object; for an object that a changeset has just made, also one of its collections.

    Other ways to what belongs to an object are not served:
    https://docs.erp.net/dev/domain-api/querying-data/url-components.html
    """
    call, part = context.call, path.part or ""
    if path.key and call.by_content_id and call.method == "POST" and part in entity.collections:
        return _add(context, *context.found(entity, path.key), part)
    operation = BOUND.get((call.method, part)) if part in entity.methods else None
    if path.key is None or operation is None:
        raise ODataError(f"Resource not found for the segment '{part}'.", status=404)
    check_options(call.options, NO_OPTIONS)
    return operation(context, *context.found(entity, path.key))


def _saved(context: Context, found: Found | None, *, is_new: bool) -> Response:
    """What a POST answers: the object, or nothing where an action may find none."""
    if found is None:
        return nothing()
    content = _shown(context, context.found(found[0], found[1]["Id"]))
    return context.json(content, 201 if is_new else 200, Location=str(content["@odata.id"]))


def _shown(context: Context, found: Found) -> dict[str, Any]:
    shape = shape_from(context.instance, found[0], context.call.options)
    address = context.address(f"{found[0].entity_set}/$entity")
    return {"@odata.context": address, **context.serializer.sent(*found, shape)}
