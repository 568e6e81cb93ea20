"""Doorbells: they tell a worker that a row waits. The row is the truth, so one that nobody hears costs time only."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def ring_send_invitations() -> None:
    """Mails of invitations are due."""
    ring_on_commit("accounts.send_invitations")


def ring_on_commit(task: str, *args: Any, priority: int | None = None) -> None:
    """Ring once what the worker is to see can be seen."""
    transaction.on_commit(partial(_ring, task, args, priority))


def _ring(task: str, args: tuple[Any, ...], priority: int | None) -> None:
    try:
        current_app.send_task(task, args=args, priority=priority)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning(
            "Doorbell %s not heard, the sweep will find what it was for: %s", task, type(error).__name__
        )
