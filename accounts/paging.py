"""Pages of a list of people, by keyset: a page of rows, and a mark behind which the next one begins.

The mark is the key of the last row and nothing else: no name and no address of anybody stands in an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Page:
    """`after` goes into the next call; it is empty on the last page."""

    rows: list[Any]
    after: str


def page_by(rows: QuerySet[Any], order: str, after: str) -> Page:
    """One page of `rows` by the column `order`, falling where it begins with "-", and then by key.

    A mark that is no row's is treated as none: the list starts at its top.
    """
    field, beyond, sign = order.removeprefix("-"), "gt", ""
    if order != field:
        beyond, sign = "lt", "-"
    if (last := _row_at(rows, after)) is not None:
        value = getattr(last, field)
        rows = rows.filter(Q(**{f"{field}__{beyond}": value}) | Q(**{field: value, f"pk__{beyond}": last.pk}))
    found = list(rows.order_by(order, f"{sign}pk")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(shown, str(shown[-1].pk) if len(found) > PAGE_SIZE else "")


def _row_at(rows: QuerySet[Any], mark: str) -> Model | None:
    if not mark:
        return None
    try:
        key = rows.model._meta.pk.to_python(mark)
    except ValidationError:
        return None
    row: Model | None = rows.filter(pk=key).first()
    return row
