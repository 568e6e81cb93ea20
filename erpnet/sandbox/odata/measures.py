"""Which attributes rows can be grouped by, and which can be summed.

The documents leave the list to the model, and the model data has none: here numbers are measures, and dimensions are
what is short enough to name a group.
Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html
"""

from erpnet.sandbox.model import Attribute, Property, Reference

MEASURES = {"int32", "decimal", "Amount", "Quantity"}
DIMENSIONS = {"boolean", "date", "datetime", "enum", "guid"}
LONGEST_DIMENSION = 254
TIMES = {"date", "datetime"}


def is_measure(found: Property) -> bool:
    return isinstance(found, Attribute) and found.category is None and found.kind in MEASURES


def is_dimension(found: Property) -> bool:
    if isinstance(found, Reference):
        return True
    return found.category is None and (found.kind in DIMENSIONS or _is_short_text(found))


def fits_interval(found: Property, function: str) -> bool:
    """Whether an attribute has what an interval takes from it: a date, or a text for `substring`."""
    if isinstance(found, Reference) or found.category is not None:
        return False
    return _is_short_text(found) if function == "substring" else found.kind in TIMES


def interval_of(function: str, value: str | None) -> str | None:
    """The key of the interval that a stored value lies in, as text."""
    if value is None:
        return None
    ends = {"year": 4, "yearmonth": 7, "date": 10, "substring": 1}
    return value[: ends[function]]


def _is_short_text(attribute: Attribute) -> bool:
    return attribute.kind == "string" and 0 < (attribute.max_length or 0) <= LONGEST_DIMENSION
