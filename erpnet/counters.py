"""What a client has cost so far: requests, time, and the sessions that ERP.net opened for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SESSION_IDLE = 20 * 60.0
SESSION_LIFE = 60 * 60.0


@dataclass(slots=True)
class Counters:
    """Figures since the client was made. `seconds` are those spent waiting for answers.

    `renewals` are the tokens after the first. `sessions` are those that ERP.net has opened, as it documents it.
    """

    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    renewals: int = 0
    sessions: int = 0
    bytes: int = 0
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def add(self, **figures: float) -> None:
        """Count the named figures up, from any thread."""
        with self._lock:
            for name, more in figures.items():
                setattr(self, name, getattr(self, name) + more)


@dataclass(slots=True)
class _Session:
    opened_at: float
    used_at: float


class SessionWatch:
    """Tells from the calls that ERP.net took when it opened a session: one licence slot each.

    A token's first call opens one; so does the first after 20 idle minutes, or an hour after the last opening.
    Docs: https://docs.erp.net/dev/auth/sessions/overview.html
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, _Session] = {}

    def opens(self, token: str) -> bool:
        """Whether the call with `token` that ERP.net has just taken opened a session."""
        with self._lock:
            now = self._clock()
            self._sessions = {
                owner: session
                for owner, session in self._sessions.items()
                if now - session.used_at <= SESSION_IDLE and now - session.opened_at < SESSION_LIFE
            }
            is_new = token not in self._sessions
            self._sessions.setdefault(token, _Session(now, now)).used_at = now
            return is_new
