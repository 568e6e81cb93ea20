"""Which groups the server makes.

ERP.net documents that each attribute is a dimension, a measure or neither, and the model data does not say which it is.
So numbers are taken for measures here, and for dimensions what is short enough to name a group.
Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html
"""

from __future__ import annotations

from collections.abc import Iterator

from erpnet.model.conditions import passed
from erpnet.model.data import EntityData, key_of, kind_of, target_of
from erpnet.query import Aggregate, Grouping, Interval

COUNT = "$count"
MEASURES = frozenset({"int32", "decimal", "Amount", "Quantity"})
DIMENSIONS = frozenset({"boolean", "date", "datetime", "enum", "guid", "reference"})
LONGEST_DIMENSION = 254


def grouping_faults(place: str, entity: EntityData, grouping: Grouping) -> Iterator[str]:
    for key in grouping.keys:
        yield from _key_faults(place, entity, key)
    for alias, interval in grouping.intervals:
        if not _fits(entity, interval):
            yield f"{place} cannot be grouped by {interval}."
        if kind_of(entity, alias):
            yield f"{place} has an {alias} of its own: give the interval another name."
    for alias, aggregate in grouping.aggregates:
        if aggregate.name != COUNT and not _is_aggregated(entity, aggregate):
            yield f"{place} cannot be aggregated by {aggregate}."
        if kind_of(entity, alias):
            yield f"{place} has an {alias} of its own: give the aggregate another name."


def _key_faults(place: str, entity: EntityData, key: str) -> Iterator[str]:
    """The id of a reference is the reference itself: that one need not be open to filters."""
    *way, name = key.split("/")
    last = passed(entity, way)
    if last is None and _is_key_of_reference(passed(entity, way[:-1]), way[-1], name):
        return
    if last is None:
        yield f"{place} cannot be grouped through {'/'.join(way)}."
    elif not _is_dimension(last, name):
        yield f"{place} cannot be grouped by {key}."


def _is_key_of_reference(entity: EntityData | None, reference: str, name: str) -> bool:
    target = target_of(entity, reference) if entity and reference in entity["references"] else None
    return target is not None and key_of(target) == name


def _is_dimension(entity: EntityData, name: str) -> bool:
    return _is_stored(entity, name) and (kind_of(entity, name) in DIMENSIONS or _is_short_text(entity, name))


def _is_aggregated(entity: EntityData, aggregate: Aggregate) -> bool:
    is_measure = _is_stored(entity, aggregate.name) and kind_of(entity, aggregate.name) in MEASURES
    return is_measure or (aggregate.function == "countdistinct" and _is_dimension(entity, aggregate.name))


def _fits(entity: EntityData, interval: Interval) -> bool:
    if not _is_stored(entity, interval.name):
        return False
    if interval.function == "substring":
        return _is_short_text(entity, interval.name)
    return kind_of(entity, interval.name) in ("date", "datetime")


def _is_stored(entity: EntityData, name: str) -> bool:
    """Whether it is plain data: the model puts what is calculated or kept aside into categories."""
    return "category" not in entity["attributes"].get(name, {})


def _is_short_text(entity: EntityData, name: str) -> bool:
    length = str(entity["attributes"].get(name, {}).get("max_length", ""))
    return kind_of(entity, name) == "string" and length.isdigit() and int(length) <= LONGEST_DIMENSION
