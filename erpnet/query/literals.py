"""How values are written into a query. No value leaves its quotes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from erpnet.values import Referable, decimal_text, to_utc


def literal(value: Any) -> str:
    """Write a value as an OData literal by its type. Refuses naive date-times, floats and unknown types.

    Members of a Python enumeration stand for the ERP.net value that they hold as text.
    Raises TypeError for a type that has no literal, ValueError for a value that has none.
    Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/filter.html
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case Enum():
            return _member(value)
        case int():
            return int.__repr__(value)
        case UUID():
            return str(value)
        case Decimal():
            return decimal_text(value)
        case dt.date():
            return to_utc(value)
        case Referable():
            return _quoted(value.reference.odata_id)
        case _:
            raise TypeError(f"{type(value).__name__} has no literal in a Domain API query.")


def search_phrase(text: str) -> str:
    """A text to search for, as one phrase in double quotes: no word of it is an operator. Raises ValueError.

    ERP.net's own page shows the quotes and leaves the rest to OData, where a backslash keeps a quote inside.
    Docs: https://docs.erp.net/dev/domain-api/querying-data/query-options/search.html
    """
    if not text.strip():
        raise ValueError("There is nothing to search for.")
    escaped = _unicode(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _member(member: Enum) -> str:
    if not isinstance(member.value, str):
        raise TypeError(f"{member!r} has no literal: ERP.net's enumerations go by the names of their values.")
    return _quoted(member.value)


def _quoted(text: str) -> str:
    return "'" + _unicode(text).replace("'", "''") + "'"


def _unicode(text: str) -> str:
    """The text as a plain `str`. Raises ValueError for halves of characters."""
    plain = str.__str__(text)
    try:
        plain.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{plain!r} has half a character in it, which no address can carry.") from None
    return plain
