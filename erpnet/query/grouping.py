"""What $apply holds: the keys of groups, and what to tell of each group.

Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from erpnet.query.expansion import Expansion
from erpnet.query.names import checked_name, checked_path

COUNT = "$count"
AGGREGATES = frozenset({"sum", "min", "max", "countdistinct"})
INTERVALS = {
    "year": "year({})",
    "yearmonth": "yearmonth({})",
    "date": "date({})",
    "substring": "substring({},0,1)",
}


@dataclass(frozen=True, slots=True, repr=False)
class Interval:
    """A key that ERP.net computes of an attribute: its year, month or day, or its first character."""

    name: str
    function: str

    def __post_init__(self) -> None:
        _own(self.name)
        if self.function not in INTERVALS:
            raise ValueError(f"ERP.net does not group by {self.function}.")

    def __str__(self) -> str:
        return INTERVALS[self.function].format(self.name)

    def __repr__(self) -> str:
        return f"F.{self.name}.{'initial' if self.function == 'substring' else self.function}()"


@dataclass(frozen=True, slots=True, repr=False)
class Aggregate:
    """What to tell of a group: a sum, extreme or count of one attribute's values, or the number of its rows."""

    name: str
    function: str = ""

    def __post_init__(self) -> None:
        if (self.name, self.function) == (COUNT, ""):
            return
        _own(self.name)
        if self.function not in AGGREGATES:
            raise ValueError(f"ERP.net does not aggregate by {self.function!r}.")

    def __str__(self) -> str:
        return f"{self.name} with {self.function}" if self.function else self.name

    def __repr__(self) -> str:
        return f"F.{self.name}.{self.function}()" if self.function else "count()"


def count() -> Aggregate:
    """The number of rows in each group."""
    return Aggregate(COUNT)


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups by paths and by intervals, or one group of all rows where there are neither.

    Intervals and aggregates go by the names that they get in the rows of the answer. Raises ValueError for what
    ERP.net refuses whatever the entity: a name or a source twice, and groups of which nothing is told.
    """

    keys: tuple[str, ...]
    intervals: tuple[tuple[str, Interval], ...]
    aggregates: tuple[tuple[str, Aggregate], ...]
    expansions: tuple[Expansion, ...] = ()

    def __post_init__(self) -> None:
        if not self.aggregates:
            raise ValueError("Say what to tell of each group, such as rows=count().")
        aliases = [alias for alias, _ in (*self.intervals, *self.aggregates)]
        for alias in aliases:
            checked_name(alias)
        _refuse_repeated({checked_path(key).split("/")[0] for key in self.keys}, aliases, "names")
        _refuse_repeated((), [*self.keys, *(interval.name for _, interval in self.intervals)], "groups by")
        _refuse_repeated((), [aggregate.name for _, aggregate in self.aggregates], "aggregates")
        for expansion in self.expansions:
            if expansion.name not in self.keys:
                raise ValueError(f"{expansion.name} is not a key of these groups that could be expanded.")

    def __str__(self) -> str:
        computed = ",".join(f"{interval} as {alias}" for alias, interval in self.intervals)
        told = ",".join(f"{aggregate} as {alias}" for alias, aggregate in self.aggregates)
        keys = ",".join((*self.keys, *(alias for alias, _ in self.intervals)))
        groups = f"groupby(({keys}),aggregate({told}))" if keys else f"aggregate({told})"
        return f"compute({computed})/{groups}" if computed else groups


def _own(name: str) -> None:
    if "/" in name:
        raise ValueError(f"{name}: ERP.net aggregates, and takes parts of, an entity's own attributes alone.")
    checked_name(name)


def _refuse_repeated(taken: Iterable[str], names: Iterable[str], what: str) -> None:
    """ERP.net takes each attribute once as a key and once as an aggregate; a row has each name once."""
    seen = set(taken)
    for name in names:
        if name in seen:
            raise ValueError(f"A grouped query {what} {name} once.")
        seen.add(name)
