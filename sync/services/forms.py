"""What a shipment form says, free of HTTP and of the database."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Any

# What fits: ERP.net's own limits, and ours for what it has no field for.
HEADER_LIMITS = {"delivery_note_number": 20, "carrier": 64, "tracking_number": 64, "notes": 254}
HEADER_FIELDS = ("planned_delivery_date", *HEADER_LIMITS)

# What somebody types may be absurd, such as 1e999999999: here that becomes infinity or NaN, and raises nothing.
LENIENT = Context(prec=60, traps=[])


@dataclass(frozen=True, slots=True)
class ShipmentHeader:
    planned_delivery_date: date | None
    delivery_note_number: str = ""
    carrier: str = ""
    tracking_number: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class LineQuantity:
    """How much of one order line is in the shipment, in the unit of that line."""

    order_line_id: uuid.UUID
    quantity: Decimal


def fingerprint(header: ShipmentHeader, lines: Sequence[LineQuantity] | None) -> str:
    """The same for the same form: tells a second click from a form that was changed and sent again."""
    quantities = (
        None
        if lines is None
        else sorted((str(line.order_line_id), str(line.quantity.normalize(LENIENT))) for line in lines)
    )
    text = json.dumps([asdict(header), quantities], default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(shipment: Any) -> str:
    """The same as long as the shipment's header is: tells whether it changed since somebody opened a form."""
    return fingerprint(ShipmentHeader(**{name: getattr(shipment, name) for name in HEADER_FIELDS}), None)


def payload_of(shipment: Any) -> dict[str, Any]:
    """What an outbox entry keeps: the whole shipment as it shall stand in ERP.net, in JSON's types."""
    header = {name: getattr(shipment, name) for name in HEADER_FIELDS}
    header["planned_delivery_date"] = _text(shipment.planned_delivery_date)
    lines = [
        {
            "line_no": line.line_no,
            "order_line": _text(line.order_line_id),
            "product": _text(line.product_id),
            "quantity": f"{line.quantity:.3f}",
            "unit": line.unit,
        }
        for line in shipment.lines.order_by("line_no")
    ]
    return {"header": header, "lines": lines}


def _text(value: date | uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
