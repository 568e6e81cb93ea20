"""Date-times and numbers as they travel."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal


def from_utc(text: str) -> dt.datetime:
    """Read a date-time of ERP.net: UTC, with or without its Z. Raises ValueError."""
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def to_utc(moment: dt.datetime | dt.date) -> str:
    """Write a date-time for ERP.net: UTC, milliseconds, Z. A date is its midnight; naive ones are refused."""
    if not isinstance(moment, dt.datetime):
        return f"{moment.isoformat()}T00:00:00Z"
    if moment.utcoffset() is None:
        raise ValueError("A date-time without a time zone cannot be sent to ERP.net.")
    try:
        utc = moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError(f"{moment} is outside of the years that can be sent to ERP.net.") from None
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decimal_text(value: Decimal) -> str:
    """Digits and a point, never an exponent. Refuses infinity and NaN."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a number that ERP.net knows.")
    return format(value, "f")
