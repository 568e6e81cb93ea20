"""The rows of the instance: read from memory, each change written to SQLite before anyone sees it."""

import json
import sqlite3
import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from pathlib import Path

from erpnet.sandbox.model import Entity, Model
from erpnet.sandbox.values import Row, key_of, now_text, odata_id, split_odata_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS row (entity TEXT, id TEXT, data TEXT NOT NULL, PRIMARY KEY (entity, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


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
        start = bisect_left(self._keys, key)
        start += start < len(self._keys) and self._keys[start] == key
        return (self._rows[one] for one in self._keys[start:])

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


class Store:
    """All tables, and the file that keeps them. Hold `lock` while reading or writing."""

    def __init__(self, model: Model, path: Path | None = None) -> None:
        self.model = model
        self.lock = threading.RLock()
        self.tables: dict[str, Table] = {}
        self.file = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self.file.execute("PRAGMA journal_mode = WAL")
        self.file.executescript(SCHEMA)
        for name, data in self.file.execute("SELECT entity, data FROM row ORDER BY id"):
            self.table(name).put(json.loads(data))

    def close(self) -> None:
        self.file.close()

    def table(self, name: str) -> Table:
        if name not in self.tables:
            entity = self.model[name]
            parent = self.model.get(entity.root)
            back = entity.reference_to(parent) if parent and parent is not entity else None
            self.tables[name] = Table(entity, back.name if back else None)
        return self.tables[name]

    def concrete(self, entity: Entity) -> list[Table]:
        """The tables that hold an entity's rows: its own, or those of its heirs for a base like `Parties`."""
        names = [entity.name, *(heir.name for heir in self.model.heirs(entity))]
        return [self.tables[name] for name in names if name in self.tables]

    def find(self, entity: Entity, key: str) -> tuple[Entity, Row] | None:
        table = self.tables.get(entity.name)
        if table and (row := table.get(key)):
            return entity, row
        for heir in self.model.heirs(entity):
            if found := self.find(heir, key):
                return found
        return None

    def resolve(self, reference: str | None) -> tuple[Entity, Row] | None:
        """What an odata id leads to."""
        parts = split_odata_id(reference) if reference else None
        entity = self.model.of_set(parts[0]) if parts else None
        return self.find(entity, parts[1]) if entity and parts else None

    def root_of(self, entity: Entity, row: Row) -> tuple[Entity, Row]:
        """The aggregate root that carries the version of this row."""
        table = self.table(entity.name)
        found = self.resolve(row.get(table.parent)) if table.parent else None
        return found or (entity, row)

    def setting(self, name: str) -> str | None:
        found = self.file.execute("SELECT value FROM setting WHERE name = ?", [name]).fetchone()
        return found[0] if found else None

    def keep_setting(self, name: str, value: str) -> None:
        with self.file:
            self.file.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, value])

    def write(self, puts: Iterable[tuple[str, Row]], removals: Iterable[tuple[str, str]] = ()) -> None:
        """Write rows to the file, then show them: all of them or none."""
        puts, removals = list(puts), list(removals)
        with self.lock:
            with self.file:
                self.file.executemany("DELETE FROM row WHERE entity = ? AND id = ?", removals)
                self.file.executemany(
                    "INSERT OR REPLACE INTO row VALUES (?, ?, ?)",
                    ((name, row["Id"], json.dumps(row)) for name, row in puts),
                )
            for name, key in removals:
                self.table(name).remove(key)
            for name, row in puts:
                self.table(name).put(row)


class Work:
    """Changes that become visible together, with the aggregates they touch moved to a new version."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._puts: dict[tuple[str, str], Row] = {}
        self._removals: set[tuple[str, str]] = set()

    def get(self, entity: Entity, key: str) -> Row | None:
        if (entity.name, key) in self._removals:
            return None
        return self._puts.get((entity.name, key)) or self.store.table(entity.name).get(key)

    def resolve(self, reference: str | None) -> tuple[Entity, Row] | None:
        """What an odata id leads to, as it will stand."""
        found = self.store.resolve(reference)
        if found:
            entity, row = found
            return entity, self._puts.get((entity.name, row["Id"]), row)
        parts = split_odata_id(reference) if reference else None
        new = self.store.model.of_set(parts[0]) if parts else None
        pending = self._puts.get((new.name, parts[1])) if new and parts else None
        return (new, pending) if new and pending else None

    def edit(self, entity: Entity, key: str) -> Row:
        """A row to change in place; nobody sees the change before the commit."""
        row = self._puts.get((entity.name, key))
        if row is None:
            row = dict(self.store.table(entity.name).get(key) or {})
            self.put(entity, row)
        return row

    def put(self, entity: Entity, row: Row) -> None:
        self._puts[entity.name, row["Id"]] = row

    def remove(self, entity: Entity, row: Row) -> None:
        self._puts.pop((entity.name, row["Id"]), None)
        self._removals.add((entity.name, row["Id"]))

    def children(self, entity: Entity, parent_key: str) -> list[Row]:
        """The rows of a child entity under a parent, as they will stand."""
        table = self.store.table(entity.name)
        rows = {row["Id"]: row for row in table.children(parent_key)}
        for (name, key), row in self._puts.items():
            if name == entity.name and table.parent and key_of(row.get(table.parent)) == parent_key:
                rows[key] = row
        return [row for key, row in rows.items() if (entity.name, key) not in self._removals]

    def commit(self) -> None:
        """Write what really changed; an aggregate with a change in it gets a new version."""
        self._puts = {
            (name, key): row for (name, key), row in self._puts.items() if row != self.stored(name, key)
        }
        now = now_text()
        for entity, key in self._touched_roots():
            root = self.edit(entity, key)
            root["ObjectVersion"] = root.get("ObjectVersion", 0) + 1
            root["AggregateLastUpdateTimeUtc"] = now
        self.store.write(((name, row) for (name, _), row in self._puts.items()), self._removals)

    def stored(self, name: str, key: str) -> Row | None:
        """The row as it was before this work."""
        return self.store.table(name).get(key)

    def _touched_roots(self) -> set[tuple[Entity, str]]:
        roots = set()
        for name, key in {*self._puts, *self._removals}:
            table = self.store.table(name)
            row = self._puts.get((name, key)) or table.get(key) or {}
            parent = split_odata_id(row[table.parent]) if table.parent and row.get(table.parent) else None
            entity = self.store.model.of_set(parent[0]) if parent else table.entity
            root_key = parent[1] if parent else key
            if entity and (entity.name, root_key) not in self._removals:
                roots.add((entity, root_key))
        return roots


def reference_to(entity: Entity, row: Row) -> str:
    return odata_id(entity.entity_set, row["Id"])
