"""What $filter holds: comparisons that must all be true.

Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/filter.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NoReturn

from erpnet.query.literals import literal
from erpnet.query.names import checked_path
from erpnet.values import CUSTOM_PROPERTY

OPERATORS = frozenset({"eq", "ge", "le", "in"})
TEXT_FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
FUNCTIONS = TEXT_FUNCTIONS | {"equalnull", "lessequalnull", "greaterequalnull"}


@dataclass(frozen=True, slots=True, repr=False)
class Term:
    """One comparison: the attribute's path with slashes, the operator or function, the value, and the OData text.

    `in` takes a tuple. Raises ValueError for what ERP.net does not compare, TypeError for a type without a literal.
    """

    path: str
    operator: str
    value: Any
    text: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        checked_path(self.path)
        if self.path.rpartition("/")[2].startswith(CUSTOM_PROPERTY) and self.operator != "eq":
            raise ValueError(f"A custom property such as {self.path} is compared by eq alone.")
        object.__setattr__(self, "text", self._written())

    def _written(self) -> str:
        if self.operator == "in":
            return f"{self.path} in {_listed(self.value)}"
        if self.operator in TEXT_FUNCTIONS and not isinstance(self.value, str):
            raise TypeError(f"{self.operator} looks for a text, not {type(self.value).__name__}.")
        if self.operator in FUNCTIONS:
            return f"{self.operator}({self.path},{literal(self.value)})"
        if self.operator in OPERATORS:
            return f"{self.path} {self.operator} {literal(self.value)}"
        raise ValueError(f"ERP.net has no operator {self.operator!r}.")

    def __repr__(self) -> str:
        method = "in_" if self.operator == "in" else self.operator
        value = list(self.value) if self.operator == "in" else self.value
        return f"F.{self.path.replace('/', '.')}.{method}({value!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Condition:
    """Comparisons that must all hold. Joined with `&`."""

    terms: tuple[Term, ...]

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.terms + other.terms)

    def __bool__(self) -> NoReturn:
        raise TypeError("Join conditions with &; Python's and, or and not would drop one of them silently.")

    def __str__(self) -> str:
        return " and ".join(term.text for term in self.terms)

    def __repr__(self) -> str:
        return " & ".join(map(repr, self.terms))


def _listed(values: tuple[Any, ...]) -> str:
    if not values:
        raise ValueError("in_() of no values matches nothing: do not ask.")
    return f"({', '.join(map(literal, values))})"
