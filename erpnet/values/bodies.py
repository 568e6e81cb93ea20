"""How values are written into a JSON body."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from erpnet.values.additional_data import AdditionalData
from erpnet.values.custom_properties import CustomPropertyValue
from erpnet.values.measures import Amount, Quantity
from erpnet.values.references import Referable
from erpnet.values.wire import decimal_text, to_utc


def refuse_floats(data: Any) -> None:
    """Raise TypeError for a float anywhere in a body, for `orjson` writes floats by itself and NaN as null."""
    match data:
        case float():
            raise TypeError(f"A float is not exact, so {data!r} is not sent to ERP.net: write a Decimal.")
        case Mapping():
            for value in data.values():
                refuse_floats(value)
        case list() | tuple():
            for value in data:
                refuse_floats(value)


def to_json(value: Any) -> Any:
    """For `orjson`: how the values it does not know are written. Numbers with decimals travel as strings."""
    match value:
        case Amount() | Quantity() | CustomPropertyValue() | AdditionalData():
            return value.to_json()
        case Decimal():
            return decimal_text(value)
        case dt.date():
            return to_utc(value)
        case Referable():
            return value.reference.to_json()
        case _:
            raise TypeError(f"{type(value).__name__} cannot be sent to ERP.net.")
