"""Reading: one object, or the rows of an entity set, page by page.

Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Attribute, Entity
from erpnet.sandbox.odata.balance_pages import BalancePages
from erpnet.sandbox.odata.clauses import parse_expand, parse_order, parse_select
from erpnet.sandbox.odata.errors import ODataError, Refusal, unknown_property
from erpnet.sandbox.odata.filter import comparable
from erpnet.sandbox.odata.grouping import Grouping
from erpnet.sandbox.odata.options import (
    OF_A_COUNT,
    OF_A_SET,
    OF_AN_OBJECT,
    check_options,
    page_size,
    skip_token,
    truth,
    whole_number,
)
from erpnet.sandbox.odata.rows import Found, Rows
from erpnet.sandbox.odata.select import Shape, shape_of
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.store import Store


def read_set(
    instance: Instance, entity: Entity, options: Mapping[str, str], serializer: Serializer
) -> dict[str, Any]:
    """What a request for an entity set answers from the serializer's store: a page of rows, or rows in groups."""
    if "$apply" in options or "expandgroup" in options:
        return Grouping(instance, serializer.store, entity, options).answer(serializer)
    return Query(instance, serializer.store, entity, options).answer(serializer)


def count_of(instance: Instance, store: Store, entity: Entity, options: Mapping[str, str]) -> int:
    """What `/$count` behind an entity set answers."""
    check_options(options, OF_A_COUNT)
    return Rows(instance, store, entity, options).count()


class Query:
    """The options of a request for an entity set, checked against the model."""

    def __init__(self, instance: Instance, store: Store, entity: Entity, options: Mapping[str, str]) -> None:
        check_options(options, OF_A_SET)
        self._instance = instance
        self._entity = entity
        self._options = options
        self.top = page_size(options)
        self._skip = whole_number(options, "$skip") or 0
        self._after = skip_token(options)
        self._with_count = truth(options, "$count")
        self.shape = _shape(instance, entity, options)
        order = parse_order(options["$orderby"]) if "$orderby" in options else []
        self._order = [(_orderable(entity, name), down) for name, down in order]
        if self._after and self._by_position:
            raise ODataError("$skiptoken follows the key of a table: views and ordered rows page by $skip.")
        self._rows = Rows(instance, store, entity, options)

    @property
    def _by_position(self) -> bool:
        return self._entity.is_view or bool(self._order)

    def answer(self, serializer: Serializer) -> dict[str, Any]:
        """The page that was asked for, as ERP.net sends it."""
        content: dict[str, Any] = {
            "@odata.context": f"{self._instance.odata_root}$metadata#{self._entity.entity_set}"
        }
        if self._with_count:
            content["@odata.count"] = self._rows.count()
        if self._entity is self._instance.balances.entity and self._rows.are_all and not self._order:
            return content | self._balances(serializer)
        rows = list(islice(self._found(), None if self.top is None else self.top + 1))
        shown = rows if self.top is None else rows[: self.top]
        content["value"] = [serializer.sent(entity, row, self.shape) for entity, row in shown]
        if shown and len(rows) > len(shown):
            content["@odata.nextLink"] = self._next_link(self._skip + len(shown), shown)
        return content

    def _balances(self, serializer: Serializer) -> dict[str, Any]:
        """A page of all balances: there may be a million, so no row of them is made."""
        balances = self._instance.balances
        stop = len(balances) if self.top is None else min(self._skip + self.top, len(balances))
        rows = BalancePages(balances, serializer, self.shape).rows(self._skip, stop)
        content: dict[str, Any] = {"value": orjson.Fragment(rows)}
        if self._skip < stop < len(balances):
            content["@odata.nextLink"] = self._next_link(stop, [])
        return content

    def _found(self) -> Iterable[Found]:
        """The matching rows from where this page starts."""
        if not self._order:
            return self._rows.found(after=self._after, skip=self._skip)
        found = list(self._rows.found(after=self._after))
        for attribute, down in reversed(self._order):
            found.sort(key=lambda one: _sort_key(attribute, one), reverse=down)
        return found[self._skip :]

    def _next_link(self, stop: int, shown: list[Found]) -> str:
        """By key for tables and relative, by position for views and ordered rows and absolute: clients may not care."""
        options = {name: text for name, text in self._options.items() if name not in {"$skip", "$skiptoken"}}
        if self._by_position:
            options["$skip"] = str(stop)
            root = self._instance.odata_root
        else:
            options["$skiptoken"] = shown[-1][1]["Id"]
            root = ""
        return f"{root}{self._entity.entity_set}?{urlencode(options, quote_via=quote, safe='$,()')}"


def shape_from(instance: Instance, entity: Entity, options: Mapping[str, str]) -> Shape:
    """The parts of one object that a request for it names."""
    check_options(options, OF_AN_OBJECT)
    return _shape(instance, entity, options)


def _shape(instance: Instance, entity: Entity, options: Mapping[str, str]) -> Shape:
    select = parse_select(options["$select"]) if "$select" in options else ()
    expand = parse_expand(options["$expand"]) if "$expand" in options else ()
    return shape_of(instance.model, entity, select, expand)


def _orderable(entity: Entity, name: str) -> Attribute:
    found = entity.property(name)
    if found is None:
        raise unknown_property(entity, name)
    if not isinstance(found, Attribute) or not found.orderable:
        raise Refusal(f"The attribute '{name}' does not support $orderby.", parameters=[name])
    return found


def _sort_key(attribute: Attribute, one: Found) -> tuple[bool, Any]:
    """Rows without a value come first, as in the database."""
    value = comparable(attribute, one[1].get(attribute.name))
    return value is not None, value if value is not None else 0
