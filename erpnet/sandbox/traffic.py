"""What was asked of the instance lately, for people and tests to look at. Queries are kept, tokens and bodies never."""

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass

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

    def note(self, method: str, path: str, status: int, started: float, size: int) -> None:
        exchange = Exchange(
            time.time(), method, path, status, round((time.perf_counter() - started) * 1000, 1), size
        )
        with self._lock:
            self.recent.append(exchange)
            self.counts[_area(path)] += 1

    def clear(self) -> None:
        with self._lock:
            self.recent.clear()
            self.counts.clear()


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
