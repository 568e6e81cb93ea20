"""Who is signed in to the Instance ID itself, in which browser: signing in to a second application asks nothing."""

import secrets
import time
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

COOKIE = "erpnet-sandbox-id"


@dataclass(frozen=True, slots=True)
class BrowserSession:
    login: str
    sid: str
    auth_time: int


class BrowserSessions:
    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._sessions: dict[str, BrowserSession] = {}

    def of(self, request: Request) -> BrowserSession | None:
        return self._sessions.get(request.cookies.get(COOKIE, ""))

    def start(self, request: Request, response: Response, login: str) -> BrowserSession:
        """Sign in. The same person again keeps the session; another one gets a new one."""
        before = self.of(request)
        sid = before.sid if before and before.login == login else secrets.token_hex(16).upper()
        session = BrowserSession(login, sid, int(time.time()))
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        name = secrets.token_urlsafe(32)
        self._sessions[name] = session
        response.set_cookie(COOKIE, name, path="/id", httponly=True, samesite="Lax", secure=self._secure)
        return session

    def end(self, request: Request, response: Response) -> None:
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        response.delete_cookie(COOKIE, path="/id")
