"""Numbers that come with what they are counted in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from erpnet.values.wire import decimal_text

# Decimal takes more: NaN, digits in groups, and powers of ten that fill the memory once they are written out.
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: a Decimal and the sign of its currency, such as EUR. TypeError for any other number.

    Docs: https://docs.erp.net/dev/domain-api/complex-types/amount.html
    """

    value: Decimal
    currency: str
    UNIT_KEY: ClassVar[str] = "Currency"

    def __post_init__(self) -> None:
        _check_decimal(self.value)

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Self:
        """Read what ERP.net sends: `{"Value": "1.25", "Currency": "EUR"}`. Raises ValueError."""
        return cls(*_parts(content, cls.UNIT_KEY))

    def to_json(self) -> dict[str, str]:
        return {"Value": decimal_text(self.value), self.UNIT_KEY: self.currency}

    def __str__(self) -> str:
        return f"{self.value} {self.currency}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A Decimal and the code of its measurement unit, such as PCS. TypeError for any other number.

    Docs: https://docs.erp.net/dev/domain-api/complex-types/quantity.html
    """

    value: Decimal
    unit: str
    UNIT_KEY: ClassVar[str] = "Unit"

    def __post_init__(self) -> None:
        _check_decimal(self.value)

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Self:
        """Read what ERP.net sends: `{"Value": "1.250", "Unit": "PCS"}`. Raises ValueError."""
        return cls(*_parts(content, cls.UNIT_KEY))

    def to_json(self) -> dict[str, str]:
        return {"Value": decimal_text(self.value), self.UNIT_KEY: self.unit}

    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


def _check_decimal(value: object) -> None:
    if not isinstance(value, Decimal):
        raise TypeError(f"An amount or a quantity is a Decimal, such as Decimal('0.10'), not {value!r}.")


def _parts(content: Mapping[str, Any], key: str) -> tuple[Decimal, str]:
    try:
        value, unit = str(content["Value"]), content[key]
    except (KeyError, TypeError):
        value, unit = "", None
    if not _NUMBER.fullmatch(value) or not isinstance(unit, str | None):
        raise ValueError(f"Neither an amount nor a quantity: {content!r:.200}")
    return Decimal(value), unit or ""
