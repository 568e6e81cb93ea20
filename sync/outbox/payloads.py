"""What an entry says, read once before anything is sent: what cannot be read would fail each time that it is tried."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from erpnet import Quantity
from sync.services.forms import HEADER_LIMITS

# What reading a payload can raise where it is not one.
FAULTS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


class PayloadUnreadable(Exception):
    """No request can be made of what an entry says."""


def check_readable(payload: Any) -> None:
    """Raises PayloadUnreadable for anything but what `sync.services.forms.payload_of` makes."""
    try:
        _read(payload)
    except FAULTS as fault:
        text = _("This delivery cannot be read, so it is not sent. Correct it, or drop it.")
        raise PayloadUnreadable(text) from fault


def _read(payload: Any) -> None:
    header = payload["header"]
    date.fromisoformat(header["planned_delivery_date"])
    texts = [header[name] for name in HEADER_LIMITS]
    for line in payload["lines"]:
        Quantity(Decimal(line["quantity"]), line["unit"])
        texts.append(line["unit"])
        uuid.UUID(line["product"])
        if line["order_line"] is not None:
            uuid.UUID(line["order_line"])
        if not isinstance(line["line_no"], int):
            raise TypeError("A line has no number.")
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("What should be a text is none.")
