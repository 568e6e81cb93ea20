"""Doorbells: they tell the worker that a row waits. The row is the truth, so one that nobody hears costs time only.

Of the priorities of the `erpnet` queue a lower number goes first.
"""

from __future__ import annotations

import logging
import time
import uuid

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from accounts.doorbells import ring_on_commit

logger = logging.getLogger(__name__)

DELIVERY_PRIORITY = 0
PERSON_WAITS_PRIORITY = 3
RUN_PRIORITY = 6

# For so long one bell is enough for everybody who opens the same document.
BELL_RINGS_ON = 30
# So many a minute for the people of one partner, more than they read: somebody who opens all documents in a row must
# not keep ERP.net's one session from everything else.
MOST_BELLS = 30
LONG_RUN_PRIORITY = 9


def ring_deliver() -> None:
    """Entries of the outbox are due."""
    ring_on_commit("sync.deliver", priority=DELIVERY_PRIORITY)


def ring_look_up_person(user_id: uuid.UUID) -> None:
    """A person without a membership waits to be looked up in ERP.net."""
    ring_on_commit("sync.look_up_person", str(user_id), priority=PERSON_WAITS_PRIORITY)


def ring_refresh(kind: str, document_id: uuid.UUID, partner_id: uuid.UUID | None) -> None:
    """Somebody has opened a document of a partner whose copy is old. What nobody hears the next run brings: all bells
    while there is no Redis, and those of a partner beyond so many a minute.
    """
    rings_on = min(BELL_RINGS_ON, settings.REFRESH_AFTER_SECONDS)
    try:
        is_first = cache.add(f"refresh:{kind}:{document_id}", 1, rings_on) and _may_ring(partner_id)
    except RedisError as error:
        logger.warning("No fresh %s asked for: %s", kind, type(error).__name__)
        return
    if is_first:
        ring_on_commit("sync.refresh_document", kind, str(document_id), priority=PERSON_WAITS_PRIORITY)


def _may_ring(partner_id: uuid.UUID | None) -> bool:
    key = f"refreshes:{partner_id}:{int(time.time() // 60)}"
    return cache.add(key, 1, 120) or cache.incr(key) <= MOST_BELLS


def ring_send_alerts() -> None:
    """Mails of alerts are due."""
    ring_on_commit("sync.housekeeping.send_alerts")


def ring_run(run_id: uuid.UUID, *, priority: int = RUN_PRIORITY) -> None:
    """A run has a slice to do."""
    ring_on_commit("sync.run_slice", str(run_id), priority=priority)
