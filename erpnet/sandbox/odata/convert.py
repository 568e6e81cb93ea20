"""From the values of a request to those of a row, each checked against the model."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from erpnet.sandbox.model import Attribute
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.values import time_text

COMPLEX = {"Amount": {"Value", "Currency"}, "Quantity": {"Value", "Unit"}}
WHOLE_NUMBERS = range(-(2**31), 2**31)
CUSTOM_PROPERTY_VALUE = {"Value", "ValueId", "Description"}

_LANGUAGE = re.compile("[A-Za-z]{2}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def stored_value(attribute: Attribute, value: Any) -> Any:
    """Raises ODataError for a value of the wrong type, Refusal for one that breaks a rule of the attribute."""
    if value is None:
        if attribute.required:
            raise _missing(attribute)
        return None
    kind, convert = CONVERTERS.get(attribute.kind, (str, _unknown))
    if not isinstance(value, kind):
        raise _unfit(attribute, value)
    return convert(attribute, value)


def _unknown(attribute: Attribute, value: Any) -> Any:
    raise _unfit(attribute, value)


def _truth(attribute: Attribute, value: bool) -> bool:
    return value


def _whole_number(attribute: Attribute, value: int) -> int:
    if isinstance(value, bool) or value not in WHOLE_NUMBERS:
        raise _unfit(attribute, value)
    return value


def _member(attribute: Attribute, value: str) -> str:
    if value not in attribute.values:
        raise _unfit(attribute, value)
    return value


def _complex(attribute: Attribute, value: dict[str, Any]) -> str:
    """The value of one with a unit or a currency, which may be left out where it is known."""
    rest = {name: one for name, one in value.items() if name != "Value"}
    fits = not value.keys() - COMPLEX[attribute.kind] and "Value" in value
    if not fits or not all(one is None or isinstance(one, str) for one in rest.values()):
        raise _unfit(attribute, value)
    return _number(attribute, value["Value"])


def _number(attribute: Attribute, value: Any) -> str:
    """A decimal as text with all the places that the attribute has."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise _unfit(attribute, value)
    try:
        number = Decimal(value)
        if not number.is_finite():
            raise _unfit(attribute, value)
        kept = number.quantize(Decimal(1).scaleb(-attribute.scale))
    except InvalidOperation:
        raise _unfit(attribute, value) from None
    if kept != number or kept.adjusted() >= (attribute.precision or 38) - attribute.scale:
        raise Refusal(
            f"'{attribute.name}' has at most {attribute.precision} digits, {attribute.scale} of them decimals: "
            f"{value} has others.",
            parameters=[attribute.name, str(value)],
        )
    return str(kept)


def _guid(attribute: Attribute, value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise _unfit(attribute, value) from None


def _text(attribute: Attribute, value: str) -> str:
    return _short_enough(attribute, value)


def _texts(attribute: Attribute, value: dict[str, Any]) -> dict[str, str]:
    if not all(isinstance(text, str) and _LANGUAGE.fullmatch(language) for language, text in value.items()):
        raise _unfit(attribute, value)
    if attribute.required and not any(value.values()):
        raise _missing(attribute)
    return {language.upper(): _short_enough(attribute, text) for language, text in value.items()}


def _allowed(attribute: Attribute, value: dict[str, Any]) -> dict[str, object]:
    """What is kept for the short value of a stored attribute: an allowed one has a key and a description."""
    short = value.get("Value")
    if attribute.stored is None or not isinstance(short, str) or value.keys() - CUSTOM_PROPERTY_VALUE:
        raise _unfit(attribute, value)
    kept = attribute.stored.value(short)
    if kept is None:
        raise Refusal(f"'{short}' is not an allowed value of '{attribute.name}'.", parameters=[short])
    return kept


def _moment(attribute: Attribute, value: str) -> str:
    """A time with its zone, or a day."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None and not _DAY.fullmatch(value):
            raise _unfit(attribute, value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unfit(attribute, value) from None
    return time_text(datetime.combine(moment.date(), time(), UTC) if attribute.kind == "date" else moment)


def _short_enough(attribute: Attribute, text: str) -> str:
    if attribute.max_length and len(text) > attribute.max_length:
        raise Refusal(
            f"'{attribute.name}' is longer than {attribute.max_length} characters.",
            parameters=[attribute.name, str(attribute.max_length)],
        )
    return text


def _missing(attribute: Attribute) -> Refusal:
    return Refusal(f"The attribute '{attribute.name}' needs a value.", parameters=[attribute.name])


def _unfit(attribute: Attribute, value: Any) -> ODataError:
    return ODataError(
        f"The value '{value}' does not fit the property '{attribute.name}' of type {attribute.kind}."
    )


CONVERTERS: dict[str, tuple[type, Callable[[Attribute, Any], Any]]] = {
    "boolean": (bool, _truth),
    "int32": (int, _whole_number),
    "decimal": (object, _number),
    "Amount": (dict, _complex),
    "Quantity": (dict, _complex),
    "date": (str, _moment),
    "datetime": (str, _moment),
    "enum": (str, _member),
    "MultilanguageString": (dict, _texts),
    "CustomPropertyValue": (dict, _allowed),
    "guid": (str, _guid),
    "string": (str, _text),
}
