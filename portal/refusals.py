"""Which field of a shipment ERP.net means when it refuses one: its words name attributes, and pages show fields."""

from __future__ import annotations

import re
from typing import Any

# Carrier and tracking number have no attribute of their own there.
_FIELDS = {
    "PlannedDeliveryDate": "planned_delivery_date",
    "ReferenceDocumentNo": "delivery_note_number",
    "Notes": "notes",
}
_NAMED = re.compile(rf"\b({'|'.join(_FIELDS)})\b")


def refused_field(delivery: Any) -> str:
    """The name of the one field that ERP.net's refusal of a delivery is about; empty where that is not said."""
    if delivery is None or delivery.state != "REJECTED":
        return ""
    named = {_FIELDS[name] for name in _NAMED.findall(delivery.message)}
    return named.pop() if len(named) == 1 else ""
