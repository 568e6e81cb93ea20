"""Web hooks of ERP.net: they only ask a stream to pull soon, and the sweep starts the run.

A hook carries no data that anybody would trust. One that is lost costs the time until the stream's own rhythm.
"""

from __future__ import annotations

import time

from django.core.cache import cache

from sync.models import Run
from sync.services.runs import start_run
from sync.streams.table import STREAMS

# ERP.net may call while the transaction that it tells of is still open.
# Docs: docs.erp.net/tech, user business rules, action type WEBHOOK.
SETTLES_AFTER = 5.0
ASKED_FOR = 60 * 60

_KEY = "web-hook:"


def ask_to_pull(stream: str) -> bool:
    """Remember that a stream was asked for. Answers whether that is one which a hook may ask for.

    Not the snapshot: it reads everything, and is made for the night. However often hooks come, a run of what was
    asked for begins no sooner than the next sweep. Raises RedisError where it cannot be remembered.
    """
    if stream not in _hooked():
        return False
    cache.add(_KEY + stream, time.time(), timeout=ASKED_FOR)
    return True


def start_asked_runs() -> None:
    """Start a run of every stream that a hook has asked for. What is being run is asked again when it has ended."""
    for key, asked_at in cache.get_many([_KEY + name for name in _hooked()]).items():
        stream = key.removeprefix(_KEY)
        begun = Run.objects.filter(stream=stream, state__in=Run.OPEN, turn__gt=0)
        if time.time() - asked_at >= SETTLES_AFTER and not begun.exists():
            # First, so that whoever asks from now on is not taken to have been answered.
            cache.delete(key)
            start_run(stream, trigger=Run.Trigger.WEB_HOOK)


def _hooked() -> list[str]:
    return [name.value for name, plan in STREAMS.items() if plan.mode == Run.Mode.INCREMENTAL]
