"""The rows of an entity set that fit $filter and $search, in the order that pages go by."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, islice

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.model import Entity
from erpnet.sandbox.odata.balance_filter import fitting_places
from erpnet.sandbox.odata.display import search_text
from erpnet.sandbox.odata.errors import ODataError
from erpnet.sandbox.odata.filter import Filter
from erpnet.sandbox.odata.parse import parse_filter
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row

Found = tuple[Entity, Row]


class Rows:
    """What a request asks for, before it is cut into pages. Each row comes with the entity it is of: maybe an heir."""

    def __init__(self, instance: Instance, store: Store, entity: Entity, options: Mapping[str, str]) -> None:
        """Raises ODataError and Refusal for a filter that cannot be read or is not allowed."""
        self._instance = instance
        self._store = store
        self._entity = entity
        self._conditions = parse_filter(options["$filter"]) if "$filter" in options else []
        self._filter = Filter(store, entity, truncate=instance.options.truncate_date_times)
        self._test = self._filter.test(self._conditions)
        self._sought = _sought(options.get("$search", ""))

    @property
    def are_all(self) -> bool:
        """Whether nothing restricts them."""
        return not self._conditions and not self._sought

    def found(self, *, after: str = "", skip: int = 0) -> Iterator[Found]:
        """The rows whose keys follow `after`, without the first `skip` of them."""
        balances = self._instance.balances
        if self._entity is balances.entity and not self._sought:
            places = fitting_places(balances, self._filter, self._conditions)
            return ((self._entity, row) for row in balances.at(places[skip:]))
        return islice(filter(self._fits, self._all(after)), skip, None)

    def count(self) -> int:
        balances = self._instance.balances
        if self._entity is balances.entity and not self._sought:
            return len(fitting_places(balances, self._filter, self._conditions))
        return sum(1 for _ in self.found())

    def _fits(self, one: Found) -> bool:
        return self._test(one[1]) and (not self._sought or self._sought in search_text(self._store, *one))

    def _all(self, after: str) -> Iterator[Found]:
        if self._entity.is_view:
            return ((self._entity, row) for row in self._instance.view(self._entity))
        tables = self._store.concrete(self._entity)
        if len(tables) == 1:
            rows = tables[0].after(after) if after else iter(tables[0])
            return ((tables[0].entity, row) for row in rows)
        both = chain.from_iterable(((table.entity, row) for row in table) for table in tables)
        return iter(sorted((one for one in both if one[1]["Id"] > after), key=lambda one: one[1]["Id"]))


def _sought(text: str) -> str:
    """What to look for: a phrase in quotes, where a backslash keeps what follows it inside, or bare words."""
    phrase = text.strip()
    if quoted := re.fullmatch(r'"((?:[^"\\]|\\.)*)"', phrase, re.DOTALL):
        return re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL).lower()
    if '"' in phrase:
        raise ODataError(f"Syntax error in $search: '{text}'.")
    return phrase.lower()
