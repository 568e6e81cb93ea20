"""A whole query of one entity set, and its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from erpnet.query.conditions import Condition
from erpnet.query.expansion import Expansion, described
from erpnet.query.fields import Field
from erpnet.query.grouping import Aggregate, Grouping, Interval
from erpnet.query.literals import search_phrase
from erpnet.query.names import checked_name

LARGEST_PAGE = 1000


@dataclass(frozen=True, slots=True, repr=False)
class Query:
    """What to ask of one entity set. Immutable: each method gives a new query.

    Without `select` ERP.net sends its default attributes, which leave out Id, calculated and custom ones; the name
    `default` in a selection stands for them.
    Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/index.html
    """

    entity_set: str
    selection: tuple[str, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    condition: Condition | None = None
    orders: tuple[tuple[str, bool], ...] = ()
    page_size: int | None = None
    counted: bool = False
    sought: str | None = None
    grouping: Grouping | None = None
    skipped: int = 0
    skips_nulls: bool = False

    def __post_init__(self) -> None:
        checked_name(self.entity_set)
        for name in (
            *self.selection,
            *(one.name for one in self.expansions),
            *(name for name, _ in self.orders),
        ):
            checked_name(name)
        if self.grouping is not None:
            _refuse_beside_groups(self)

    # -- Objects --------------------------------------------------------------------------------------------

    def select(self, *names: str) -> Query:
        return replace(self, selection=self.selection + names)

    def expand(self, name: str, *, select: Sequence[str] = (), expand: Sequence[Expansion] = ()) -> Query:
        """Load a reference or child list along, with what it expands in turn."""
        return replace(self, expansions=(*self.expansions, Expansion(name, select, expand)))

    def filter(self, condition: Condition) -> Query:
        """Narrow the query; several filters must all hold. Groups are made of what is left."""
        if not isinstance(condition, Condition):
            raise TypeError("A filter is made by a field's methods, such as F.State.eq('Released').")
        joined = condition if self.condition is None else self.condition & condition
        return replace(self, condition=joined)

    def search(self, text: str) -> Query:
        """Only objects with `text` in their display text or in the attributes that ERP.net looks into.

        Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/search.html
        """
        search_phrase(text)
        return replace(self, sought=text)

    def order_by(self, name: str, *, descending: bool = False) -> Query:
        """Sort. Pages of a sorted query can shift while they are read: ERP.net then pages by position."""
        return replace(self, orders=(*self.orders, (name, descending)))

    def top(self, rows: int) -> Query:
        """Rows on a page, 1 to 1000. ERP.net sends a link to the next page only where this is set."""
        if not 1 <= rows <= LARGEST_PAGE:
            raise ValueError(f"A page has 1 to {LARGEST_PAGE} rows, not {rows}.")
        return replace(self, page_size=rows)

    def skip(self, rows: int) -> Query:
        """Leave out the first rows. To read everything follow the links to next pages instead."""
        if rows < 0:
            raise ValueError(f"{rows} rows cannot be left out.")
        return replace(self, skipped=rows)

    def count(self) -> Query:
        """Ask for the number of all matching rows along with the page."""
        return replace(self, counted=True)

    def skip_nulls(self) -> Query:
        """Leave out of each row what is null.

        Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/options.html
        """
        return replace(self, skips_nulls=True)

    # -- Groups ---------------------------------------------------------------------------------------------

    def group_by(self, *keys: Field, **named: Interval | Aggregate) -> Query:
        """Ask for groups instead of objects: by keys, and by intervals that get a name, as what is told of them does.

            Query("Crm_Sales_SalesOrderLines").group_by(
                F.SalesOrder.Customer, Month=F.RequiredDeliveryDate.yearmonth(), Total=F.LineAmount.sum()
            )

        A row has its keys, `{"SalesOrder": {"Customer": {"Id": …}}, "Month": "2026-01"}`, and what was asked of the
        group. Amounts and quantities make a row for each currency or unit: `"Total": {"Value": …, "Currency": …}`.
        Groups come in no order.
        Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html
        """
        intervals = tuple((alias, one) for alias, one in named.items() if isinstance(one, Interval))
        aggregates = tuple((alias, one) for alias, one in named.items() if isinstance(one, Aggregate))
        if not keys and not intervals:
            raise ValueError("Say what to group by; aggregate() tells of all rows as one.")
        if not all(isinstance(key, Field) for key in keys) or len(intervals) + len(aggregates) < len(named):
            raise TypeError("A query is grouped by fields, named intervals and named aggregates.")
        return self._grouped(Grouping(tuple(key.path for key in keys), intervals, aggregates))

    def aggregate(self, **aggregates: Aggregate) -> Query:
        """Ask for totals over all rows that match: one row, or one for each currency or unit that they are in.

        Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html#direct-aggregation
        """
        return self._grouped(Grouping((), (), tuple(aggregates.items())))

    def expand_group(
        self, key: Field, *, select: Sequence[str] = (), expand: Sequence[Expansion] = ()
    ) -> Query:
        """Load what a reference leads to that the query is grouped by, instead of its id alone.

        Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html#expandgroup
        """
        if self.grouping is None:
            raise ValueError("Only the keys of a grouped query are expanded so: group_by() comes first.")
        expansions = (*self.grouping.expansions, Expansion(key.path, select, expand))
        return replace(self, grouping=replace(self.grouping, expansions=expansions))

    def _grouped(self, grouping: Grouping) -> Query:
        if self.grouping is not None:
            raise ValueError("The query is grouped already.")
        return replace(self, grouping=grouping)

    # -- Its address ----------------------------------------------------------------------------------------

    def options(self) -> dict[str, str]:
        """The query options, not yet encoded, in a fixed order."""
        groups = self.grouping
        return {
            name: text
            for name, text in (
                ("$top", str(self.page_size or "")),
                ("$skip", str(self.skipped or "")),
                ("$select", ",".join(self.selection)),
                ("$expand", ",".join(map(str, self.expansions))),
                ("$filter", "" if self.condition is None else str(self.condition)),
                ("$search", "" if self.sought is None else search_phrase(self.sought)),
                ("$apply", "" if groups is None else str(groups)),
                ("expandgroup", "" if groups is None else ",".join(map(str, groups.expansions))),
                ("$orderby", ",".join(f"{name} desc" if down else name for name, down in self.orders)),
                ("$count", "true" if self.counted else ""),
                ("options", "skipnulls" if self.skips_nulls else ""),
            )
            if text
        }

    def path(self) -> str:
        """`Entity_Set?$top=…`, encoded, relative to the root of the Domain API."""
        return self.entity_set + options_text(self.options())

    def __repr__(self) -> str:
        return f"Query({self.entity_set!r})" + "".join(f".{step}" for step in _steps(self))


def options_text(options: dict[str, str]) -> str:
    """`?name=value&…` with every value percent-encoded, or nothing."""
    if not options:
        return ""
    return "?" + "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in options.items())


# Left readable in a query string; what could end a value (& # + % and space among them) is always encoded.
_SAFE = "$(),'/:=@"


def _refuse_beside_groups(query: Query) -> None:
    if query.orders:
        raise ValueError("ERP.net gives groups in no order: sort the rows of a grouped query yourself.")
    if query.expansions:
        raise ValueError("A grouped query has no $expand: expand_group() expands its keys.")
    if query.selection:
        raise ValueError("A grouped query has no $select: its rows have its keys and aggregates.")
    if query.sought is not None or query.counted:
        raise ValueError(
            "ERP.net documents neither $search nor $count for a grouped query; there is count()."
        )


def _steps(query: Query) -> list[str]:
    """The calls that make a query, in a fixed order."""
    steps = [f"select({', '.join(map(repr, query.selection))})"] if query.selection else []
    steps += [f"expand({described(expansion)})" for expansion in query.expansions]
    if query.condition is not None:
        steps.append(f"filter({query.condition!r})")
    if query.sought is not None:
        steps.append(f"search({query.sought!r})")
    if query.grouping is not None:
        steps += _grouping_steps(query.grouping)
    steps += [f"order_by({name!r}{', descending=True' if down else ''})" for name, down in query.orders]
    if query.page_size is not None:
        steps.append(f"top({query.page_size})")
    if query.skipped:
        steps.append(f"skip({query.skipped})")
    if query.counted:
        steps.append("count()")
    if query.skips_nulls:
        steps.append("skip_nulls()")
    return steps


def _grouping_steps(grouping: Grouping) -> list[str]:
    keys = [repr(Field(key)) for key in grouping.keys]
    named = [f"{alias}={one!r}" for alias, one in (*grouping.intervals, *grouping.aggregates)]
    name = "group_by" if keys or grouping.intervals else "aggregate"
    steps = [f"{name}({', '.join(keys + named)})"]
    for expansion in grouping.expansions:
        words = described(expansion).partition(", ")
        steps.append(f"expand_group({Field(expansion.name)!r}{words[1]}{words[2]})")
    return steps
