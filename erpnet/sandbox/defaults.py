"""The values that ERP.net puts into a new row where nobody gave any."""

from datetime import UTC, datetime

from erpnet.sandbox.model import Attribute, Entity
from erpnet.sandbox.values import Row, date_text, time_text


def default_value(attribute: Attribute, now: datetime) -> object:
    """The attribute's default of the model, or None where it has none."""
    default = attribute.default
    if default is None or attribute.name == "Id":
        return None
    match attribute.kind:
        case "boolean":
            return default == "True"
        case "int32":
            return int(default)
        case "decimal" | "Amount" | "Quantity":
            return "0" if default == "Constant" else default
        case "date" | "datetime":
            return date_text(now.astimezone(UTC).date()) if default == "CurrentDate" else time_text(now)
    return default


def fill_defaults(entity: Entity, row: Row, now: datetime) -> None:
    for attribute in entity.attributes.values():
        if attribute.name not in row and (value := default_value(attribute, now)) is not None:
            row[attribute.name] = value
