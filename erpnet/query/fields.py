"""Attributes and references by their names, and what can be asked of them: `F.PurchaseOrder.State.eq("Released")`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from erpnet.query.conditions import Condition, Term
from erpnet.query.grouping import Aggregate, Interval
from erpnet.query.names import checked_name


class Field:
    """An attribute or reference, or a deeper one where the model allows it: `F.Product.Active`.

    Names that are no Python names, and such as custom properties have, stand in brackets:
    `F[custom_property("color")]`.
    """

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __getattr__(self, name: str) -> Field:
        return Field(f"{self.path}/{_attribute(name)}")

    def __getitem__(self, name: str) -> Field:
        return Field(f"{self.path}/{checked_name(name)}")

    def __repr__(self) -> str:
        return f"F.{self.path.replace('/', '.')}"

    # -- Conditions: https://docs.erp.net/dev/domain-api/querying-data/query-options/filter.html --------------

    def eq(self, value: Any) -> Condition:
        return self._compare("eq", value)

    def ge(self, value: Any) -> Condition:
        return self._compare("ge", value)

    def le(self, value: Any) -> Condition:
        return self._compare("le", value)

    def in_(self, values: Iterable[Any]) -> Condition:
        """One of `values`, of which there has to be at least one."""
        if isinstance(values, str):
            raise TypeError("in_() takes several values; for one text there is eq().")
        return self._compare("in", tuple(values))

    def contains(self, text: str) -> Condition:
        """Contains a text; the only comparison that multi-language attributes know.

        A reference contains what its object would be found by.
        """
        return self._compare("contains", text)

    def startswith(self, text: str) -> Condition:
        return self._compare("startswith", text)

    def endswith(self, text: str) -> Condition:
        return self._compare("endswith", text)

    def equalnull(self, value: Any) -> Condition:
        """Equal, or empty."""
        return self._compare("equalnull", value)

    def lessequalnull(self, value: Any) -> Condition:
        """At most `value`, or empty."""
        return self._compare("lessequalnull", value)

    def greaterequalnull(self, value: Any) -> Condition:
        """At least `value`, or empty."""
        return self._compare("greaterequalnull", value)

    def _compare(self, operator: str, value: Any) -> Condition:
        return Condition((Term(self.path, operator, value),))

    # -- What is told of groups: https://docs.erp.net/dev/domain-api/querying-data/grouping.html --------------

    def sum(self) -> Aggregate:
        return Aggregate(self.path, "sum")

    def min(self) -> Aggregate:
        return Aggregate(self.path, "min")

    def max(self) -> Aggregate:
        return Aggregate(self.path, "max")

    def countdistinct(self) -> Aggregate:
        """How many different values a group has."""
        return Aggregate(self.path, "countdistinct")

    # -- What can be grouped by, besides the values themselves ------------------------------------------------

    def year(self) -> Interval:
        """Groups of one year each: `2026`."""
        return Interval(self.path, "year")

    def yearmonth(self) -> Interval:
        """Groups of one month each: `2026-01`."""
        return Interval(self.path, "yearmonth")

    def date(self) -> Interval:
        """Groups of one day each: `2026-01-31`."""
        return Interval(self.path, "date")

    def initial(self) -> Interval:
        """Groups by the first character, which is the one `substring` that ERP.net groups by."""
        return Interval(self.path, "substring")


class _Fields:
    """Where a field starts: `F.State`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Field:
        return Field(_attribute(name))

    def __getitem__(self, name: str) -> Field:
        return Field(checked_name(name))

    def __repr__(self) -> str:
        return "F"


F = _Fields()


def _attribute(name: str) -> str:
    if not name[:1].isupper():  # An operator that there is none of, or what Python itself asks an object for.
        raise AttributeError(
            f"{name!r} is neither a name of ERP.net's, which begin with a capital, nor a filter or aggregate of it."
        )
    return checked_name(name)
