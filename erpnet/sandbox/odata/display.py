"""The text that stands for an object, and the search in it."""

import re
from typing import Protocol

from erpnet.sandbox.model import Entity
from erpnet.sandbox.values import Row

_FIELD = re.compile(r"\{([\w.]+)(?::\w+)?\}")


class Resolver(Protocol):
    """The store, or work in progress on it."""

    def resolve(self, reference: str | None) -> tuple[Entity, Row] | None: ...


def display_text(store: Resolver, entity: Entity, row: Row) -> str:
    """The entity's display format filled from the row, such as `{Party.PartyName:T}`."""
    return _FIELD.sub(lambda match: _shown(follow(store, row, match[1])), entity.display)


def search_text(store: Resolver, entity: Entity, row: Row) -> str:
    """What $search looks at: the search members and the display text, in all languages."""
    texts = [follow(store, row, member) for member in entity.search]
    words = [" ".join(text.values()) if isinstance(text, dict) else str(text or "") for text in texts]
    return "\n".join([*words, display_text(store, entity, row)]).lower()


def follow(store: Resolver, row: Row, path: str) -> object:
    """The value at the end of a dotted path over references; None where a link is missing."""
    *hops, last = path.split(".")
    for name in hops:
        found = store.resolve(row.get(name))
        if found is None:
            return None
        row = found[1]
    return row.get(last)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("EN") or next(iter(value.values()), ""))
    return "" if value is None else str(value)
