"""Doorbells: they tell the worker that a row waits. The row is the truth, so one that nobody hears costs time only.

Of the priorities of the `erpnet` queue a lower number goes first.
"""

from __future__ import annotations

import logging
import uuid
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

DELIVERY_PRIORITY = 0
PERSON_WAITS_PRIORITY = 3
RUN_PRIORITY = 6


def ring_deliver() -> None:
    """Entries of the outbox are due."""
    _ring_on_commit("sync.deliver", [], DELIVERY_PRIORITY)


def ring_look_up_person(user_id: uuid.UUID) -> None:
    """A person without a membership waits to be looked up in ERP.net."""
    _ring_on_commit("sync.look_up_person", [str(user_id)], PERSON_WAITS_PRIORITY)


def ring_run(run_id: uuid.UUID) -> None:
    """A run has a slice to do."""
    _ring_on_commit("sync.run_slice", [str(run_id)], RUN_PRIORITY)


def _ring_on_commit(task: str, args: list[Any], priority: int) -> None:
    transaction.on_commit(partial(_ring, task, args, priority))


def _ring(task: str, args: list[Any], priority: int) -> None:
    try:
        current_app.send_task(task, args=args, priority=priority)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning(
            "Doorbell %s not heard, the sweep will find what it was for: %s", task, type(error).__name__
        )
