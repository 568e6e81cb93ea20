"""The back door for people and tests, on this machine alone: what was done to the instance, and ways to disturb it."""

import functools
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

import orjson
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.faults import Fault
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.display import follow
from erpnet.sandbox.odata.documents import change_state as move
from erpnet.sandbox.odata.documents import make_void
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.select import shape_of
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.rendering import origin_of, page
from erpnet.sandbox.values import Row

View = Callable[..., Response]
LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def _from_here(view: View) -> View:
    """Answer this machine alone, and forms of this site alone."""

    @functools.wraps(view)
    def guarded(instance: Instance, request: Request, **arguments: str) -> Response:
        origin = request.headers.get("Origin")
        if request.remote_addr not in LOOPBACK or (origin and origin_of(origin) != instance.url):
            raise Forbidden
        return view(instance, request, **arguments)

    return guarded


@_from_here
def board(instance: Instance, request: Request) -> Response:
    return page("board.html", title="Overview", people=instance.people(), **_state(instance))


@_from_here
def state(instance: Instance, request: Request) -> Response:
    return _json(_state(instance))


@_from_here
def faults(instance: Instance, request: Request) -> Response:
    """GET what waits, POST one (the fields of `Fault` as JSON), DELETE all."""
    if request.method == "DELETE":
        instance.faults.clear()
    if request.method == "POST":
        data = _object(request)
        known = {field.name for field in fields(Fault)}
        if "kind" not in data or set(data) - known:
            raise BadRequest(f"A fault has a kind and may have {', '.join(sorted(known - {'kind'}))}.")
        try:
            instance.faults.add(Fault(**data))
        except ValueError as error:
            raise BadRequest(str(error)) from None
    return _json([asdict(fault) for fault in instance.faults.waiting()])


@_from_here
def documents(instance: Instance, request: Request) -> Response:
    """The documents that came through the API, each with its lines and how often it was changed since."""
    with instance.store.lock:
        return _json(_documents(instance, request.args.get("external_system")))


@_from_here
def change_state(instance: Instance, request: Request, key: str) -> Response:
    """Act as the warehouse: `state` is a document state, or Void."""
    data = _object(request) if request.is_json else request.form.to_dict()
    wanted = data.get("state")
    with instance.store.lock:
        entity = next((one for one, row in _all_documents(instance) if row["Id"] == key.lower()), None)
        if entity is None:
            raise NotFound
        try:
            if wanted == "Void":
                make_void(instance, entity, key.lower(), {"reason": data.get("reason", "")})
            else:
                move(instance, entity, key.lower(), {"newState": wanted})
        except (Refusal, ODataError) as error:
            raise BadRequest(error.message) from None
    return _json({"state": wanted}) if request.is_json else redirect("/sandbox", 303)


@_from_here
def shift_balances(instance: Instance, request: Request) -> Response:
    """Let a night pass: `change` balances get another quantity, `remove` of them vanish."""
    data = _object(request)
    with instance.store.lock:
        instance.balances.shift(change=int(data.get("change", 0)), remove=int(data.get("remove", 0)))
        return _json({"balances": len(instance.balances)})


@_from_here
def rotate_keys(instance: Instance, request: Request) -> Response:
    instance.keys.rotate()
    return _json({"kid": instance.keys.current.kid})


def _state(instance: Instance) -> dict[str, Any]:
    with instance.store.lock:
        open_sessions = instance.api_sessions.open()
        return {
            "url": instance.url,
            "sessions": [
                {
                    "user": one.user,
                    "opened": one.opened,
                    "used": one.used,
                    "requests": one.requests,
                    "open": one in open_sessions,
                }
                for one in instance.api_sessions.all()
            ],
            "licences_in_use": len(open_sessions),
            "requests": dict(instance.traffic.counts),
            "recent": [asdict(exchange) for exchange in instance.traffic.recent],
            "documents": _documents(instance, None),
            "rows": {
                table.entity.entity_set: len(table) for table in instance.store.tables.values() if len(table)
            },
            "balances": len(instance.balances),
            "faults": [asdict(fault) for fault in instance.faults.waiting()],
        }


def _all_documents(instance: Instance) -> list[tuple[Entity, Row]]:
    tables = instance.store.concrete(instance.model["General.Documents.Documents"])
    return [(table.entity, row) for table in tables for row in table]


def _documents(instance: Instance, external_system: str | None) -> list[dict[str, Any]]:
    found = [
        (entity, row)
        for entity, row in _all_documents(instance)
        if row.get("ExternalId") and external_system in (None, row.get("ExternalSystem"))
    ]
    return [
        _document(instance, entity, row)
        for entity, row in sorted(found, key=lambda one: one[1]["CreationTime"])
    ]


def _document(instance: Instance, entity: Entity, row: Row) -> dict[str, Any]:
    """A document with all that was set in it; the row's first version is its creation."""
    serializer = Serializer(instance.store, exact_numbers=True, skip_nulls=True)
    select = ("default", "Id", "ExternalId", "ExternalSystem", "ObjectVersion", "AdditionalDataJson", "Lines")
    shape = shape_of(instance.model, entity, select, ())
    content = serializer.sent(entity, row, shape)
    lines = instance.model[entity.collections["Lines"]]
    line_shape = shape_of(instance.model, lines, ("default", "Id"), ())
    children = sorted(instance.store.table(lines.name).children(row["Id"]), key=lambda one: one["LineNo"])
    return content | {
        "EntitySet": entity.entity_set,
        "SupplierName": follow(instance.store, row, "Supplier.Party.PartyName"),
        "Updates": row["ObjectVersion"] - 1,
        "Lines": [serializer.sent(lines, line, line_shape) for line in children],
    }


def _object(request: Request) -> dict[str, Any]:
    content = request.get_json(force=False, silent=True)
    if not isinstance(content, dict):
        raise BadRequest("A JSON object is needed.")
    return content


def _json(content: object) -> Response:
    return Response(
        orjson.dumps(content), content_type="application/json", headers={"Cache-Control": "no-store"}
    )
