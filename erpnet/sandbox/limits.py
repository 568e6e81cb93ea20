"""How much callers of the Domain API may ask, and the licence that each of them takes.

Docs: https://docs.erp.net/tech/advanced/web-sites/rate-limits.html
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Request

from erpnet.sandbox.gates import Full, Gate
from erpnet.sandbox.licences import ApiSession, ApiSessions
from erpnet.sandbox.odata.errors import too_many_requests
from erpnet.sandbox.options import RateLimits

CALLER = "sandbox.caller"  # where a connection tells in the environment who is at its other end
DELAY = "sandbox.delay"  # where a fault asks for an answer to take its time
WAITING = (
    "/WaitForChanges"  # It lasts until another request of its session changes something: it keeps none out.
)
MINUTE = 60.0


class Limits:
    """The one way into the Domain API."""

    def __init__(self, limits: RateLimits, sessions: ApiSessions) -> None:
        self._limits = limits
        self._sessions = sessions
        self._lock = threading.Lock()
        self._site = Gate(limits.global_concurrent_requests, limits.queue)

    @contextmanager
    def admit(self, request: Request, claims: dict[str, Any]) -> Iterator[ApiSession]:
        """Be among the requests under way while the context lasts, after waiting for it if need be.

        Raises Refusal if there is no licence for a new session, TooManyRequests beyond a limit.
        """
        caller = request.environ.get(CALLER)
        session = self._sessions.use(claims, caller() if caller else "")
        self._count(session)
        if request.path.endswith(WAITING):
            yield session
            return
        try:
            with session.gate.passage(), self._site.passage():
                time.sleep(request.environ.get(DELAY, 0))
                yield session
        except Full:
            self._refuse(session, None)

    def _count(self, session: ApiSession) -> None:
        """Take note of a request, unless there were too many within the last minute: any minute, not the clock's."""
        most = self._limits.session_rpm
        if not most:
            return
        now = time.monotonic()
        with self._lock:
            while session.passed and session.passed[0] <= now - MINUTE:
                session.passed.popleft()
            if len(session.passed) < most:
                session.passed.append(now)
                return
            wait = session.passed[0] + MINUTE - now
        self._refuse(session, math.ceil(wait) if self._limits.retry_after else None)

    def _refuse(self, session: ApiSession, retry_after: int | None) -> NoReturn:
        session.refused += 1
        raise TooManyRequests(response=too_many_requests(retry_after))
