"""Reading: one object, or the rows of an entity set, page by page.

Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.balance_pages import BalancePages
from erpnet.sandbox.odata.display import search_text
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.odata.filter import Filter
from erpnet.sandbox.odata.parse import parse_expand, parse_filter, parse_order, parse_select
from erpnet.sandbox.odata.select import Shape, shape_of
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.values import Row

LARGEST_PAGE = 1000
OPTIONS = {"$top", "$skip", "$skiptoken", "$select", "$filter", "$orderby", "$expand", "$count", "$search"}

Found = tuple[Entity, Row]


class Query:
    """The options of a request for an entity set, checked against the model."""

    def __init__(self, instance: Instance, entity: Entity, options: Mapping[str, str]) -> None:
        unknown = [name for name in options if name.startswith("$") and name not in OPTIONS]
        if unknown:
            raise ODataError(f"The query option '{unknown[0]}' is not supported.")
        self._instance = instance
        self._entity = entity
        self._options = options
        self.top = _whole_number(options, "$top")
        self._skip = _whole_number(options, "$skip") or 0
        if self.top is not None and self.top > LARGEST_PAGE:
            raise Refusal(f"A page has at most {LARGEST_PAGE} rows; $top is {self.top}.")
        self.shape = shape_from(instance, entity, options)
        self._order = (
            [self._orderable(name, down) for name, down in parse_order(options["$orderby"])]
            if "$orderby" in options
            else []
        )
        self._test = self._make_test()

    def answer(self, serializer: Serializer) -> dict[str, Any]:
        """The page that was asked for, as ERP.net sends it."""
        content: dict[str, Any] = {
            "@odata.context": f"{self._instance.odata_root}$metadata#{self._entity.entity_set}"
        }
        if self._options.get("$count") == "true":
            content["@odata.count"] = self._count()
        if self._entity is self._instance.balances.entity and not self._has_test and not self._order:
            return content | self._balances(serializer)
        rows = list(islice(self._rows(), None if self.top is None else self.top + 1))
        shown = rows if self.top is None else rows[: self.top]
        content["value"] = [serializer.sent(entity, row, self.shape) for entity, row in shown]
        if len(rows) > len(shown):
            content["@odata.nextLink"] = self._next_link(self._skip + len(shown), shown)
        return content

    def _balances(self, serializer: Serializer) -> dict[str, Any]:
        """A page of all balances: there may be a million, so no row of them is made."""
        balances = self._instance.balances
        stop = len(balances) if self.top is None else min(self._skip + self.top, len(balances))
        rows = BalancePages(balances, serializer, self.shape).rows(self._skip, stop)
        content: dict[str, Any] = {"value": orjson.Fragment(rows)}
        if stop < len(balances):
            content["@odata.nextLink"] = self._next_link(stop, [])
        return content

    @property
    def _by_position(self) -> bool:
        return self._entity.is_view or bool(self._order)

    def _rows(self) -> Iterable[Found]:
        """The matching rows from where this page starts."""
        start = self._options.get("$skiptoken", "")
        found: Iterable[Found] = (one for one in self._all(start) if self._test(one))
        for name, down in reversed(self._order):
            found = sorted(found, key=lambda one: _sort_key(one[1].get(name)), reverse=down)
        return islice(found, self._skip, None)

    def _all(self, start: str) -> Iterator[Found]:
        if self._entity.is_view:
            return ((self._entity, row) for row in self._instance.view(self._entity))
        tables = self._instance.store.concrete(self._entity)
        if len(tables) == 1:
            rows = tables[0].after(start) if start else iter(tables[0])
            return ((tables[0].entity, row) for row in rows)
        both = chain.from_iterable(((table.entity, row) for row in table) for table in tables)
        return iter(sorted((one for one in both if one[1]["Id"] > start), key=lambda one: one[1]["Id"]))

    def _count(self) -> int:
        if self._entity.is_view and not self._has_test:
            return len(self._instance.view(self._entity))
        return sum(self._test(one) for one in self._all(""))

    @property
    def _has_test(self) -> bool:
        return bool({"$filter", "$search"} & set(self._options))

    def _make_test(self) -> Any:
        store = self._instance.store
        truncate = self._instance.options.truncate_date_times
        conditions = parse_filter(self._options["$filter"]) if "$filter" in self._options else []
        fits = Filter(store, self._entity, truncate=truncate).test(conditions)
        sought = self._options.get("$search", "").strip('"').lower()
        if not sought:
            return lambda one: fits(one[1])
        return lambda one: fits(one[1]) and sought in search_text(store, *one)

    def _orderable(self, name: str, down: bool) -> tuple[str, bool]:
        attribute = self._entity.attributes.get(name)
        if attribute is None and name not in self._entity.references:
            raise ODataError(
                f"Could not find a property named '{name}' on type 'Erp.{self._entity.entity_set}'."
            )
        if attribute is None or not attribute.orderable:
            raise Refusal(f"The attribute '{name}' does not support $orderby.", parameters=[name])
        return name, down

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
    select = parse_select(options["$select"]) if options.get("$select") else ()
    expand = parse_expand(options.get("$expand", ""))
    return shape_of(instance.model, entity, select, expand)


def _whole_number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is not None and not text.isdecimal():
        raise ODataError(f"{name} has to be a whole number, not '{text}'.")
    return None if text is None else int(text)


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else "")
