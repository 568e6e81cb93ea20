"""Staying within ERP.net's rate limit by waiting, rather than by being refused.

Docs: https://docs.erp.net/tech/advanced/web-sites/rate-limits.html
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MINUTE = 60.0


class Throttle:
    """Lets at most `per_minute` callers through in any 60 seconds, in the order they came."""

    def __init__(
        self,
        per_minute: int = 600,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._passed: deque[float] = deque(maxlen=per_minute)
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    def wait(self) -> None:
        """Return when the next request may go out."""
        with self._lock:
            if len(self._passed) == self._passed.maxlen:
                remaining = self._passed[0] + MINUTE - self._clock()
                if remaining > 0:
                    self._sleep(remaining)
            self._passed.append(self._clock())
