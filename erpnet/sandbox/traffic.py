"""What was asked of the instance lately, for people and tests to look at: addresses and results, no tokens."""

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from urllib.parse import unquote_plus

KEPT = 500


@dataclass(frozen=True, slots=True)
class Exchange:
    at: float
    method: str
    path: str
    status: int
    milliseconds: float
    bytes: int


class Traffic:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.recent: deque[Exchange] = deque(maxlen=KEPT)
        self.counts: Counter[str] = Counter()

    def note(self, method: str, path: str, query: str, status: int, started: float, size: int) -> None:
        # The queries of the identity server carry state, nonces and, on signing out, an ID token.
        shown = f"{path}?{unquote_plus(query)}" if query and _area(path) == "api" else path
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        exchange = Exchange(time.time(), method, shown, status, milliseconds, size)
        with self._lock:
            self.recent.append(exchange)
            self.counts[_area(path)] += 1


def _area(path: str) -> str:
    if path.startswith("/api/"):
        return "api"
    return (
        "token"
        if path.startswith("/id/connect/token")
        else "identity"
        if path.startswith("/id/")
        else "other"
    )
