"""What is told of a group: sums, extremes and counts, each checked against the model."""

from collections.abc import Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from erpnet.sandbox.model import Attribute, Entity, Property, Reference
from erpnet.sandbox.odata.apply import COUNT, Aggregate, Apply
from erpnet.sandbox.odata.errors import ODataError, Refusal, unknown_property
from erpnet.sandbox.odata.filter import comparable
from erpnet.sandbox.odata.measures import is_dimension, is_measure
from erpnet.sandbox.odata.serialize import Serializer
from erpnet.sandbox.values import Row, key_of


@dataclass(frozen=True, slots=True)
class Column:
    """One aggregate over the rows of a group; of `source`, or of the rows themselves."""

    function: str
    alias: str
    source: Property | None = None

    @property
    def has_measure(self) -> bool:
        """Whether its values are amounts or quantities, which cannot be put together across currencies and units."""
        return isinstance(self.source, Attribute) and self.source.has_value_and_unit

    def code(self, serializer: Serializer, row: Row) -> object:
        """The currency or unit of the row's value."""
        return serializer.code(row, self.source) if isinstance(self.source, Attribute) else None

    def added(self, total: Any, row: Row) -> Any:
        """The total with one more row in it; None stands for nothing yet."""
        if self.source is None:
            return (total or 0) + 1
        value = self._value(row)
        if value is None:
            return total
        match self.function:
            case "countdistinct":
                different = set() if total is None else total
                different.add(value)
                return different
            case "min" if total is not None:
                return min(total, value)
            case "max" if total is not None:
                return max(total, value)
        return value if total is None else total + value

    def shown(self, serializer: Serializer, total: Any, code: object) -> Any:
        """The total as it is sent: with its currency or unit, if it has one."""
        if self.source is None or self.function == "countdistinct":
            total = len(total or ()) if self.source else total or 0
        elif isinstance(total, Decimal):
            total = serializer.number(f"{total:f}")
        if total is None or not isinstance(self.source, Attribute) or not self.has_measure:
            return total
        return {"Value": total, "Currency" if self.source.kind == "Amount" else "Unit": code}

    def _value(self, row: Row) -> Any:
        if isinstance(self.source, Reference):
            return key_of(row.get(self.source.name))
        if self.source is None:
            return None
        return comparable(self.source, row.get("Id" if self.source.is_key else self.source.name))


def columns_of(entity: Entity, apply: Apply, taken: Set[str]) -> list[Column]:
    """Raises ODataError for a name that does not exist or is `taken` by a key, Refusal for what the model forbids."""
    columns = [_column(entity, one) for one in apply.aggregates]
    sources = [one.name for one in apply.aggregates]
    aliases = [*taken, *(column.alias for column in columns)]
    for name in sources:
        if sources.count(name) > 1:
            raise Refusal(f"The property '{name}' can be used once in aggregate.", parameters=[name])
    for alias in aliases:
        if aliases.count(alias) > 1:
            raise ODataError(f"The alias '{alias}' is used more than once in $apply.")
    return columns


def _column(entity: Entity, aggregate: Aggregate) -> Column:
    if aggregate.name == COUNT:
        return Column(COUNT, aggregate.alias)
    found = entity.property(aggregate.name)
    if found is None:
        raise unknown_property(entity, aggregate.name)
    if not (is_measure(found) or (aggregate.function == "countdistinct" and is_dimension(found))):
        raise Refusal(
            f"The property '{aggregate.name}' cannot be aggregated with {aggregate.function}.",
            parameters=[aggregate.name, aggregate.function],
        )
    return Column(aggregate.function, aggregate.alias, found)
