"""Staying within ERP.net's rate limit by waiting, rather than by being refused.

Docs: https://docs.erp.net/tech/advanced/web-sites/rate-limits.html
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager

# ERP.net counts requests as they arrive: those sent a minute apart may arrive a little closer together.
MINUTE = 61.0


class Throttle:
    """Lets at most `per_minute` requests out in any minute, and at most `at_once` of them be under way.

    with throttle.turn():
        throttle.wait()
        ...
    """

    def __init__(
        self,
        per_minute: int = 600,
        at_once: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if per_minute < 1 or at_once < 1:
            raise ValueError("At least one request has to be allowed, a minute and at once.")
        self._turns = _Turns(at_once)
        self._passed: deque[float] = deque(maxlen=per_minute)
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    def turn(self) -> AbstractContextManager[None]:
        """Waits until there is room for one more; inside, requests may go out one after another."""
        return self._turns

    def wait(self) -> None:
        """Return when the next request may go out without being one too many for this minute."""
        with self._lock:
            now = at = self._clock()
            if len(self._passed) == self._passed.maxlen:
                at = max(now, self._passed[0] + MINUTE)
            self._passed.append(at)
        # Others may ask meanwhile how long they would have to wait.
        if at > now:
            self._sleep(at - now)

    def seconds_until_free(self, requests: int) -> float:
        """How long until so many may go out one after another without waiting; 0.0 if they may now.

        More than are allowed in a minute counts as all of them.
        """
        with self._lock:
            most = self._passed.maxlen or 0
            in_the_way = len(self._passed) + min(requests, most) - most
            if in_the_way <= 0:
                return 0.0
            return max(0.0, self._passed[in_the_way - 1] + MINUTE - self._clock())


class _Turns:
    """Room for so many at once, given to whoever has waited longest.

    A semaphore of the standard library is free again for the thread that has just released it, before another one
    has woken up: one thread that works without a pause would keep out all others.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._waiting: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._room:
                self._room -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            mine.acquire()  # Released by whoever hands on the turn.
        except BaseException:
            self._leave(mine)
            raise

    def __exit__(self, *failure: object) -> None:
        with self._lock:
            self._hand_on()

    def _hand_on(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._room += 1

    def _leave(self, mine: threading.Lock) -> None:
        """Wait no longer; a turn that has come in the same moment goes to the next."""
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
            else:
                self._hand_on()
