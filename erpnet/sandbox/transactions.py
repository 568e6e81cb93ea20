"""The transactions that callers hold open: changes in memory that nobody else sees, dead after 25 minutes.

Docs: https://docs.erp.net/dev/domain-api/data-manipulation/transactions.html
"""

import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from erpnet.sandbox.licences import ApiSession
from erpnet.sandbox.store import Place, Store, Work
from erpnet.sandbox.tables import changed_names

LIFE_SECONDS = 25 * 60
WAIT_SECONDS = 120.0

Names = dict[str, None]  # an ordered set
Changes = dict[str, dict[Place, Names]]


@dataclass(slots=True, eq=False)
class Transaction:
    """`work` holds the changes. With `tracks` it remembers what changed since somebody last asked.

    `adjusted` is set once its changes of released documents went into adjustment documents.
    """

    session: ApiSession
    work: Work
    frontend: bool
    tracks: bool
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    begun: float = field(default_factory=time.time)
    adjusted: bool = False
    _changes: Changes = field(default_factory=dict)
    _news: threading.Condition = field(init=False)

    def __post_init__(self) -> None:
        self._news = threading.Condition(self.work.lock)

    @property
    def is_alive(self) -> bool:
        return time.time() - self.begun < LIFE_SECONDS

    def note(self, work: Work) -> None:
        """Remember what a request is about to change in this transaction."""
        if not self.tracks:
            return
        for place in work.touched:
            name, key = place
            self._note(place, work.stored(name, key), work.table(name).get(key))
        self._news.notify_all()

    def take_changes(self, wait: float = 0.0) -> Changes:
        """The names of what changed since the last call, by kind and row; waits for some if there are none."""
        self._news.wait_for(lambda: bool(self._changes), wait)
        changes, self._changes = self._changes, {}
        return changes

    def _note(self, place: Place, before: dict[str, object] | None, after: dict[str, object] | None) -> None:
        if after is None:
            is_new = self._changes.get("insert", {}).pop(place, None) is not None
            self._changes.get("update", {}).pop(place, None)
            names: Iterable[str] = ()
            kind = "" if is_new else "delete"
        elif before is None:
            names, kind = [name for name, value in after.items() if value is not None], "insert"
        else:
            names = changed_names(before, after)
            kind = "insert" if place in self._changes.get("insert", {}) else "update"
        if kind and (names or kind != "update"):
            self._changes.setdefault(kind, {}).setdefault(place, {}).update(dict.fromkeys(names))
        self._changes = {kind: places for kind, places in self._changes.items() if places}


class Transactions:
    """The open ones. Each belongs to the session that began it."""

    def __init__(self) -> None:
        self._open: dict[str, Transaction] = {}
        self.wait_seconds = WAIT_SECONDS

    def all(self) -> list[Transaction]:
        self._open = {key: one for key, one in self._open.items() if one.is_alive}
        return list(self._open.values())

    def of(self, session: ApiSession) -> list[Transaction]:
        return [one for one in self.all() if one.session is session]

    def begin(self, session: ApiSession, store: Store, *, frontend: bool, tracks: bool) -> Transaction:
        transaction = Transaction(session, Work(store), frontend, tracks)
        self._open[transaction.key] = transaction
        return transaction

    def find(self, key: str, session: ApiSession) -> Transaction | None:
        return next((one for one in self.of(session) if one.key == key), None)

    def end(self, transaction: Transaction) -> None:
        self._open.pop(transaction.key, None)
