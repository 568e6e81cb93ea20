"""Queries for the Domain API. The one place that writes OData literals and names: no value leaves its quotes.

    Query("Logistics_Procurement_PurchaseOrders").filter(F.State.eq("Released") & F.Void.eq(False)).top(100)

The Domain API has no `or`, `ne`, `gt`, `lt` and `not`, so neither has this module.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NoReturn
from urllib.parse import quote
from uuid import UUID

from erpnet.values import Reference, decimal_text, to_utc

LARGEST_PAGE = 1000

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def literal(value: Any) -> str:
    """Write a value as an OData literal by its type. Refuses naive date-times, floats and unknown types.

    Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/filter.html
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + str(value).replace("'", "''") + "'"
        case int() | UUID():
            return str(value)
        case Decimal():
            return decimal_text(value)
        case dt.date():
            return to_utc(value)
        case Reference():
            return literal(value.odata_id)
        case _:
            raise TypeError(f"{type(value).__name__} has no literal in a Domain API query.")


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison: the attribute's path with slashes, the operator or function, and its OData text."""

    path: str
    operator: str
    text: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Comparisons that must all hold. Joined with `&`."""

    terms: tuple[Term, ...]

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.terms + other.terms)

    def __bool__(self) -> NoReturn:
        raise TypeError("Join conditions with &; Python's and, or and not would drop one of them silently.")

    def __str__(self) -> str:
        return " and ".join(term.text for term in self.terms)


class Field:
    """An attribute or reference to compare, or a deeper one where the model allows it: `F.Product.Active`."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Field:
        return Field(f"{self._path}/{_attribute(name)}")

    def __repr__(self) -> str:
        return f"F.{self._path.replace('/', '.')}"

    def eq(self, value: Any) -> Condition:
        return self._compare("eq", literal(value))

    def ge(self, value: Any) -> Condition:
        return self._compare("ge", literal(value))

    def le(self, value: Any) -> Condition:
        return self._compare("le", literal(value))

    def in_(self, values: Iterable[Any]) -> Condition:
        """One of `values`, of which there has to be at least one."""
        literals = [literal(value) for value in values]
        if not literals:
            raise ValueError("in_() of no values matches nothing: do not ask.")
        return self._compare("in", f"({', '.join(literals)})")

    def contains(self, text: str) -> Condition:
        """Contains a text; the only comparison that multi-language attributes know."""
        return self._call("contains", text)

    def startswith(self, text: str) -> Condition:
        return self._call("startswith", text)

    def endswith(self, text: str) -> Condition:
        return self._call("endswith", text)

    def equalnull(self, value: Any) -> Condition:
        """Equal, or empty."""
        return self._call("equalnull", value)

    def lessequalnull(self, value: Any) -> Condition:
        """At most `value`, or empty."""
        return self._call("lessequalnull", value)

    def greaterequalnull(self, value: Any) -> Condition:
        """At least `value`, or empty."""
        return self._call("greaterequalnull", value)

    def _compare(self, operator: str, right: str) -> Condition:
        return Condition((Term(self._path, operator, f"{self._path} {operator} {right}"),))

    def _call(self, function: str, value: Any) -> Condition:
        return Condition((Term(self._path, function, f"{function}({self._path},{literal(value)})"),))


class _Fields:
    """Where a field starts: `F.State`."""

    def __getattr__(self, name: str) -> Field:
        return Field(_attribute(name))


F = _Fields()


@dataclass(frozen=True, slots=True)
class Expansion:
    """A reference or child list to load along, with the attributes wanted of it."""

    name: str
    select: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}($select={','.join(self.select)})" if self.select else self.name


@dataclass(frozen=True, slots=True)
class Query:
    """What to ask of one entity set. Immutable: each method gives a new query.

    Without `select` ERP.net sends its default attributes, which leave out Id, calculated and custom ones.
    Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/index.html
    """

    entity_set: str
    selection: tuple[str, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    condition: Condition | None = None
    orders: tuple[tuple[str, bool], ...] = ()
    page_size: int | None = None
    counted: bool = False

    def __post_init__(self) -> None:
        checked_name(self.entity_set)

    def select(self, *names: str) -> Query:
        return replace(self, selection=self.selection + tuple(map(checked_name, names)))

    def expand(self, name: str, *, select: Sequence[str] = ()) -> Query:
        expansion = Expansion(checked_name(name), tuple(map(checked_name, select)))
        return replace(self, expansions=(*self.expansions, expansion))

    def filter(self, condition: Condition) -> Query:
        """Narrow the query; several filters must all hold."""
        joined = condition if self.condition is None else self.condition & condition
        return replace(self, condition=joined)

    def order_by(self, name: str, *, descending: bool = False) -> Query:
        """Sort. Pages of a sorted query can shift while they are read: ERP.net then pages by position."""
        return replace(self, orders=(*self.orders, (checked_name(name), descending)))

    def top(self, rows: int) -> Query:
        """Rows on a page, 1 to 1000. ERP.net sends a link to the next page only where this is set."""
        if not 1 <= rows <= LARGEST_PAGE:
            raise ValueError(f"A page has 1 to {LARGEST_PAGE} rows, not {rows}.")
        return replace(self, page_size=rows)

    def count(self) -> Query:
        """Ask for the number of all matching rows along with the page."""
        return replace(self, counted=True)

    def options(self) -> dict[str, str]:
        """The query options, not yet encoded, in a fixed order."""
        return {
            name: text
            for name, text in (
                ("$top", str(self.page_size or "")),
                ("$select", ",".join(self.selection)),
                ("$expand", ",".join(map(str, self.expansions))),
                ("$filter", "" if self.condition is None else str(self.condition)),
                ("$orderby", ",".join(f"{name} desc" if down else name for name, down in self.orders)),
                ("$count", "true" if self.counted else ""),
            )
            if text
        }

    def path(self) -> str:
        """`Entity_Set?$top=…`, encoded, relative to the root of the Domain API."""
        return self.entity_set + options_text(self.options())


def options_text(options: dict[str, str]) -> str:
    """`?name=value&…` with every value percent-encoded, or nothing."""
    if not options:
        return ""
    return "?" + "&".join(f"{name}={quote(value, safe=_SAFE)}" for name, value in options.items())


# Left readable in a query string; what could end a value (& # + % and space among them) is always encoded.
_SAFE = "$(),'/:=@"


def checked_name(name: str) -> str:
    """The name, if it can be one in ERP.net's model. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a name of ERP.net's model.")
    return name


def _attribute(name: str) -> str:
    if name.startswith("_"):  # What Python itself asks an object for is no attribute of ERP.net's.
        raise AttributeError(name)
    return checked_name(name)
