"""Kinds of fields: how each is read from a row, and what it takes when it is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from erpnet.values import (
    AdditionalData,
    Amount,
    CustomPropertyValue,
    MultilanguageString,
    Quantity,
    Reference,
    from_utc,
)

if TYPE_CHECKING:
    from erpnet.entities.base import Entity

# Rows name the same products, stores and companies again and again. Some 15 MB when full.
_REFERENCES_KEPT = 65536
_parsed = lru_cache(_REFERENCES_KEPT)(Reference.parse)


@dataclass(frozen=True, slots=True)
class Kind:
    """The types of the model that it fits, how a value is read, and what is taken for it, in words and as a test."""

    types: tuple[str, ...]
    read: Callable[[Any], Any]
    wants: str
    takes: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from and goes to: an attribute or reference, and the kind of its values."""

    name: str
    kind: Kind
    null: bool = False
    selected: bool = True
    child: type[Entity] | None = None
    field: str = ""


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


def _link(value: Mapping[str, Any]) -> Reference:
    return _parsed(value["@odata.id"])


def _is_words(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(text, str) for pair in value.items() for text in pair
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_day(value: Any) -> bool:
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)


def _is_moment(value: Any) -> bool:
    return isinstance(value, dt.datetime) and value.tzinfo is not None


def _is_reference(value: Any) -> bool:
    return isinstance(value, Reference)


GUID = Kind(("guid",), UUID, "a UUID", lambda value: isinstance(value, UUID))
TEXT = Kind(("string", "enum"), _text, "a str", lambda value: isinstance(value, str))
WORDS = Kind(("MultilanguageString",), _words, "texts by language", _is_words)
FLAG = Kind(("boolean",), _flag, "a bool", lambda value: isinstance(value, bool))
NUMBER = Kind(("int32",), int, "an int", _is_number)
MOMENT = Kind(("datetime",), from_utc, "a datetime with a time zone", _is_moment)
DAY = Kind(("date", "datetime"), _day, "a date", _is_day)
AMOUNT = Kind(("Amount",), Amount.parse, "an Amount", lambda value: isinstance(value, Amount))
QUANTITY = Kind(("Quantity",), Quantity.parse, "a Quantity", lambda value: isinstance(value, Quantity))
DATA = Kind(
    ("string",), _text, "a str or AdditionalData", lambda value: isinstance(value, str | AdditionalData)
)
CUSTOM = Kind(
    ("CustomPropertyValue",),
    CustomPropertyValue.parse,
    "a CustomPropertyValue",
    lambda value: isinstance(value, CustomPropertyValue),
)
LINK = Kind(("reference",), _link, "a Reference or an entity", _is_reference)


def part(read: Callable[[Any], Any]) -> Kind:
    """The object behind a reference; it is written as the reference that it came by."""
    return Kind(LINK.types, read, LINK.wants, LINK.takes)


def children(read: Callable[[Any], Any]) -> Kind:
    """Child objects, each written as the fields that it is made of."""

    def takes(value: Any) -> bool:
        return isinstance(value, list | tuple) and all(isinstance(one, Mapping) for one in value)

    return Kind(
        ("collection",), lambda rows: tuple(map(read, rows)), "a list of dicts with the fields of each", takes
    )
