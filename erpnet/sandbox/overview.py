"""What there is to see of an instance: its callers, what they asked for, and what they left behind."""

import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from erpnet.sandbox.faults import ODATA_ROOT
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.licences import ApiSession
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.display import follow
from erpnet.sandbox.odata.select import shape_of
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.transactions import LIFE_SECONDS, Transaction
from erpnet.sandbox.values import Row

LINES_SHOWN = 60


def state_of(instance: Instance) -> dict[str, Any]:
    """Everything that `/sandbox/state` shows, as plain JSON."""
    with instance.store.lock:
        options = instance.options
        return {
            "url": instance.url,
            "started": instance.started,
            "sessions": [_session(instance, one) for one in instance.api_sessions.all()],
            "sessions_opened": instance.api_sessions.opened,
            "licences": options.licences,
            "licences_in_use": len(instance.api_sessions.open()),
            "rate_limits": asdict(options.rate_limits),
            "requests": dict(instance.traffic.counts),
            "kinds": {kind: asdict(tally) for kind, tally in instance.traffic.kinds.items()},
            "recent": [asdict(exchange) for exchange in instance.traffic.recent],
            "documents": documents_of(instance, None),
            "rows": {
                table.entity.entity_set: len(table) for table in instance.store.tables.values() if len(table)
            },
            "balances": len(instance.balances),
            "transactions": [_transaction(one) for one in instance.transactions.all()],
            "faults": instance.faults.waiting(),
            "now": time.time(),
        }


def log_of(recent: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last requests for a person, the newest first: those that differ in their query alone are one line."""
    lines: list[dict[str, Any]] = []
    for one in recent:
        line = {**one, "path": one["path"].removeprefix(ODATA_ROOT), "times": 1}
        if lines and _sort_of(lines[-1]) == _sort_of(line):
            line["times"] += lines.pop()["times"]
        lines.append(line)
    return lines[: -LINES_SHOWN - 1 : -1]


def _sort_of(line: dict[str, Any]) -> tuple[object, ...]:
    return line["method"], line["path"].partition("?")[0], line["status"], line["fault"]


def documents_of(instance: Instance, external_system: str | None) -> list[dict[str, Any]]:
    """The documents that came through the API, the newest last. Hold the store's lock."""
    found = [
        (entity, row)
        for entity, row in all_documents(instance)
        if row.get("ExternalId") and external_system in (None, row.get("ExternalSystem"))
    ]
    return [
        _document(instance, entity, row)
        for entity, row in sorted(found, key=lambda one: one[1]["CreationTime"])
    ]


def all_documents(instance: Instance) -> list[tuple[Entity, Row]]:
    tables = instance.store.concrete(instance.model["General.Documents.Documents"])
    return [(table.entity, row) for table in tables for row in table]


def _session(instance: Instance, session: ApiSession) -> dict[str, Any]:
    return {
        "user": session.user,
        "caller": session.caller,
        "opened": session.opened,
        "used": session.used,
        "ends": session.ends,
        "requests": session.requests,
        "refused": session.refused,
        "open": session in instance.api_sessions.open(),
        "shared": instance.api_sessions.is_shared(session),
    }


def _transaction(transaction: Transaction) -> dict[str, Any]:
    return {
        "id": f"{transaction.key[:8]}…",  # The whole one is for its owner.
        "model": "frontend" if transaction.frontend else "common",
        "user": transaction.session.user,
        "begun": transaction.begun,
        "ends": transaction.begun + LIFE_SECONDS,
        "changed": len(transaction.work.touched),
    }


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
        "Changes": [asdict(change) for change in instance.history.of(row["Id"])],
        "Lines": [serializer.sent(lines, line, line_shape) for line in children],
    }
