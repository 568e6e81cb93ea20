"""Doorbells: they tell the worker that a row waits. The row is the truth, so one that nobody hears costs time only.

Of the priorities of the `erpnet` queue a lower number goes first.
"""

from __future__ import annotations

import logging
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
LONG_RUN_PRIORITY = 9


def ring_deliver() -> None:
    """Entries of the outbox are due."""
    ring_on_commit("sync.deliver", priority=DELIVERY_PRIORITY)


def ring_look_up_person(user_id: uuid.UUID) -> None:
    """A person without a membership waits to be looked up in ERP.net."""
    ring_on_commit("sync.look_up_person", str(user_id), priority=PERSON_WAITS_PRIORITY)


def ring_refresh(kind: str, document_id: uuid.UUID) -> None:
    """Somebody has opened a document whose copy is old. Without Redis nobody hears: the next run brings it."""
    try:
        is_first = cache.add(
            f"refresh:{kind}:{document_id}", 1, min(BELL_RINGS_ON, settings.REFRESH_AFTER_SECONDS)
        )
    except RedisError as error:
        logger.warning("No fresh %s asked for: %s", kind, type(error).__name__)
        return
    if is_first:
        ring_on_commit("sync.refresh_document", kind, str(document_id), priority=PERSON_WAITS_PRIORITY)


def ring_send_alerts() -> None:
    """Mails of alerts are due."""
    ring_on_commit("sync.housekeeping.send_alerts")


def ring_run(run_id: uuid.UUID, *, priority: int = RUN_PRIORITY) -> None:
    """A run has a slice to do."""
    ring_on_commit("sync.run_slice", str(run_id), priority=priority)
