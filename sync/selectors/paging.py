"""Keyset paging: a page of rows and a mark to go on after its last one. Marks are opaque to whoever carries them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Q, QuerySet

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Page:
    """`after` goes into the next call; it is empty on the last page."""

    rows: list[Any]
    after: str

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def newest_first(rows: QuerySet[Any], field: str, after: str, parse: Callable[[str], date]) -> Page:
    """One page of `rows`, newest `field` first and then by id, behind the mark `after`.

    A mark that nobody could have got from us is treated as none: the list starts at its top.
    """
    if mark := _parse(after, parse):
        value, row_id = mark
        rows = rows.filter(Q(**{f"{field}__lt": value}) | Q(**{field: value, "pk__lt": row_id}))
    return _page(rows.order_by(f"-{field}", "-pk"), field)


def soonest_first(rows: QuerySet[Any], field: str, after: str, parse: Callable[[str], date]) -> Page:
    """The same in the other direction. No row may be without `field`."""
    if mark := _parse(after, parse):
        value, row_id = mark
        rows = rows.filter(Q(**{f"{field}__gt": value}) | Q(**{field: value, "pk__gt": row_id}))
    return _page(rows.order_by(field, "pk"), field)


def parse_date(text: str) -> date:
    return date.fromisoformat(text)


def parse_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _page(rows: QuerySet[Any], field: str) -> Page:
    found = list(rows[: PAGE_SIZE + 1])
    return Page(found[:PAGE_SIZE], _mark(found, field))


def _mark(found: list[Any], field: str) -> str:
    if len(found) <= PAGE_SIZE:
        return ""
    last = found[PAGE_SIZE - 1]
    return f"{getattr(last, field).isoformat()}_{last.pk}"


def _parse(after: str, parse: Callable[[str], date]) -> tuple[date, uuid.UUID] | None:
    value, _, row_id = after.rpartition("_")
    try:
        return parse(value), uuid.UUID(row_id)
    except (ValueError, OverflowError):
        return None
