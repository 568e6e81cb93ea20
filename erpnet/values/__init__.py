"""ERP.net's own value types, and how every value is written into a JSON body."""

from erpnet.values.additional_data import AdditionalData
from erpnet.values.bodies import refuse_floats, to_json
from erpnet.values.custom_properties import (
    CUSTOM_PROPERTY,
    CustomPropertyValue,
    custom_property,
    custom_property_code,
)
from erpnet.values.measures import Amount, Quantity
from erpnet.values.references import Referable, Reference
from erpnet.values.texts import MultilanguageString
from erpnet.values.wire import decimal_text, from_utc, to_utc

__all__ = [
    "CUSTOM_PROPERTY",
    "AdditionalData",
    "Amount",
    "CustomPropertyValue",
    "MultilanguageString",
    "Quantity",
    "Referable",
    "Reference",
    "custom_property",
    "custom_property_code",
    "decimal_text",
    "from_utc",
    "refuse_floats",
    "to_json",
    "to_utc",
]
