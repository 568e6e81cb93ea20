"""One id that ties a page, its outbox entry, its task and its API calls together in logs and audit rows.

It is random, says nothing about anybody, and is never sent to ERP.net.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("correlation_id", default="")


def new() -> str:
    return str(uuid.uuid4())


def get() -> str:
    """The id of what is going on now; empty outside of any."""
    return _current.get()


@contextmanager
def use(correlation_id: str = "") -> Iterator[str]:
    """Everything inside belongs to `correlation_id`, or to a new one."""
    token = _current.set(correlation_id or new())
    try:
        yield _current.get()
    finally:
        _current.reset(token)
