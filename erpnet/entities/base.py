"""How an entity of ERP.net becomes a typed dataclass, and how its query follows from its fields.

    @erp.entity("General_Products_Products")
    class Product(erp.Entity):
        id: UUID = erp.guid("Id")
        part_number: str = erp.text("PartNumber")

Each field names its attribute once: the select list, the expansions and the reading of rows come from there.
Empty texts read as "", other empty values as None where the field says `null=True`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform
from uuid import UUID

from erpnet.exceptions import MalformedAnswer
from erpnet.query import F, Query
from erpnet.values import Amount, MultilanguageString, Quantity, Reference, from_utc

Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from: an attribute or reference, the types it can have there, how it is read."""

    name: str
    kinds: tuple[str, ...]
    read: Read
    null: bool = False
    selected: bool = True
    child: type[Entity] | None = None


class Entity:
    """What all entities offer. Made by `entity`."""

    ENTITY_SET: ClassVar[str]
    SOURCES: ClassVar[tuple[Source, ...]]
    __slots__ = ()

    @classmethod
    def select_list(cls) -> tuple[str, ...]:
        """The names for $select; what is expanded comes without being named."""
        return tuple(source.name for source in cls.SOURCES if source.selected and source.child is None)

    @classmethod
    def query(cls) -> Query:
        """All rows, with every attribute that the dataclass has."""
        query = Query(cls.ENTITY_SET).select(*cls.select_list())
        for source in cls.SOURCES:
            if source.child is not None:
                query = query.expand(source.name, select=source.child.select_list())
        return query

    @classmethod
    def changed_since(cls, moment: dt.datetime) -> Query:
        """The rows of an aggregate root that changed at `moment` or later; ERP.net may heed only its date.

        Docs: https://docs.erp.net/dev/domain-api/data-sync/incremental-pull.html
        """
        if all(source.name != "AggregateLastUpdateTimeUtc" for source in cls.SOURCES):
            raise TypeError(f"{cls.__name__} has no time of change: it is a part of something, or a view.")
        return cls.query().filter(F.AggregateLastUpdateTimeUtc.ge(moment))

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read one row of a page. Raises MalformedAnswer for a missing or unreadable value."""
        values = []
        for source in cls.SOURCES:
            value = row.get(source.name)
            try:
                values.append(None if value is None and source.null else source.read(value))
            except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError):
                where = row.get("@odata.id") or cls.ENTITY_SET
                raise MalformedAnswer(f"{where} has no readable {source.name}.") from None
        return cls(*values)


# -- Fields, by the type of their attribute ------------------------------------------------------------


def guid(name: str) -> Any:
    return _field(Source(name, ("guid",), UUID))


def text(name: str) -> Any:
    return _field(Source(name, ("string", "enum"), _text))


def words(name: str) -> Any:
    """A multi-language text; empty where there is none."""
    return _field(Source(name, ("MultilanguageString",), _words))


def flag(name: str) -> Any:
    return _field(Source(name, ("boolean",), _flag))


def number(name: str, *, null: bool = False, selected: bool = True) -> Any:
    return _field(Source(name, ("int32",), int, null=null, selected=selected))


def moment(name: str, *, null: bool = False) -> Any:
    return _field(Source(name, ("datetime",), from_utc, null=null))


def day(name: str, *, null: bool = False) -> Any:
    """A date. ERP.net writes one as its midnight, and many of its date-times are dates in fact."""
    return _field(Source(name, ("date", "datetime"), _day, null=null))


def amount(name: str, *, null: bool = False) -> Any:
    return _field(Source(name, ("Amount",), _amount, null=null))


def quantity(name: str, *, null: bool = False) -> Any:
    return _field(Source(name, ("Quantity",), _quantity, null=null))


def link(name: str, *, null: bool = False) -> Any:
    """A reference to another object."""
    return _field(Source(name, ("reference",), _link, null=null))


def part(name: str, child: type[Entity], *, null: bool = False) -> Any:
    """The object that a reference leads to, loaded along."""
    return _field(Source(name, ("reference",), child.from_row, null=null, child=child))


def children(name: str, child: type[Entity]) -> Any:
    """A list of child objects, loaded along."""
    return _field(Source(name, ("collection",), lambda rows: tuple(map(child.from_row, rows)), child=child))


_SOURCE = "source"
_Made = TypeVar("_Made", bound=Entity)


@dataclass_transform(
    frozen_default=True,
    field_specifiers=(guid, text, words, flag, number, moment, day, amount, quantity, link, part, children),
)
def entity(entity_set: str) -> Callable[[type[_Made]], type[_Made]]:
    """Make a class with the fields above the typed form of an entity set."""

    def decorate(cls: type[_Made]) -> type[_Made]:
        made: Any = dataclass(frozen=True, slots=True)(cls)
        made.ENTITY_SET = entity_set
        made.SOURCES = tuple(field.metadata[_SOURCE] for field in dataclasses.fields(made))
        return made

    return decorate


def _field(source: Source) -> Any:
    return dataclasses.field(metadata={_SOURCE: source})


# -- Readers -------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError
    return value


def _words(value: Any) -> MultilanguageString:
    return MultilanguageString(value or {})


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _day(value: str) -> dt.date:
    return dt.date.fromisoformat(value[:10])


def _amount(value: Mapping[str, Any]) -> Amount:
    return Amount(Decimal(str(value["Value"])), value["Currency"] or "")


def _quantity(value: Mapping[str, Any]) -> Quantity:
    return Quantity(Decimal(str(value["Value"])), value["Unit"] or "")


def _link(value: Mapping[str, Any]) -> Reference:
    return Reference.parse(value["@odata.id"])
