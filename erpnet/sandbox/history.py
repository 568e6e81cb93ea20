"""What became of each object since the instance runs: which values changed and when, not to what."""

import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass

from erpnet.sandbox.model import Entity
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row, key_of

OBJECTS_KEPT = 500
CHANGES_KEPT = 30
KEPT_BY_THE_SERVER = {"ObjectVersion", "AggregateLastUpdateTimeUtc"}


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is created, changed or deleted; `names` are the values that changed."""

    at: float
    entity_set: str
    what: str
    names: tuple[str, ...]


class History:
    """The last changes of the objects that changed last, each with what belongs to it."""

    def __init__(self) -> None:
        self._changes: OrderedDict[str, deque[Change]] = OrderedDict()

    def note(self, entity: Entity, parent: str | None, before: Row | None, after: Row | None) -> None:
        """Take down that a row becomes another (None: there is none); `parent` is what it belongs to."""
        row = after or before or {}
        names = _changed(before or {}, after or {})
        if not names:
            return
        root = (key_of(row.get(parent)) if parent else None) or row["Id"]
        what = "created" if before is None else "changed" if after else "deleted"
        changes = self._changes.setdefault(root, deque(maxlen=CHANGES_KEPT))
        changes.append(Change(time.time(), entity.entity_set, what, names if what == "changed" else ()))
        self._changes.move_to_end(root)
        if len(self._changes) > OBJECTS_KEPT:
            self._changes.popitem(last=False)

    def of(self, key: str) -> list[Change]:
        """The changes of the object with this key and of its lines, the oldest first."""
        return list(self._changes.get(key, ()))


class WatchedStore(Store):
    """A store whose history hears of all that is kept, once it has one: the data of a new instance is no news."""

    history: History | None = None

    def write(self, puts: Iterable[tuple[str, Row]], removals: Iterable[tuple[str, str]] = ()) -> None:
        puts, removals = list(puts), list(removals)
        after = {(name, row["Id"]): row for name, row in puts}
        before = {(name, key): self.table(name).get(key) for name, key in [*after, *removals]}
        super().write(puts, removals)
        if self.history:
            for (name, key), row in before.items():
                table = self.table(name)
                self.history.note(table.entity, table.parent, row, after.get((name, key)))


def _changed(before: Row, after: Row) -> tuple[str, ...]:
    names = set(before) | set(after)
    return tuple(sorted(name for name in names - KEPT_BY_THE_SERVER if before.get(name) != after.get(name)))
