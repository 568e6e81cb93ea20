"""Sessions of the Domain API: the first call with a token opens one, and each open one takes a licence slot.

Rules: https://docs.erp.net/dev/auth/sessions/token-session-relationship.html
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from erpnet.sandbox.gates import Gate
from erpnet.sandbox.odata.errors import NO_LICENCE, Refusal

IDLE_SECONDS = 20 * 60
LONGEST_SECONDS = 60 * 60
CLOSED_KEPT = 100


@dataclass(slots=True, eq=False)
class ApiSession:
    """A token in the hands of one caller. `passed` are the times of its requests in the last minute."""

    token: str  # the token's id, not the token
    caller: str
    user: str
    opened: float
    used: float
    gate: Gate
    requests: int = 0
    refused: int = 0
    passed: deque[float] = field(default_factory=deque)

    @property
    def ends(self) -> float:
        """When it ends if nothing more is asked."""
        return min(self.used + IDLE_SECONDS, self.opened + LONGEST_SECONDS)


class ApiSessions:
    """The open sessions, each with a licence, and the last of those that ended."""

    def __init__(self, licences: int, *, at_once: int = 0, queue: int = 0) -> None:
        self.licences = licences
        self._at_once = at_once
        self._queue = queue
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str], ApiSession] = {}
        self._closed: deque[ApiSession] = deque(maxlen=CLOSED_KEPT)
        self.opened = 0

    def use(self, claims: dict[str, Any], caller: str = "") -> ApiSession:
        """The open session of a token, or a new one; one token in two processes takes two.

        Raises Refusal if every licence is taken.
        """
        now = time.time()
        with self._lock:
            self._end_old(now)
            key = claims["jti"], caller
            session = self._open.get(key)
            if session is None:
                if len(self._open) >= self.licences:
                    raise Refusal("The maximum count of licenses is in use.", kind=NO_LICENCE)
                user = claims.get("client_system_user") or claims["sub"]
                session = ApiSession(*key, user, now, now, Gate(self._at_once, self._queue))
                self._open[key] = session
                self.opened += 1
            session.used = now
            session.requests += 1
            return session

    def all(self) -> list[ApiSession]:
        """The open ones and the last closed ones, by the time they were opened."""
        with self._lock:
            self._end_old(time.time())
            return sorted([*self._closed, *self._open.values()], key=lambda one: one.opened)

    def open(self) -> list[ApiSession]:
        with self._lock:
            self._end_old(time.time())
            return list(self._open.values())

    def end_all(self) -> None:
        """As a restart of the server does; the tokens stay good."""
        with self._lock:
            self._closed.extend(self._open.values())
            self._open.clear()

    def is_shared(self, session: ApiSession) -> bool:
        """Whether another caller has a session with the same token: licence multiplexing, which is forbidden."""
        return any(one.token == session.token and one is not session for one in self.open())

    def _end_old(self, now: float) -> None:
        ended = [key for key, session in self._open.items() if session.ends <= now]
        self._closed.extend(self._open.pop(key) for key in ended)
