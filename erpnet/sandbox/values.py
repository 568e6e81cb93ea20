"""How values lie in a row: plain JSON, so that a row can be stored, compared and sent as it is.

| kind | in a row |
|---|---|
| guid, string, enum | text |
| date, datetime | UTC text with milliseconds, so that text order is time order |
| decimal, Amount, Quantity | a decimal as text; units and currencies follow from the references beside them |
| reference | its odata id, `Entity_Set(guid)` |
| MultilanguageString | an object with one text per language |
"""

import re
from datetime import UTC, date, datetime
from typing import Any

Row = dict[str, Any]

_ODATA_ID = re.compile(
    r"(?:https?://[^/]+/api/domain/odata/)?(\w+)\(([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\)"
)


def time_text(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def date_text(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"


def now_text() -> str:
    return time_text(datetime.now(UTC))


def odata_id(entity_set: str, key: str) -> str:
    return f"{entity_set}({key})"


def split_odata_id(text: str) -> tuple[str, str] | None:
    """`Entity_Set(guid)`, alone or behind the root of a service, as the set and the guid in lower case."""
    match = _ODATA_ID.fullmatch(text)
    return (match[1], match[2].lower()) if match else None


def key_of(text: str | None) -> str | None:
    """The guid of a reference, whatever set it names: a company is also a party."""
    return text[text.rindex("(") + 1 : -1] if text else None
