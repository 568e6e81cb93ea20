"""Leaving an instance alone that is out of order, and noticing soon that it is back.

After some failures in a row nothing is sent for a pause: calls fail at once instead of each waiting for its own
timeout. Then one call is let through, and what becomes of it decides for all. Only what the network, a proxy or a
restarting server does counts as a failure: whatever ERP.net itself says, a refusal too, shows that it is there.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pybreaker

from erpnet.exceptions import CircuitOpen, ServerFault, Unreachable

logger = logging.getLogger("erpnet")

FAILURES = 10
# Shorter than the first wait of anybody who tries again later, so that nobody waits twice for ERP.net to be back.
PAUSE = 3.0


class Breaker(pybreaker.CircuitBreakerListener):
    """Opens after `failures` in a row and stays open for `pause` seconds, by the monotonic clock."""

    def __init__(
        self, failures: int = FAILURES, pause: float = PAUSE, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if failures < 1 or pause < 0:
            raise ValueError(
                "A circuit breaker needs at least one failure, and a pause that is not negative."
            )
        self._pause = pause
        self._clock = clock
        self._tries_again_at = 0.0
        self._reason = ""
        self._trying = threading.Lock()
        self._circuit = pybreaker.CircuitBreaker(
            fail_max=failures,
            reset_timeout=pause,
            exclude=[_shows_that_erp_net_is_there],
            listeners=[self],
            throw_new_error_on_trip=False,
        )

    @property
    def is_closed(self) -> bool:
        """Whether calls go out as usual."""
        return bool(self._circuit.current_state == pybreaker.STATE_CLOSED)

    def check(self) -> None:
        """Raise CircuitOpen if a call would not be let through now."""
        if not self.is_closed and (self._clock() < self._tries_again_at or self._trying.locked()):
            raise self._refusal()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Around a call: raises CircuitOpen instead of letting it out, or learns from how it ends."""
        if self.is_closed:
            with self._watched():
                yield
            return
        self.check()
        if not self._trying.acquire(blocking=False):
            raise self._refusal()
        try:
            if not self.is_closed:
                self._circuit.half_open()
            with self._watched():
                yield
        finally:
            self._trying.release()

    def failure(self, cb: pybreaker.CircuitBreaker, exc: BaseException) -> None:
        """Called by the circuit when a call has failed."""
        self._reason = str(exc)

    def state_change(self, cb: pybreaker.CircuitBreaker, old_state: Any, new_state: Any) -> None:
        """Called by the circuit when it opens, half-opens or closes."""
        before, after = old_state.name, new_state.name
        if after == pybreaker.STATE_OPEN:
            self._tries_again_at = self._clock() + self._pause
            level = logging.WARNING if before == pybreaker.STATE_CLOSED else logging.DEBUG
            logger.log(level, "ERP.net is left alone for %g seconds: %s", self._pause, self._reason)
        elif after == pybreaker.STATE_CLOSED:
            logger.warning("ERP.net answers again.")

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            # Unlike `call` this does not hold the circuit's lock while the request is under way.
            with self._circuit.calling():
                yield
        except pybreaker.CircuitBreakerError:
            raise self._refusal() from None

    def _refusal(self) -> CircuitOpen:
        # At least a little: where another call is being tried, its end is not known.
        seconds = max(self._tries_again_at - self._clock(), 1.0)
        return CircuitOpen(
            f"{self._reason} ERP.net is left alone now and tried again in {math.ceil(seconds)} s.".lstrip(),
            retry_after=seconds,
        )


def _shows_that_erp_net_is_there(error: BaseException) -> bool:
    return not isinstance(error, Unreachable | ServerFault)
