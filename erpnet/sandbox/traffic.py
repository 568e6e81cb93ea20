"""What was asked of the instance, for people and tests to look at: addresses and results, no tokens and no bodies."""

import re
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from werkzeug.wrappers import Request

from erpnet.sandbox.faults import AREAS, ODATA_ROOT, Fault

KEPT = 500
METHODS = {"GET": "read", "POST": "create", "PATCH": "update", "PUT": "update", "DELETE": "delete"}
NAMED = {
    "": "service document",
    "$metadata": "metadata",
    "$batch": "batch",
    "Import": "import",
    "BeginTransaction": "transaction",
    "EndTransaction": "transaction",
    "GetVersion": "function",
    "GetRenamedEntityTypes": "function",
}
_ACTION = re.compile(r"\w+\([^)]*\)/(?:\w+\.)*\w+(?:\(.*\))?")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and what became of it. Status 0: the connection ended without an answer."""

    at: float
    kind: str
    method: str
    path: str
    status: int
    milliseconds: float
    bytes: int
    fault: str


@dataclass(slots=True)
class Tally:
    """How many requests there were of a kind, how many of them failed, and what they took."""

    requests: int = 0
    failed: int = 0
    milliseconds: float = 0.0
    bytes: int = 0


@dataclass(slots=True)
class Traffic:
    """The last requests one by one, and all of them by area and by kind."""

    recent: deque[Exchange] = field(default_factory=lambda: deque(maxlen=KEPT))
    counts: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Tally] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: Request, started: float, *, status: int, size: int, fault: Fault | None) -> None:
        """`started` is of time.perf_counter()."""
        area = _area(request.path)
        took = round((time.perf_counter() - started) * 1000, 1)
        # The queries of the identity server carry state, nonces and, on signing out, an ID token.
        query = request.query_string.decode("latin-1") if area == "api" else ""
        shown = f"{request.path}?{unquote_plus(query)}" if query else request.path
        kind = kind_of(request.method, request.path)
        exchange = Exchange(
            time.time(), kind, request.method, shown, status, took, size, fault.kind if fault else ""
        )
        with self._lock:
            self.recent.append(exchange)
            self.counts[area] += 1
            tally = self.kinds.setdefault(kind, Tally())
            tally.requests += 1
            tally.failed += not 200 <= status < 400
            tally.milliseconds += took
            tally.bytes += size


def kind_of(method: str, path: str) -> str:
    """A word for what a request is about."""
    if not path.startswith(ODATA_ROOT):
        return {"token": "token", "identity": "sign-in"}.get(_area(path), "discovery")
    resource = path.removeprefix(ODATA_ROOT)
    if resource in NAMED:
        return NAMED[resource]
    if _ACTION.fullmatch(resource) and method == "POST":
        return "action"
    return METHODS.get(method, "other")


def _area(path: str) -> str:
    """The narrowest area that an address lies in."""
    return next((area for area, start in AREAS.items() if start != "/" and path.startswith(start)), "other")
