"""What the service says of itself: its version, and the names that entity sets had before.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/handling-renames.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from erpnet.exceptions import MalformedAnswer

_COLUMNS = ("OldName", "NewName", "Version")


@dataclass(frozen=True, slots=True)
class Rename:
    """`version` is the first of ERP.net that knows the entity set by its new name alone."""

    old_name: str
    new_name: str
    version: str


def version_from(content: Mapping[str, Any]) -> str:
    """The answer of GetVersion. Raises MalformedAnswer."""
    version = content.get("version")
    if not isinstance(version, str) or not version:
        raise MalformedAnswer("ERP.net answered the question for its version without one.")
    return version


def renames_from(content: Mapping[str, Any]) -> list[Rename]:
    """The answer of GetRenamedEntityTypes. Raises MalformedAnswer."""
    try:
        return [Rename(*(_text(row, key) for key in _COLUMNS)) for row in content["value"]]
    except (TypeError, KeyError):
        raise MalformedAnswer(
            "ERP.net answered the question for renamed entities with no list of them."
        ) from None


def current_name(entity_set: str, renames: Iterable[Rename]) -> str:
    """The name that an entity set has now, through all the renames in the order in which ERP.net lists them."""
    for rename in renames:
        if rename.old_name == entity_set:
            entity_set = rename.new_name
    return entity_set


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value
