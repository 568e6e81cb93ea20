"""Faults on demand: the next requests fail as a real instance, its network or its proxy would.

| kind | what happens |
|---|---|
| unauthorized | 401, as for a token that expired |
| rate-limited | 429, with Retry-After if `retry_after` is given |
| bad-gateway | 502 with a proxy's page |
| broken | 500 with a page instead of ERP.net's JSON |
| business-error | 500 with ERP.net's JSON and `message` |
| no-licence | 500: every licence slot is taken |
| slow | the answer comes after `seconds` |
| answer-lost | the request is carried out, and the connection ends without an answer |
| offline | the connection ends and nothing is carried out |
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson
from werkzeug.wrappers import Request, Response

from erpnet.sandbox.odata.errors import error_response

KINDS = (
    "unauthorized",
    "rate-limited",
    "bad-gateway",
    "broken",
    "business-error",
    "no-licence",
    "slow",
    "answer-lost",
    "offline",
)
AREAS = {"api": "/api/", "token": "/id/connect/token", "identity": "/id/", "everything": "/"}
PROXY_PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
NO_LICENCE = "MaximumLicenseCountExceeded"


@dataclass(slots=True)
class Fault:
    """A kind of fault for the next `times` requests to an area, by the methods given (all, if none is)."""

    kind: str
    times: int = 1
    area: str = "api"
    methods: tuple[str, ...] = ()
    seconds: float = 0.0
    retry_after: int | None = None
    message: str = "The document cannot be saved now."

    def concerns(self, request: Request) -> bool:
        return request.path.startswith(AREAS[self.area]) and (
            not self.methods or request.method in self.methods
        )


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Raises ValueError for a kind or an area that does not exist."""
        if fault.kind not in KINDS or fault.area not in AREAS:
            raise ValueError(f"The kind is one of {', '.join(KINDS)}; the area one of {', '.join(AREAS)}.")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[Fault]:
        with self._lock:
            return list(self._waiting)

    def answer(self, request: Request, carry_out: Callable[[], Response]) -> Response:
        """The answer to a request, spoilt if a fault waits for it."""
        fault = self._take(request)
        if fault is None:
            return carry_out()
        match fault.kind:
            case "offline":
                raise ConnectionAbortedError
            case "answer-lost":
                carry_out()
                raise ConnectionAbortedError
            case "slow":
                time.sleep(fault.seconds)
                return carry_out()
        return _spoilt(fault)

    def _take(self, request: Request) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if fault.concerns(request):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None


def _spoilt(fault: Fault) -> Response:
    match fault.kind:
        case "unauthorized":
            return Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        case "rate-limited":
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return Response(
                orjson.dumps({"error": "Too many requests."}), 429, headers, content_type="application/json"
            )
        case "bad-gateway":
            return Response(PROXY_PAGE.format("502 Bad Gateway"), 502, content_type="text/html")
        case "no-licence":
            return error_response("There is no free licence for a new session.", kind=NO_LICENCE)
        case "business-error":
            return error_response(fault.message)
    return Response(PROXY_PAGE.format("500 Internal Server Error"), 500, content_type="text/html")
