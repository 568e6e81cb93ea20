"""The keys of a grouping: attributes, references, paths to them and intervals, each checked against the model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from erpnet.sandbox.model import Attribute, Entity, Model, Reference
from erpnet.sandbox.odata.apply import Apply, Interval, not_a_property
from erpnet.sandbox.odata.errors import ODataError, Refusal, unknown_property
from erpnet.sandbox.odata.filter import entities_on, walk
from erpnet.sandbox.odata.measures import fits_interval, interval_of, is_dimension
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row


@dataclass(frozen=True, slots=True)
class Key:
    """What rows are grouped by. `path` is where the key stands in a group, `source` what it is taken from.

    `shown` is set for attributes; a reference shows its key under the name `id_name`, or what it leads to.
    """

    path: tuple[str, ...]
    source: tuple[str, ...]
    value: Callable[[Store, Row], Any]
    shown: Attribute | None = None
    target: Entity | None = None
    id_name: str | None = None


def keys_of(model: Model, entity: Entity, apply: Apply) -> list[Key]:
    """Raises ODataError for a key that is no property, Refusal for one that cannot be grouped by."""
    intervals = {one.alias: one for one in apply.intervals}
    names = apply.keys or ()
    keys = [
        _interval_key(entity, intervals[name]) if name in intervals else _path_key(model, entity, name)
        for name in names
    ]
    for name in intervals:
        if name not in names:
            raise Refusal(f"The interval '{name}' is computed and not grouped by.", parameters=[name])
        if entity.property(name):
            raise ODataError(f"The alias '{name}' is the name of a property.")
    sources = [key.source for key in keys]
    for source in sources:
        if sources.count(source) > 1:
            name = "/".join(source)
            raise Refusal(f"The property '{name}' can be used once in groupby.", parameters=[name])
    return keys


def _interval_key(entity: Entity, interval: Interval) -> Key:
    name, function = interval.name, interval.function
    found = entity.property(name)
    if found is None:
        raise unknown_property(entity, name)
    if not fits_interval(found, function):
        raise Refusal(f"'{function}' cannot be taken of '{name}'.", parameters=[name, function])
    return Key((interval.alias,), (name,), lambda store, row: interval_of(function, row.get(name)))


def _path_key(model: Model, entity: Entity, text: str) -> Key:
    path = tuple(text.split("/"))
    # `Customer/Id` is the reference itself by its key: the server does not look at the customer for it.
    if len(path) > 1 and (reference := _reference_at(model, entity, path[:-1])):
        target = model.get(reference.target)
        if path[-1] == (target.key.name if target and target.key else "Id"):
            return _reference_key(model, reference, path[:-1], expandable=False)
    try:
        last = entities_on(model, entity, path[:-1])[-1]
    except (ODataError, Refusal):
        raise not_a_property(text) from None
    found = last.property(path[-1])
    if found is None:
        raise not_a_property(text)
    if not is_dimension(found):
        raise Refusal(f"The property '{text}' cannot be used in groupby.", parameters=[text])
    if isinstance(found, Reference):
        return _reference_key(model, found, path)
    name = "Id" if found.is_key else found.name
    return Key(path, path, lambda store, row: walk(store, row, path[:-1]).get(name), shown=found)


def _reference_at(model: Model, entity: Entity, path: tuple[str, ...]) -> Reference | None:
    try:
        return entities_on(model, entity, path[:-1])[-1].references.get(path[-1])
    except (ODataError, Refusal):
        return None


def _reference_key(
    model: Model, reference: Reference, path: tuple[str, ...], *, expandable: bool = True
) -> Key:
    target = model.get(reference.target)
    return Key(
        path,
        path,
        lambda store, row: walk(store, row, path[:-1]).get(reference.name),
        target=target if expandable else None,
        id_name=target.key.name if target and target.key else "Id",
    )
