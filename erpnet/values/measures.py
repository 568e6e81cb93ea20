"""Numbers that come with what they are counted in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from erpnet.values.wire import decimal_text


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
