"""Custom properties: the attributes that an instance's owner has added to ERP.net's own ("stored attributes")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from erpnet.values.texts import MultilanguageString

CUSTOM_PROPERTY = "CustomProperty_"

_ESCAPED = re.compile("_u([0-9A-F]{4})")


@dataclass(frozen=True, slots=True)
class CustomPropertyValue:
    """The short value, and, where the instance lists allowed values, the id and the description of the chosen one.

    Docs: https://docs.erp.net/dev/domain-api/complex-types/custom-property-value.html
    """

    value: str
    value_id: UUID | None = None
    description: MultilanguageString | None = None

    @classmethod
    def parse(cls, content: Mapping[str, Any]) -> Self:
        """Read what ERP.net sends: `{"Value": "blue", "ValueId": …, "Description": {"EN": …}}`. Raises ValueError."""
        match content:
            case {"Value": str(value)}:
                key, words = content.get("ValueId"), content.get("Description")
                if _is_key(key) and isinstance(words, dict | None):
                    description = None if words is None else MultilanguageString(words)
                    return cls(value, UUID(key) if key else None, description)
        raise ValueError(f"Not the value of a custom property: {content!r}")

    def to_json(self) -> dict[str, Any]:
        """Without what it does not have: `{"Value": "blue"}`."""
        known = {"Value": self.value, "ValueId": self.value_id, "Description": self.description}
        return {name: value for name, value in known.items() if value is not None}

    def __str__(self) -> str:
        return self.value


def custom_property(code: str) -> str:
    """The name of a custom property in the Domain API: `size (cm)` is `CustomProperty_size_u0020_u0028cm_u0029`.

    ERP.net does not read back every code that it escapes: not one with a character of three or more bytes in UTF-8
    (such as the euro sign), nor one that itself has `_u` before four digits. Give such a property another code.
    Raises ValueError for an empty code and for text that is not valid Unicode.
    Docs: https://docs.erp.net/dev/domain-api/common-tasks/stored-attributes.html
    """
    if not code:
        raise ValueError("A custom property has a code.")
    try:
        return CUSTOM_PROPERTY + "".join(map(_escape, code))
    except UnicodeEncodeError:
        raise ValueError(f"{code!r} has half a character in it, which no code can have.") from None


def custom_property_code(name: str) -> str:
    """The code of a custom property by its name in the Domain API, as ERP.net itself reads it.

    Escapes of more than four digits stay as they are. Raises ValueError for a name that is none.
    Docs: https://docs.erp.net/dev/domain-api/common-tasks/stored-attributes.html
    """
    code = name.removeprefix(CUSTOM_PROPERTY)
    if code == name or not re.fullmatch("[A-Za-z0-9_]+", code):
        raise ValueError(f"Not the name of a custom property: {name!r}")
    return _ESCAPED.sub(_unescape, code)


def _is_key(key: object) -> bool:
    try:
        return key is None or (isinstance(key, str) and bool(UUID(key)))
    except ValueError:
        return False


def _escape(character: str) -> str:
    if character == "_" or (character.isascii() and character.isalnum()):
        return character
    return f"_u{character.encode().hex().upper():0>4}"


def _unescape(match: re.Match[str]) -> str:
    """A character of one byte, after a 00, or of two; whatever else stands there is no whole escape."""
    try:
        text = bytes.fromhex(match[1].removeprefix("00")).decode()
    except UnicodeDecodeError:
        return match[0]
    return text if len(text) == 1 else match[0]
