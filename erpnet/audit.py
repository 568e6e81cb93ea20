"""Keeping the audit trail: recorders that turn exchanges into ApiCall rows.

    trail = AuditTrail()
    api = DomainApi(application, recorder=trail)
    ...
    trail.flush()          # at the end of a slice or a delivery, outside of any transaction

A trail never writes while a transaction is open, for a roll-back would take the rows along: it keeps them
until the next exchange or `flush` outside of one. What cannot be written is kept and tried again, up to a
limit. Nothing here raises: an audit row is not worth a failed delivery.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable

from django.db import Error, connection, transaction

from erpnet.models import ApiCall
from erpnet.transport import Exchange

logger = logging.getLogger("erpnet.audit")


class AuditTrail:
    """A recorder for a worker: collects exchanges and writes them in batches, from the thread that made it.

    Rows are written by `flush`, and by an exchange that finds `batch` of them waiting or the last writing
    `seconds` ago. The oldest are dropped, with a log line, once `limit` wait because the database takes none.
    """

    def __init__(self, *, batch: int = 100, seconds: float = 10.0, limit: int = 10_000) -> None:
        self._batch = batch
        self._seconds = seconds
        self._limit = limit
        self._waiting: deque[Exchange] = deque()
        self._written_at = time.monotonic()
        self._thread = threading.get_ident()

    def __call__(self, exchange: Exchange) -> None:
        self._waiting.append(exchange)
        if len(self._waiting) > self._limit:
            self._waiting.popleft()
            logger.warning("An audit row was dropped: the database has taken none for too long.")
        due = len(self._waiting) >= self._batch or time.monotonic() - self._written_at >= self._seconds
        # A prefetching thread would open a database connection of its own, which nobody would close.
        if due and threading.get_ident() == self._thread:
            self.flush()

    def flush(self) -> None:
        """Write what waits, unless a transaction is open."""
        if connection.in_atomic_block:
            return
        self._written_at = time.monotonic()
        exchanges = list(self._waiting)
        if exchanges and _write(exchanges):
            for _ in exchanges:
                self._waiting.popleft()


def record(exchange: Exchange) -> None:
    """A recorder for the web tier: writes at once. Call ERP.net outside of transactions, as everywhere."""
    _write([exchange])


def forget_before(moment: dt.datetime) -> int:
    """Delete the rows older than `moment`; answers how many."""
    deleted, _ = ApiCall.objects.filter(at__lt=moment).delete()
    return deleted


def _write(exchanges: Iterable[Exchange]) -> bool:
    try:
        with transaction.atomic():
            ApiCall.objects.bulk_create(_row(exchange) for exchange in exchanges)
    except Error:
        logger.exception("Audit rows could not be written.")
        return False
    return True


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
