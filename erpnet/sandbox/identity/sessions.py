"""Who is signed in to the Instance ID itself, in which browser: signing in to a second application asks nothing."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

COOKIE = "erpnet-sandbox-id"
LONGEST_SECONDS = 10 * 3600


@dataclass(frozen=True, slots=True)
class BrowserSession:
    login: str
    sid: str
    auth_time: int


class BrowserSessions:
    """Each ends by signing out or ten hours after its sign-in. Nothing of them outlives the process."""

    def __init__(self, *, secure: bool) -> None:
        self.clock: Callable[[], float] = time.time
        self._secure = secure
        self._sessions: dict[str, BrowserSession] = {}
        self._lock = threading.Lock()

    def of(self, request: Request) -> BrowserSession | None:
        with self._lock:
            session = self._sessions.get(request.cookies.get(COOKIE, ""))
        return session if session and self._is_alive(session) else None

    def start(self, request: Request, response: Response, login: str) -> BrowserSession:
        """Sign in. The same person again keeps the session; another one gets a new one."""
        before = self.of(request)
        sid = before.sid if before and before.login == login else secrets.token_hex(16).upper()
        session = BrowserSession(login, sid, int(self.clock()))
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions.pop(request.cookies.get(COOKIE, ""), None)
            self._sessions = {one: kept for one, kept in self._sessions.items() if self._is_alive(kept)}
            self._sessions[name] = session
        response.set_cookie(COOKIE, name, path="/id", httponly=True, samesite="Lax", secure=self._secure)
        return session

    def end(self, request: Request, response: Response) -> None:
        with self._lock:
            self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        response.delete_cookie(COOKIE, path="/id", httponly=True, samesite="Lax", secure=self._secure)

    def _is_alive(self, session: BrowserSession) -> bool:
        return self.clock() - session.auth_time < LONGEST_SECONDS
