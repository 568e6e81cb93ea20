"""From the values of a request to those of a row, each checked against the model."""

from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from erpnet.sandbox.model import Attribute
from erpnet.sandbox.odata.errors import ODataError, Refusal
from erpnet.sandbox.values import time_text

PLAIN: dict[str, type] = {"boolean": bool, "int32": int}
CUSTOM_PROPERTY_VALUE = {"Value", "ValueId", "Description"}


def stored_value(attribute: Attribute, value: Any) -> Any:
    """Raises ODataError for a value of the wrong type, Refusal for one that breaks a rule of the attribute."""
    if value is None:
        if attribute.required:
            raise Refusal(f"The attribute '{attribute.name}' needs a value.", parameters=[attribute.name])
        return None
    match attribute.kind:
        case "boolean" | "int32" if type(value) is PLAIN[attribute.kind]:
            return value
        case "decimal" | "Amount" | "Quantity":
            return _number(
                attribute, value["Value"] if isinstance(value, dict) and "Value" in value else value
            )
        case "date" | "datetime" if isinstance(value, str):
            return _moment(attribute, value)
        case "enum" if value in attribute.values:
            return value
        case "MultilanguageString" if isinstance(value, dict):
            return _texts(attribute, value)
        case "CustomPropertyValue" if isinstance(value, dict):
            return _allowed(attribute, value)
        case "string" | "guid" if isinstance(value, str):
            return _short_enough(attribute, value.lower() if attribute.kind == "guid" else value)
    raise _unfit(attribute, value)


def _number(attribute: Attribute, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise _unfit(attribute, value)
    try:
        number = Decimal(value)
        return str(number.quantize(Decimal(1).scaleb(-attribute.scale), ROUND_HALF_UP))
    except InvalidOperation:
        raise _unfit(attribute, value) from None


def _texts(attribute: Attribute, value: dict[str, Any]) -> dict[str, str]:
    if not all(isinstance(text, str) for text in value.values()):
        raise _unfit(attribute, value)
    return {language: _short_enough(attribute, text) for language, text in value.items()}


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
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _unfit(attribute, value) from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return time_text(datetime.combine(moment.date(), time(), UTC) if attribute.kind == "date" else moment)


def _short_enough(attribute: Attribute, text: str) -> str:
    if attribute.max_length and len(text) > attribute.max_length:
        raise Refusal(
            f"'{attribute.name}' is longer than {attribute.max_length} characters.",
            parameters=[attribute.name, str(attribute.max_length)],
        )
    return text


def _unfit(attribute: Attribute, value: Any) -> ODataError:
    return ODataError(
        f"The value '{value}' does not fit the property '{attribute.name}' of type {attribute.kind}."
    )
