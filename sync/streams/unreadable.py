"""Objects that could not be taken over: kept as they came and with the reason, until the day they can be."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db.models.functions import Now

from erpnet.entities.base import Entity
from erpnet.exceptions import MalformedAnswer
from sync.models import Run, Stream, StreamName, UnreadableRow

# Of one stream. Where a whole table cannot be read, its first rows say why.
MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An object of ERP.net, `row` as it came, and why it cannot be taken over."""

    entity_set: str
    row: dict[str, Any]
    why: str

    @classmethod
    def refused(cls, entity: type[Entity], row: dict[str, Any], refusal: str) -> Unreadable:
        """A row that PostgreSQL or a quick mapping did not take.

        What reads rows with care says why; where that finds nothing wrong, the first line of `refusal` does.
        """
        try:
            entity.from_row(row)
        except MalformedAnswer as malformed:
            return cls(entity.ENTITY_SET, row, malformed.message)
        return cls(entity.ENTITY_SET, row, refusal.partition("\n")[0])

    @property
    def object_id(self) -> str:
        """Its id; of a row of a view, which has none, a fingerprint."""
        try:
            return str(uuid.UUID(str(self.row.get("Id"))))
        except ValueError:
            return hashlib.sha256(orjson.dumps(self.row, option=orjson.OPT_SORT_KEYS)).hexdigest()


def keep(run: Run, unreadable: Iterable[Unreadable]) -> None:
    """Keep what a page of a run could not take over, in the caller's transaction."""
    _keep(run.stream, run, unreadable)


def keep_met(stream: StreamName, unreadable: Iterable[Unreadable]) -> None:
    """The same of what no run has met: whoever read one document of the stream for a person."""
    _keep(Stream(pk=stream), None, unreadable)


def _keep(stream: Stream, run: Run | None, unreadable: Iterable[Unreadable]) -> None:
    found = {(one.entity_set, one.object_id): one for one in unreadable}
    if not found:
        return
    known = set(stream.unreadable_rows.values_list("entity_set", "object_id"))
    room = max(MOST_KEPT - len(known), 0)
    kept = [key for key in found if key in known] + [key for key in found if key not in known][:room]
    UnreadableRow.objects.bulk_create(
        [_row(stream, run, found[key]) for key in kept],
        update_conflicts=True,
        unique_fields=["stream", "entity_set", "object_id"],
        update_fields=["why", "row", "last_seen_at", *(["run"] if run else [])],
    )


def forget_read(entity_set: str, ids: Iterable[uuid.UUID | str]) -> None:
    """These objects of an entity set were read well."""
    rows = UnreadableRow.objects.filter(entity_set=entity_set)
    if known := set(rows.values_list("object_id", flat=True)):
        rows.filter(object_id__in=known.intersection(map(str, ids))).delete()


def forget_unseen(run: Run, since: datetime) -> None:
    """A run has read everything: what it has not met is gone, or is readable by now."""
    run.stream.unreadable_rows.filter(last_seen_at__lt=since).delete()


def _row(stream: Stream, run: Run | None, one: Unreadable) -> UnreadableRow:
    return UnreadableRow(
        stream=stream,
        run=run,
        entity_set=one.entity_set,
        object_id=one.object_id,
        why=_storable(one.why),
        row=_storable(one.row),
        last_seen_at=Now(),
    )


def _storable(value: Any) -> Any:
    """The same without NUL, which PostgreSQL takes into no text. It may be what was wrong with the row."""
    match value:
        case str():
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
        case dict():
            return {_storable(name): _storable(inner) for name, inner in value.items()}
        case list():
            return [_storable(inner) for inner in value]
    return value
