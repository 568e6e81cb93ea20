"""Sessions of the Domain API: the first call with a token opens one, and each open one takes a licence slot.

Rules: https://docs.erp.net/dev/auth/sessions/token-session-relationship.html
"""

import time
from dataclasses import dataclass
from typing import Any

IDLE_SECONDS = 20 * 60
LONGEST_SECONDS = 60 * 60


@dataclass(slots=True)
class ApiSession:
    token: str  # the token's id, not the token
    user: str
    opened: float
    used: float
    requests: int = 0

    def is_open(self, now: float) -> bool:
        return now - self.used < IDLE_SECONDS and now - self.opened < LONGEST_SECONDS


class ApiSessions:
    """All sessions since the start, the closed ones too."""

    def __init__(self) -> None:
        self._sessions: list[ApiSession] = []

    def use(self, claims: dict[str, Any]) -> ApiSession:
        """The open session of a token, or a new one."""
        now = time.time()
        for session in reversed(self._sessions):
            if session.token == claims["jti"] and session.is_open(now):
                break
        else:
            session = ApiSession(claims["jti"], claims["client_system_user"], now, now)
            self._sessions.append(session)
        session.used = now
        session.requests += 1
        return session

    def all(self) -> list[ApiSession]:
        return list(self._sessions)

    def open(self) -> list[ApiSession]:
        now = time.time()
        return [session for session in self._sessions if session.is_open(now)]
