"""ERP.net's own value types, and how every value is written into a JSON body."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: a Decimal and the sign of its currency, such as EUR.

    Docs: https://docs.erp.net/dev/domain-api/complex-types/amount.html
    """

    value: Decimal
    currency: str
    UNIT_KEY: ClassVar[str] = "Currency"

    def to_json(self) -> dict[str, str]:
        return {"Value": decimal_text(self.value), self.UNIT_KEY: self.currency}

    def __str__(self) -> str:
        return f"{self.value} {self.currency}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A Decimal and the code of its measurement unit, such as PCS.

    Docs: https://docs.erp.net/dev/domain-api/complex-types/quantity.html
    """

    value: Decimal
    unit: str
    UNIT_KEY: ClassVar[str] = "Unit"

    def to_json(self) -> dict[str, str]:
        return {"Value": decimal_text(self.value), self.UNIT_KEY: self.unit}

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


class MultilanguageString(dict[str, str]):
    """A text in several languages, keyed by upper-case two-letter codes: `{"EN": "Apple", "BG": "Ябълка"}`.

    All translations are one value: who writes it writes all of them.
    Docs: https://docs.erp.net/dev/domain-api/complex-types/multi-language-string.html
    """

    def best(self, *languages: str) -> str:
        """The text in the first of `languages` that has one, else in English, else in any, else empty."""
        texts = {language.upper(): text for language, text in self.items() if text}
        for language in (*languages, "EN"):
            text = texts.get(language.upper())
            if text:
                return text
        return next(iter(texts.values()), "")


_ODATA_ID = re.compile(r"(?:[^()]*/)?([A-Za-z][A-Za-z0-9_]*)\(([0-9a-fA-F-]{36})\)")


@dataclass(frozen=True, slots=True)
class Reference:
    """One object of an instance: its entity set and its id, written `Entity_Set(guid)`."""

    entity_set: str
    id: UUID

    @classmethod
    def parse(cls, odata_id: str) -> Self:
        """Read an `@odata.id`, with or without the address of the service before it. Raises ValueError."""
        match = _ODATA_ID.fullmatch(odata_id)
        if match is None:
            raise ValueError(f"Not an odata id: {odata_id!r}")
        return cls(match[1], UUID(match[2]))

    @property
    def odata_id(self) -> str:
        return f"{self.entity_set}({self.id})"

    def to_json(self) -> dict[str, str]:
        return {"@odata.id": self.odata_id}

    def __str__(self) -> str:
        return self.odata_id


def from_utc(text: str) -> dt.datetime:
    """Read a date-time of ERP.net: UTC, with or without its Z. Raises ValueError."""
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def to_utc(moment: dt.datetime | dt.date) -> str:
    """Write a date-time for ERP.net: UTC, milliseconds, Z. A date is its midnight; naive ones are refused."""
    if not isinstance(moment, dt.datetime):
        return f"{moment.isoformat()}T00:00:00Z"
    if moment.tzinfo is None:
        raise ValueError("A date-time without a time zone cannot be sent to ERP.net.")
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decimal_text(value: Decimal) -> str:
    """Digits and a point, never an exponent. Refuses infinity and NaN."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a number that ERP.net knows.")
    return format(value, "f")


def to_json(value: Any) -> Any:
    """For `orjson`: how the values it does not know are written. Numbers with decimals travel as strings."""
    match value:
        case Amount() | Quantity() | Reference():
            return value.to_json()
        case Decimal():
            return decimal_text(value)
        case dt.date():
            return to_utc(value)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be sent to ERP.net.")
