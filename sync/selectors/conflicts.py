"""What a partner wants of a shipment beside what ERP.net has by now, where somebody changed it there meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sync.models import OutboxEntry, Product, Shipment
from sync.selectors.shipments import is_locked
from sync.services.forms import HEADER_FIELDS

Value = date | str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of the header on its sides. `base` is what the partner started from, where that `is_known`."""

    name: str
    mine: Value
    theirs: Value
    base: Value
    is_known: bool

    @property
    def is_agreed(self) -> bool:
        return self.mine == self.theirs

    @property
    def changed_here(self) -> bool:
        return not self.is_known or self.mine != self.base

    @property
    def changed_there(self) -> bool:
        return not self.is_known or self.theirs != self.base

    @property
    def suggestion(self) -> str:
        """The side that changed the field, where only one did: "mine", "theirs" or none."""
        if self.is_agreed or self.changed_here == self.changed_there:
            return ""
        return "mine" if self.changed_here else "theirs"


@dataclass(frozen=True, slots=True)
class QuantityChange:
    """How much of a product was in the shipment and is by now in ERP.net, whose word on it stands."""

    product: Product | None
    before: Decimal | None
    after: Decimal | None
    unit: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """All fields of the header, and the quantities that changed in ERP.net. `version` is the one that this shows."""

    fields: list[Difference]
    quantities: list[QuantityChange]
    version: int | None


def conflict_of(shipment: Shipment, delivery: OutboxEntry | None) -> Conflict | None:
    """What is to be decided about a shipment, None where nothing is; `delivery` is its latest.

    Nothing is without ERP.net's side, which could not always be read.
    """
    if delivery is None or delivery.state != OutboxEntry.State.CONFLICT or delivery.theirs is None:
        return None
    if delivery.dropped_at is not None or is_locked(shipment):
        return None
    theirs, base = delivery.theirs, delivery.base
    fields = [_difference(name, delivery.payload, theirs, base) for name in HEADER_FIELDS]
    return Conflict(fields, _quantities(base, theirs), theirs.get("version"))


def _difference(
    name: str, mine: dict[str, Any], theirs: dict[str, Any], base: dict[str, Any] | None
) -> Difference:
    return Difference(name, _value(name, mine), _value(name, theirs), _value(name, base), base is not None)


def _value(name: str, side: dict[str, Any] | None) -> Value:
    text: str | None = side["header"][name] if side else None
    return date.fromisoformat(text) if text and name == "planned_delivery_date" else text


def _quantities(base: dict[str, Any] | None, theirs: dict[str, Any]) -> list[QuantityChange]:
    if base is None:
        return []
    before, after = _by_line(base["lines"]), _by_line(theirs["lines"])
    changed = [key for key in {**before, **after} if _quantity(before, key) != _quantity(after, key)]
    lines = {key: after.get(key) or before[key] for key in changed}
    products = (
        Product.objects.in_bulk([uuid.UUID(line["product"]) for line in lines.values()]) if lines else {}
    )
    return [
        QuantityChange(
            products.get(uuid.UUID(line["product"])),
            _quantity(before, key),
            _quantity(after, key),
            line["unit"],
        )
        for key, line in lines.items()
    ]


def _by_line(lines: Iterable[dict[str, Any]]) -> dict[tuple[str | None, str], dict[str, Any]]:
    return {(line["order_line"], line["product"]): line for line in lines}


def _quantity(lines: dict[Any, dict[str, Any]], key: Any) -> Decimal | None:
    return Decimal(lines[key]["quantity"]) if key in lines else None
