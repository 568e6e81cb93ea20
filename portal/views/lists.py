"""What the lists have in common: a search, a choice of states, a mark where the page begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Tab:
    value: str
    label: Promise
    is_current: bool


@dataclass(frozen=True, slots=True)
class ListQuery:
    search: str
    state: str
    after: str

    @classmethod
    def of(cls, request: HttpRequest, states: Iterable[str] = ()) -> ListQuery:
        """A state that the list does not offer shows all of it."""
        wanted = request.GET.get("state", "")
        return cls(
            search=_clean(request.GET.get("search", "")),
            state=wanted if wanted in states else "",
            after=_clean(request.GET.get("after", "")),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.search or self.state)

    def criteria(self) -> dict[str, Any]:
        return {"search": self.search, "state": self.state, "after": self.after}

    def tabs(self, states: Mapping[str, Promise]) -> list[Tab]:
        return [Tab(value, label, value == self.state) for value, label in states.items()]


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL in a text."""
    return text.replace("\x00", "").strip()[:LONGEST_SEARCH]
