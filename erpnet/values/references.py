"""Links from one object to another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable
from uuid import UUID

_ODATA_ID = re.compile(r"(?:[^()]*/)?([A-Za-z][A-Za-z0-9_]*)\(([0-9a-fA-F-]{36})\)")


@dataclass(frozen=True, slots=True)
class Reference:
    """One object of an instance: its entity set and its id, written `Entity_Set(guid)`.

    It becomes part of addresses, so it holds nothing else: ValueError.
    """

    entity_set: str
    id: UUID

    def __post_init__(self) -> None:
        name = self.entity_set
        is_name = name.isascii() and name.isidentifier() and name[0] != "_"
        if not (is_name and isinstance(self.id, UUID)):
            raise ValueError(f"Not an object of ERP.net: {name!r} with the id {self.id!r}")

    @classmethod
    def parse(cls, odata_id: str) -> Self:
        """Read an `@odata.id`, with or without the address of the service before it. Raises ValueError."""
        match = _ODATA_ID.fullmatch(odata_id)
        if match is None:
            raise ValueError(f"Not an odata id: {odata_id!r}")
        return cls(match[1], UUID(match[2]))

    @property
    def reference(self) -> Reference:
        """Itself: a reference stands where an entity can."""
        return self

    @property
    def odata_id(self) -> str:
        return f"{self.entity_set}({self.id})"

    def to_json(self) -> dict[str, str]:
        return {"@odata.id": self.odata_id}

    def __str__(self) -> str:
        return self.odata_id


@runtime_checkable
class Referable(Protocol):
    """What can be referred to: a reference, or an entity."""

    @property
    def reference(self) -> Reference: ...
