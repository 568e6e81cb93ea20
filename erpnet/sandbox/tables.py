"""The rows of an entity in the order of their keys: those that are kept, and changes that lie over them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from heapq import merge

from erpnet.sandbox.model import Entity
from erpnet.sandbox.values import Row, key_of


def changed_names(before: Row, after: Row) -> list[str]:
    """The names whose values differ; a missing value is none."""
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


class Table:
    """The rows of one entity in the order of their keys, and by the parent they belong to."""

    def __init__(self, entity: Entity, parent: str | None) -> None:
        self.entity = entity
        self.parent = parent
        self._rows: dict[str, Row] = {}
        self._keys: list[str] = []
        self._children: dict[str | None, list[str]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return (self._rows[key] for key in self._keys)

    def get(self, key: str) -> Row | None:
        return self._rows.get(key)

    def after(self, key: str) -> Iterator[Row]:
        """The rows whose keys follow this one."""
        return (self._rows[one] for one in self._keys[bisect_right(self._keys, key) :])

    def children(self, parent_key: str) -> list[Row]:
        return [self._rows[key] for key in self._children.get(parent_key, [])]

    def put(self, row: Row) -> None:
        self.remove(row["Id"])
        self._rows[row["Id"]] = row
        insort(self._keys, row["Id"])
        if self.parent:
            self._children.setdefault(key_of(row.get(self.parent)), []).append(row["Id"])

    def remove(self, key: str) -> None:
        row = self._rows.pop(key, None)
        if row is None:
            return
        del self._keys[bisect_left(self._keys, key)]
        if self.parent:
            self._children[key_of(row.get(self.parent))].remove(key)


class Layer(Table):
    """Changed, new and removed rows over another table, which stays as it is.

    `changed` rows may be changed in place, as nothing here hangs on what is in them. `origins` are the rows as they
    were below when they were first changed here; new rows have none.
    """

    def __init__(self, below: Table) -> None:
        super().__init__(below.entity, below.parent)
        self._below = below
        self.changed: dict[str, Row] = {}
        self.origins: dict[str, Row | None] = {}
        self.removed: set[str] = set()

    def __len__(self) -> int:
        new = sum(self._below.get(key) is None for key in self.changed)
        return len(self._below) - len(self.removed) + new

    def __iter__(self) -> Iterator[Row]:
        return self._over(iter(self._below), self.changed)

    def get(self, key: str) -> Row | None:
        if key in self.removed:
            return None
        return self.changed.get(key) or self._below.get(key)

    def after(self, key: str) -> Iterator[Row]:
        return self._over(self._below.after(key), [one for one in self.changed if one > key])

    def children(self, parent_key: str) -> list[Row]:
        rows = [row for row in self._below.children(parent_key) if row["Id"] not in self.removed]
        found = {row["Id"]: self.changed.get(row["Id"], row) for row in rows}
        found |= self.changed
        return [row for row in found.values() if self.parent and key_of(row.get(self.parent)) == parent_key]

    def put(self, row: Row) -> None:
        key = row["Id"]
        self.origins.setdefault(key, None if key in self.removed else self._below.get(key))
        self.changed[key] = row
        self.removed.discard(key)

    def remove(self, key: str) -> None:
        self.changed.pop(key, None)
        if self._below.get(key) is not None:
            self.removed.add(key)

    def rebase(self) -> None:
        """Lay the changes over what has changed below meanwhile. Raises LookupError for a row that is gone there."""
        for key, row in self.changed.items():
            before, now = self.origins.get(key), self._below.get(key)
            if before is None or now is before:
                continue
            if now is None:
                raise LookupError(key)
            self.changed[key] = now | {name: row.get(name) for name in changed_names(before, row)}

    def _over(self, below: Iterator[Row], changed: "dict[str, Row] | list[str]") -> Iterator[Row]:
        if not self.changed and not self.removed:
            return below
        rest = (row for row in below if row["Id"] not in self.changed and row["Id"] not in self.removed)
        own = (self.changed[key] for key in sorted(changed))
        return merge(rest, own, key=lambda row: row["Id"])
