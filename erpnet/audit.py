"""Keeping the audit trail: recorders that turn exchanges into ApiCall rows.

    trail = AuditTrail()
    api = DomainApi(application, recorder=trail)
    ...
    trail.flush()          # at the end of a slice or a delivery, outside of any transaction

A trail never writes while a transaction is open, for a roll-back would take the rows along: it keeps them
until the next exchange or `flush` outside of one. What cannot be written is kept and tried again, up to a
limit; what is lost beyond it is counted and logged. Nothing here raises: an audit row is not worth a failed
delivery.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence

from django.db import DataError, Error, connection, transaction

from erpnet.models import ApiCall
from erpnet.transport import Exchange

logger = logging.getLogger("erpnet.audit")


class AuditTrail:
    """A recorder for a worker: collects exchanges and writes them in batches, from the thread that made it.

    Rows are written by `flush`, and by an exchange that finds `batch` of them waiting or the last writing
    `seconds` ago. While the database takes none it is asked every `seconds`, and the oldest of more than `limit`
    rows are dropped; the log tells how many.
    """

    def __init__(self, *, batch: int = 100, seconds: float = 10.0, limit: int = 10_000) -> None:
        self._batch = batch
        self._seconds = seconds
        self._waiting: deque[Exchange] = deque(maxlen=limit)
        self._lock = threading.Lock()
        self._dropped = 0
        self._is_failing = False
        self._tried_at = time.monotonic()
        self._thread = threading.get_ident()

    def __call__(self, exchange: Exchange) -> None:
        with self._lock:
            self._keep([exchange])
        # A prefetching thread would open a database connection of its own, which nobody would close.
        if self._is_due() and threading.get_ident() == self._thread:
            self.flush()

    def flush(self) -> None:
        """Write what waits, unless a transaction is open."""
        if connection.in_atomic_block:
            return
        self._tried_at = time.monotonic()
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
        self._is_failing = bool(taken) and not _write(taken)
        with self._lock:
            if self._is_failing:
                later = list(self._waiting)
                self._waiting.clear()
                self._keep([*taken, *later])
            dropped, self._dropped = self._dropped, 0
        if dropped:
            logger.error("%d audit rows were dropped: the database has taken none for too long.", dropped)

    def _is_due(self) -> bool:
        is_full = len(self._waiting) >= self._batch and not self._is_failing
        return is_full or time.monotonic() - self._tried_at >= self._seconds

    def _keep(self, exchanges: Sequence[Exchange]) -> None:
        limit = self._waiting.maxlen or 0
        self._dropped += max(0, len(self._waiting) + len(exchanges) - limit)
        self._waiting.extend(exchanges)


def record(exchange: Exchange) -> None:
    """A recorder for the web tier: writes at once. Call ERP.net outside of transactions, as everywhere."""
    _write([exchange])


def forget_before(moment: dt.datetime) -> int:
    """Delete the rows older than `moment`; answers how many."""
    deleted, _ = ApiCall.objects.filter(at__lt=moment).delete()
    return deleted


def _write(exchanges: Sequence[Exchange]) -> bool:
    """Write all rows but those that the database can never take. False if it takes none now."""
    try:
        try:
            _insert(exchanges)
        except DataError:
            _insert_one_by_one(exchanges)
    except Error:
        logger.exception("Audit rows could not be written.")
        return False
    return True


def _insert(exchanges: Sequence[Exchange]) -> None:
    with transaction.atomic():
        ApiCall.objects.bulk_create(_row(exchange) for exchange in exchanges)


@transaction.atomic
def _insert_one_by_one(exchanges: Sequence[Exchange]) -> None:
    for exchange in exchanges:
        try:
            _insert([exchange])
        except DataError:
            logger.exception("An audit row could not be written, and is left out.")


def _row(exchange: Exchange) -> ApiCall:
    return ApiCall(
        at=exchange.at,
        kind=exchange.kind,
        method=exchange.method,
        path=exchange.path[:300],
        status=exchange.status,
        milliseconds=round(exchange.seconds * 1000),
        bytes=exchange.bytes,
        correlation_id=exchange.correlation_id[:36],
        error=exchange.error[:300],
    )
