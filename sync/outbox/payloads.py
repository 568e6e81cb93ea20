"""What an entry says, read once before anything is sent: what cannot be read would fail each time that it is tried."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from erpnet import Quantity
from sync.services.forms import HEADER_LIMITS


class PayloadUnreadable(Exception):
    """No request can be made of what an entry says."""


def check_readable(payload: Any) -> None:
    """Raises PayloadUnreadable for anything but what `sync.services.forms.payload_of` makes."""
    try:
        _read(payload)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as fault:
        text = _("This delivery cannot be read, so it is not sent. Correct it, or drop it.")
        raise PayloadUnreadable(text) from fault


def _read(payload: Any) -> None:
    header = payload["header"]
    date.fromisoformat(header["planned_delivery_date"])
    texts = [header[name] for name in HEADER_LIMITS]
    for line in payload["lines"]:
        Quantity(Decimal(line["quantity"]), line["unit"])
        ids = [line["product"], *filter(None, [line["order_line"]])]
        texts += [line["unit"], *(str(uuid.UUID(text)) for text in ids)]
        if not isinstance(line["line_no"], int):
            raise TypeError("A line has no number.")
    # Raises TypeError for what is no text.
    "".join(texts)
