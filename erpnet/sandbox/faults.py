"""Faults that wait for the requests they are meant for: which, how often, and with what."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

from werkzeug.wrappers import Request

KINDS = {
    "unauthorized": "401, as for a token that expired",
    "rate-limited": "429, with Retry-After if `retry_after` is given",
    "bad-gateway": "502 with a proxy's page",
    "broken": "500 with a page instead of ERP.net's JSON",
    "business-error": "500 with ERP.net's JSON, `message` and `code`",
    "no-licence": "500 with ERP.net's JSON: every licence is in use",
    "slow": "the answer is begun after `seconds`, and the session is busy until then",
    "slow-headers": "the head of the answer trickles in over `seconds`",
    "slow-body": "the head comes at once, the body trickles in over `seconds`",
    "half-answer": "the request is carried out; half of the answer comes, and the connection ends",
    "half-json": "the request is carried out; its JSON breaks off in the middle, and the length is that of what comes",
    "answer-lost": "the request is carried out, and the connection ends without an answer",
    "offline": "the connection ends and nothing is carried out",
    "keys-rotated": "tokens are signed with a new key from this request on",
    "keys-withdrawn": "the same, and what was signed before is good no longer",
    "rows-shift": "behind this request the first `rows` balances move to the end of their view",
}
AREAS = {"api": "/api/", "token": "/id/connect/token", "identity": "/id/", "everything": "/"}
ODATA_ROOT = "/api/domain/odata/"
FOREVER = 0

# What a field of a fault may be.
_TYPES: dict[str, type | tuple[type, ...]] = {
    "kind": str,
    "times": int,
    "after": int,
    "area": str,
    "path": str,
    "methods": (list, tuple),
    "seconds": (int, float),
    "retry_after": int,
    "message": str,
    "code": int,
    "rows": int,
}


@dataclass(slots=True)
class Fault:
    """A kind of fault for the next `times` requests (0: for all) behind the first `after`.

    It concerns an area, in it the paths that fit the pattern `path` (an address, or what follows the root of the Domain
    API, with `*` for anything), and the methods given.
    """

    kind: str
    times: int = 1
    after: int = 0
    area: str = "api"
    path: str = "*"
    methods: tuple[str, ...] = ()
    seconds: float = 0.0
    retry_after: int | None = None
    message: str = "The document cannot be saved now."
    code: int = 2001
    rows: int = 1
    number: int = 0

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Fault":
        """A fault as the admin address takes it. Raises ValueError with words for whoever wrote it."""
        if data.get("kind") not in KINDS or data.get("area", "api") not in AREAS:
            raise ValueError(f"The kind is one of {', '.join(KINDS)}; the area one of {', '.join(AREAS)}.")
        if set(data) - set(_TYPES):
            raise ValueError(f"A fault may have {', '.join(_TYPES)}.")
        wrong = [name for name, value in data.items() if not _fits(name, value)]
        if wrong:
            raise ValueError(f"'{data[wrong[0]]}' is no value for '{wrong[0]}'.")
        return cls(**{**data, "methods": tuple(str(one).upper() for one in data.get("methods", ()))})

    def concerns(self, request: Request) -> bool:
        below = request.path.removeprefix(ODATA_ROOT)
        return (
            request.path.startswith(AREAS[self.area])
            and (not self.methods or request.method in self.methods)
            and (fnmatchcase(request.path, self.path) or fnmatchcase(below, self.path))
        )


class Faults:
    """What waits, in the order it was asked for. A request meets the first fault that concerns it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._numbers = count(1)

    def add(self, fault: Fault) -> None:
        with self._lock:
            fault.number = next(self._numbers)
            self._waiting.append(fault)

    def clear(self, number: int | None = None) -> None:
        """Forget one fault, or all."""
        with self._lock:
            self._waiting = [] if number is None else [one for one in self._waiting if one.number != number]

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._waiting]

    def take(self, request: Request) -> Fault | None:
        """The fault that this request meets."""
        with self._lock:
            for fault in self._waiting:
                if not fault.concerns(request):
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                if fault.times != FOREVER:
                    fault.times -= 1
                    if not fault.times:
                        self._waiting.remove(fault)
                return fault
        return None


def _fits(name: str, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, _TYPES[name]):
        return False
    return name == "rows" or not isinstance(value, int | float) or value >= 0
