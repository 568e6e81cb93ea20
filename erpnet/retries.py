"""The one place that repeats a request: reads and token requests, on errors that may pass, for a while.

Writes are not repeated here: whoever keeps them (the outbox) repeats them with a key that makes it harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import SystemRandom

import stamina

from erpnet.exceptions import CircuitOpen, LicencesExhausted, RateLimited, TransactionEnded, TransientError

ATTEMPTS = 4
SECONDS = 60.0
LONGEST_WAIT = 30.0
JITTER = 1.0


def attempts() -> Iterable[stamina.Attempt]:
    """`for attempt in attempts(): with attempt: …`; the last error leaves the loop.

    Waits as long as ERP.net asks for with a 429, else longer each time, with jitter.
    """
    return stamina.retry_context(
        on=_backoff, attempts=ATTEMPTS, timeout=SECONDS, wait_initial=0.5, wait_max=10.0
    )


def _backoff(error: Exception) -> bool | float:
    """Whether to try again, or after how many seconds. A wait too long to sit out is the caller's to plan."""
    match error:
        case RateLimited(retry_after=float(seconds)):
            # A little later than asked, so that what was refused together does not come back together.
            return seconds + SystemRandom().uniform(0, JITTER) if seconds <= LONGEST_WAIT else False
        case LicencesExhausted() | CircuitOpen() | TransactionEnded():
            return False
        case _:
            return isinstance(error, TransientError)
