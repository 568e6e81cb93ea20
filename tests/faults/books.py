"""The rig's database: what stands in the outbox, and time that passes faster than the clock."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from erpnet.sandbox.demo.postgres import EmbeddedPostgres
from erpnet.sandbox.demo.processes import DATABASE

Found = TypeVar("Found")

WITHIN = 60.0

_ENTRY = "SELECT * FROM sync_outboxentry WHERE shipment_id = %s ORDER BY id DESC LIMIT 1"
_OPEN = "SELECT EXISTS (SELECT FROM sync_outboxentry WHERE state IN ('PENDING', 'SENDING', 'UNKNOWN'))"
_DONE = "SELECT count(*) FROM sync_outboxentry WHERE state = 'DONE' AND shipment_id = ANY(%s)"
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
_MAKE_DUE = """
    UPDATE sync_outboxentry SET next_attempt_at = now()
    WHERE state IN ('PENDING', 'UNKNOWN') AND next_attempt_at > now()
"""
_END_LEASES = (
    "UPDATE sync_outboxentry SET lease_until = now() WHERE state = 'SENDING' AND lease_until > now()"
)


def eventually(what: str, probe: Callable[[], Found], *, within: float = WITHIN) -> Found:
    """What `probe` answers, once that is true; a failure with `what` if it does not come true."""
    deadline = time.monotonic() + within
    while True:
        found = probe()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {within:.0f} s: {what}"
        time.sleep(0.05)


class Books:
    """Reads and writes as the database's owner does, who passes row-level security."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self._postgres = postgres

    def run(self, statement: str, *values: Any) -> None:
        with self._postgres.connect(DATABASE) as connection:
            connection.execute(statement.encode(), values)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with self._postgres.connect(DATABASE) as connection:
            return connection.cursor(row_factory=dict_row).execute(query.encode(), values).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        (row,) = self.rows(query, *values)
        (value,) = row.values()
        return value

    def now(self) -> datetime:
        """The time by the database's clock."""
        now: datetime = self.value("SELECT now()")
        return now

    @contextmanager
    def locked(self, table: str, key: uuid.UUID) -> Iterator[psycopg.Connection]:
        """Inside, whoever wants to change that row waits."""
        with self._postgres.connect(DATABASE) as connection, connection.transaction():
            connection.execute(f"SELECT FROM {table} WHERE id = %s FOR UPDATE".encode(), [key])
            yield connection

    def somebody_waits(self) -> bool:
        """Whether somebody wants to change a row that somebody else has locked."""
        return bool(self.value(_WAITING, DATABASE))

    # -- Deliveries ---------------------------------------------------------------------------------------------------

    def entry_of(self, shipment: uuid.UUID) -> dict[str, Any]:
        """The shipment's newest entry in the outbox."""
        (entry,) = self.rows(_ENTRY, shipment)
        return entry

    def state_of(self, shipment: uuid.UUID) -> str:
        return str(self.entry_of(shipment)["state"])

    def await_state(self, shipment: uuid.UUID, state: str, *, within: float = WITHIN) -> dict[str, Any]:
        """The newest entry, once it is in that state."""
        deadline = time.monotonic() + within
        while (entry := self.entry_of(shipment))["state"] != state:
            assert time.monotonic() < deadline, f"not {state} within {within:.0f} s: {entry}"
            time.sleep(0.05)
        return entry

    def done(self, shipments: list[uuid.UUID]) -> int:
        """How many of them are delivered."""
        return int(self.value(_DONE, shipments))

    def let_time_pass(self, *, leases: bool = False) -> None:
        """Make due what waits, as if its time had come; with `leases`, those of the dead run out."""
        self.run(_MAKE_DUE)
        if leases:
            self.run(_END_LEASES)

    def settle(self) -> None:
        """Wait until no delivery is open, without sitting out the waits between attempts."""

        def nothing_is_open() -> bool:
            self.let_time_pass()
            return not self.value(_OPEN)

        eventually("no delivery is open", nothing_is_open)
