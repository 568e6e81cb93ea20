"""The watchman: a thread of the worker `default` that keeps the watch also while the beat or the broker is gone."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery import bootsteps
from django.db import connection

from sync.services.watch import keep_watch

logger = logging.getLogger(__name__)

LOOK_EVERY = 60.0
QUEUE = "default"


class Watchman(bootsteps.StartStopStep):
    """Started in the worker's parent process, which the hanging task of a child does not hold up."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._stopping = threading.Event()

    def include_if(self, parent: Any) -> bool:
        """One watchman is enough: two would tell the same."""
        return QUEUE in parent.app.amqp.queues.consume_from

    def start(self, parent: Any) -> None:
        threading.Thread(target=self._watch, name="watchman", daemon=True).start()

    def stop(self, parent: Any) -> None:
        self._stopping.set()

    terminate = stop

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY):
            look()


def look() -> None:
    """One look, with a connection of its own. Whatever prevents it is logged: the next look may be luckier."""
    try:
        keep_watch()
    except Exception:
        logger.exception("The watchman could not look.")
    finally:
        connection.close()
