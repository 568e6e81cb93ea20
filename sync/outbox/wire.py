"""The way to ERP.net: one request at a time, in a thread of its own, so that the time it takes is not lost.

The database stays with the thread that asks, with its transactions and its role.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")


class Wire:
    """Carries requests out, one after another. Used in a `with` block, whose end waits for the one under way."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox-wire")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True)

    def ask(self, request: Callable[[], T], meanwhile: Callable[[], None]) -> T:
        """Answer what `request` answers or raise what it raises; `meanwhile` is done while it is under way."""
        answer = self._thread.submit(copy_context().run, request)
        meanwhile()
        return answer.result()
