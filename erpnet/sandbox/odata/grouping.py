"""Rows in groups: $apply with groupby and aggregate, and `expandgroup`.

Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html
"""

from collections.abc import Mapping
from typing import Any

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.aggregates import columns_of
from erpnet.sandbox.odata.apply import parse_apply
from erpnet.sandbox.odata.clauses import parse_expandgroup
from erpnet.sandbox.odata.errors import NOT_SUPPORTED, ODataError, Refusal, unknown_property
from erpnet.sandbox.odata.keys import Key, keys_of
from erpnet.sandbox.odata.options import OF_GROUPS, check_options, page_size, whole_number
from erpnet.sandbox.odata.rows import Rows
from erpnet.sandbox.odata.select import Shape, shape_of
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row, key_of

Identity = tuple[Any, ...]


class Grouping:
    """A request for groups, checked against the model. Groups come in no order that means anything, and all at once."""

    def __init__(self, instance: Instance, store: Store, entity: Entity, options: Mapping[str, str]) -> None:
        _refuse_what_does_not_go_with_groups(entity, options)
        self._instance = instance
        self._store = store
        apply = parse_apply(options["$apply"])
        self._has_keys = apply.keys is not None
        self._keys = keys_of(instance.model, entity, apply)
        self._columns = columns_of(entity, apply, {key.path[0] for key in self._keys})
        self._shapes = self._expanded(options.get("expandgroup"))
        self._top, self._skip = page_size(options), whole_number(options, "$skip") or 0
        self._rows = Rows(instance, store, entity, options)

    def answer(self, serializer: Serializer) -> dict[str, Any]:
        """The groups, each as an open object."""
        groups = self._groups(serializer)
        stop = None if self._top is None else self._skip + self._top
        shown = list(groups.values())[self._skip : stop]
        return {
            "@odata.context": f"{self._instance.odata_root}$metadata#Collection(Erp.OpenObject)",
            "value": [self._group(serializer, *one) for one in shown],
        }

    def _groups(self, serializer: Serializer) -> dict[Identity, tuple[Identity, list[Any]]]:
        """By what tells groups apart: the values of their keys, and the totals so far.

        An amount or a quantity keeps currencies or units apart, so they are part of what tells groups apart.
        """
        groups: dict[Identity, tuple[Identity, list[Any]]] = {}
        if not self._has_keys and not any(column.has_measure for column in self._columns):
            groups[()] = ((), [None] * len(self._columns))
        for _, row in self._rows.found():
            values = tuple(key.value(self._store, row) for key in self._keys)
            codes = tuple(column.code(serializer, row) for column in self._columns if column.has_measure)
            known = tuple(
                key_of(value) if key.id_name else value for key, value in zip(self._keys, values, strict=True)
            )
            _, totals = groups.setdefault((*known, *codes), ((*values, *codes), [None] * len(self._columns)))
            for place, column in enumerate(self._columns):
                totals[place] = column.added(totals[place], row)
        return groups

    def _group(self, serializer: Serializer, identity: Identity, totals: list[Any]) -> dict[str, Any]:
        group: dict[str, Any] = {}
        for key, value in zip(self._keys, identity, strict=False):
            _put(group, key.path, self._shown(serializer, key, value))
        codes = iter(identity[len(self._keys) :])
        for column, total in zip(self._columns, totals, strict=True):
            code = next(codes) if column.has_measure else None
            group[column.alias] = column.shown(serializer, total, code)
        if serializer.skips_nulls:
            return {name: value for name, value in group.items() if value is not None}
        return group

    def _shown(self, serializer: Serializer, key: Key, value: Any) -> Any:
        if value is None or (key.shown is None and key.id_name is None):
            return value
        if key.shown:
            return serializer.shown({}, key.shown, value)
        shape = self._shapes.get(key.path)
        found = self._store.resolve(value) if shape else None
        return serializer.sent(*found, shape) if found and shape else {str(key.id_name): key_of(value)}

    def _expanded(self, text: str | None) -> dict[tuple[str, ...], Shape]:
        """What to send of the grouped references that `expandgroup` names."""
        shapes = {}
        targets = {key.path: key.target for key in self._keys}
        for one in parse_expandgroup(text) if text is not None else ():
            path = tuple(one.name.split("/"))
            target = targets.get(path)
            if target is None:
                raise ODataError(f"'{one.name}' is not a grouped reference that expandgroup can expand.")
            shapes[path] = shape_of(self._instance.model, target, one.select, one.expand)
        return shapes


def _refuse_what_does_not_go_with_groups(entity: Entity, options: Mapping[str, str]) -> None:
    if "$apply" not in options:
        raise ODataError("expandgroup expands the keys of groups: it needs $apply.")
    if "$orderby" in options:
        raise Refusal(
            "OData $orderby is not supported together with $apply groupby.", code=0, kind=NOT_SUPPORTED
        )
    for one in parse_expandgroup(options["$expand"]) if "$expand" in options else ():
        name = one.name.rpartition("/")[2]
        if name not in {*entity.references, *entity.collections}:
            raise unknown_property(entity, name)
    check_options(options, OF_GROUPS)


def _put(group: Row, path: tuple[str, ...], value: Any) -> None:
    """Set a value where a path leads to, beside what other keys have set there."""
    *way, name = path
    for step in way:
        group = group.setdefault(step, {})
    known = group.get(name)
    group[name] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
