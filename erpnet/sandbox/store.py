"""The rows of the instance: read from memory, each change written to SQLite before anyone sees it."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from erpnet.sandbox.model import Entity, Model
from erpnet.sandbox.tables import Layer, Table
from erpnet.sandbox.values import Row, now_text, odata_id, split_odata_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS row (entity TEXT, id TEXT, data TEXT NOT NULL, PRIMARY KEY (entity, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

Place = tuple[str, str]  # the entity and the key of a row


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
        return [table for table in map(self.table, names) if len(table)]

    def find(self, entity: Entity, key: str) -> tuple[Entity, Row] | None:
        if row := self.table(entity.name).get(key):
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
        with self.transaction():
            self.file.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, value])

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything that is written to the file inside is kept together or not at all; an inner one joins an outer."""
        with self.lock:
            if self.file.in_transaction:
                yield self.file
                return
            with self.file:
                self.file.execute("BEGIN")
                yield self.file

    def write(self, puts: Iterable[tuple[str, Row]], removals: Iterable[Place] = ()) -> None:
        """Write rows to the file, then show them: all of them or none."""
        puts, removals = list(puts), list(removals)
        with self.transaction() as file:
            file.executemany("DELETE FROM row WHERE entity = ? AND id = ?", removals)
            file.executemany(
                "INSERT OR REPLACE INTO row VALUES (?, ?, ?)",
                ((name, row["Id"], json.dumps(row)) for name, row in puts),
            )
        for name, key in removals:
            self.table(name).remove(key)
        for name, row in puts:
            self.table(name).put(row)


class Work(Store):
    """Changes over a store, to read like the store itself; nobody else sees them before the commit.

    Works lie over one another: what a request does over a transaction's work becomes visible there, once it succeeded.
    """

    def __init__(self, below: Store) -> None:
        self.below = below
        self.model, self.lock, self.file = below.model, below.lock, below.file
        self.tables = {}
        self.expected: dict[Place, int] = {}  # the versions that aggregates must still have at the commit

    @property
    def is_final(self) -> bool:
        """Whether its commit reaches the file."""
        return not isinstance(self.below, Work)

    @property
    def touched(self) -> list[Place]:
        """What was changed, made or removed, in no order that means anything."""
        return [
            (name, key) for name, layer in self._layers() for key in (*layer.changed, *sorted(layer.removed))
        ]

    def table(self, name: str) -> Table:
        if name not in self.tables:
            self.tables[name] = Layer(self.below.table(name))
        return self.tables[name]

    def get(self, entity: Entity, key: str) -> Row | None:
        return self.table(entity.name).get(key)

    def stored(self, name: str, key: str) -> Row | None:
        """The row as it is without this work."""
        return self.below.table(name).get(key)

    def edit(self, entity: Entity, key: str) -> Row:
        """A row to change in place. Raises LookupError if there is none."""
        table = self.table(entity.name)
        row = table.get(key)
        if row is None:
            raise LookupError(f"There is no {odata_id(entity.entity_set, key)}.")
        if row is self.stored(entity.name, key):
            row = dict(row)
            table.put(row)
        return row

    def put(self, entity: Entity, row: Row) -> None:
        self.table(entity.name).put(row)

    def remove(self, entity: Entity, row: Row) -> None:
        self.table(entity.name).remove(row["Id"])

    def children(self, entity: Entity, parent_key: str) -> list[Row]:
        return self.table(entity.name).children(parent_key)

    def write(self, puts: Iterable[tuple[str, Row]], removals: Iterable[Place] = ()) -> None:
        """Take over what a work over this one has changed."""
        for name, key in removals:
            self.table(name).remove(key)
        for name, row in puts:
            self.table(name).put(row)

    def commit(self) -> None:
        """Hand on what really changed. On its way to the file each aggregate with a change in it gets a new version."""
        for name, layer in self._layers():
            for key in [key for key, row in layer.changed.items() if row == self.stored(name, key)]:
                del layer.changed[key]
        if self.is_final:
            self._move_versions()
        layers = self._layers()
        puts = [(name, row) for name, layer in layers for row in layer.changed.values()]
        self.below.write(puts, [(name, key) for name, layer in layers for key in layer.removed])
        if isinstance(self.below, Work):
            self.below.expected |= self.expected
        self.tables = {}

    def rebase(self) -> None:
        """Lay the changes over what others have changed meanwhile. Raises LookupError for a row that is gone."""
        for _, layer in self._layers():
            layer.rebase()

    def _layers(self) -> list[tuple[str, Layer]]:
        return [(name, table) for name, table in self.tables.items() if isinstance(table, Layer)]

    def _move_versions(self) -> None:
        now = now_text()
        for name, key in {self._root(*place) for place in self.touched}:
            if self.table(name).get(key) is None:
                continue
            root = self.edit(self.model[name], key)
            root["ObjectVersion"] = root.get("ObjectVersion", 0) + 1
            root["AggregateLastUpdateTimeUtc"] = now

    def _root(self, name: str, key: str) -> Place:
        """The aggregate that a row belongs or belonged to."""
        parent = self.table(name).parent
        row = self.table(name).get(key) or self.stored(name, key) or {}
        found = self.resolve(row.get(parent)) if parent else None
        return (found[0].name, found[1]["Id"]) if found else (name, key)


def reference_to(entity: Entity, row: Row) -> str:
    return odata_id(entity.entity_set, row["Id"])
