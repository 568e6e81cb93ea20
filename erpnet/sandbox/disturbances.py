"""How a fault spoils a request, its answer, or the way of the answer through the net."""

import time
from collections.abc import Callable
from functools import partial

from werkzeug.wrappers import Request, Response

from erpnet.sandbox.faults import ODATA_ROOT, Fault
from erpnet.sandbox.instance import Instance
from erpnet.sandbox.limits import DELAY
from erpnet.sandbox.odata.errors import NO_LICENCE, error_response, too_many_requests

PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
DELIVERY = "sandbox.delivery"  # where the environment tells the connection how an answer leaves
PIECES = 20

Write = Callable[[bytes], object]


def disturbed(
    instance: Instance, request: Request, fault: Fault, carry_out: Callable[[], Response]
) -> Response:
    """The answer to a request that met a fault. Raises ConnectionAbortedError where there is none."""
    match fault.kind:
        case "offline":
            raise ConnectionAbortedError
        case "answer-lost":
            carry_out()
            raise ConnectionAbortedError
        case "slow":
            _delay(request, fault.seconds)
        case "slow-headers" | "slow-body" | "half-answer":
            request.environ[DELIVERY] = partial(DELIVERIES[fault.kind], fault.seconds)
        case "keys-rotated":
            instance.keys.rotate()
        case "keys-withdrawn":
            instance.keys.withdraw()
        case "half-json":
            return _cut(carry_out())
        case "rows-shift":
            return _behind(carry_out, lambda: _turn_balances(instance, fault.rows))
        case _:
            return _spoilt(fault)
    return carry_out()


def _delay(request: Request, seconds: float) -> None:
    """A slow call of the API keeps its session busy, so it sleeps there."""
    if request.path.startswith(ODATA_ROOT):
        request.environ[DELAY] = seconds
    else:
        time.sleep(seconds)


def _behind(carry_out: Callable[[], Response], then: Callable[[], None]) -> Response:
    response = carry_out()
    then()
    return response


def _cut(response: Response) -> Response:
    body = response.get_data()
    response.set_data(body[: len(body) // 2])
    return response


def _turn_balances(instance: Instance, rows: int) -> None:
    with instance.store.lock:
        instance.balances.turn(rows)


def _spoilt(fault: Fault) -> Response:
    match fault.kind:
        case "unauthorized":
            return Response(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        case "rate-limited":
            return too_many_requests(fault.retry_after)
        case "bad-gateway":
            return Response(PAGE.format("502 Bad Gateway"), 502, content_type="text/html")
        case "no-licence":
            return error_response("The maximum count of licenses is in use.", kind=NO_LICENCE)
        case "business-error":
            return error_response(fault.message, code=fault.code)
    return Response(PAGE.format("500 Internal Server Error"), 500, content_type="text/html")


def _slow_head(seconds: float, write: Write, head: bytes, body: bytes) -> None:
    _trickle(seconds, write, head)
    write(body)


def _slow_body(seconds: float, write: Write, head: bytes, body: bytes) -> None:
    write(head)
    _trickle(seconds, write, body)


def _half(_: float, write: Write, head: bytes, body: bytes) -> None:
    write(head + body[: len(body) // 2])
    raise ConnectionAbortedError


def _trickle(seconds: float, write: Write, content: bytes) -> None:
    size = len(content) // PIECES + 1
    for start in range(0, len(content), size):
        write(content[start : start + size])
        time.sleep(seconds / PIECES)


DELIVERIES: dict[str, Callable[[float, Write, bytes, bytes], None]] = {
    "slow-headers": _slow_head,
    "slow-body": _slow_body,
    "half-answer": _half,
}
