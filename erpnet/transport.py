"""The one place that sends HTTP requests to an instance. `requests` and its exceptions stay inside.

Every request has a connect timeout, a read timeout and a deadline for the whole answer, takes no more than there
is room for, follows no redirect, and leaves one Exchange with the recorder.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
import urllib3

from erpnet import correlation
from erpnet.addresses import origin
from erpnet.deadline import DEADLINE_FACTOR, DeadlineAdapter
from erpnet.exceptions import ErpNetError, Unanswered, Unreachable

logger = logging.getLogger("erpnet")

Kind = Literal["token", "api", "discovery"]
Timeout = tuple[float, float]
Body = bytes | Mapping[str, str] | None

TIMEOUT: Timeout = (5, 60)
# Unpacked. Metadata and printouts have some megabytes, a page of a thousand rows with their lines perhaps twenty.
LARGEST = 256 * 2**20  # bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is kept of one request: never a header, a body, or a query, for those carry tokens and data."""

    at: dt.datetime
    kind: Kind
    method: str
    path: str
    status: int | None
    seconds: float
    bytes: int
    correlation_id: str
    error: str


Recorder = Callable[[Exchange], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    seconds: float


class Transport:
    """Sends requests over one `requests.Session`. `timeout` is (connect, read) in seconds.

    The whole answer, its head included, has to arrive within twice the read timeout, however slowly it drips. A
    session of the caller's keeps its adapters: there the head of an answer has the read timeout alone. An answer of
    more than `largest` bytes, unpacked, is not read to its end.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
        *,
        recorder: Recorder | None = None,
        timeout: Timeout = TIMEOUT,
        largest: int = LARGEST,
    ) -> None:
        self._session = session or _session()
        self._recorder = recorder
        self._timeout = timeout
        self._largest = largest

    def send(
        self,
        kind: Kind,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
    ) -> Answer:
        """Send one request; a mapping as `body` is sent as a form. Any status is an answer.

        Raises Unreachable where nothing was sent, Unanswered where no whole answer came.
        """
        at, started = dt.datetime.now(dt.UTC), time.monotonic()
        answer, error = None, ""
        try:
            answer = self._exchange(method, url, headers, body, started)
        except ErpNetError as failure:
            error = failure.message
            raise
        finally:
            seconds = time.monotonic() - started
            self._record(_exchange_of(kind, method, url, at, seconds, answer, error))
        return answer

    def _record(self, exchange: Exchange) -> None:
        """Hand on what happened. Whatever the recorder makes of it, the caller learns what ERP.net did."""
        if self._recorder is None:
            return
        try:
            self._recorder(exchange)
        except Exception:
            logger.exception("A request could not be recorded: %s %s", exchange.method, exchange.path)

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: Body, started: float
    ) -> Answer:
        host = urlsplit(url).netloc
        try:
            with self._session.request(
                method,
                url,
                headers=headers,
                data=body,
                auth=_as_it_is,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = self._read(response, started)
                return Answer(response.status_code, response.headers, content, time.monotonic() - started)
        except (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError) as failure:
            error = _error_of(failure, host)
        # Out here, for the failure would come along as its context, with the request and the token or secret in it.
        raise error

    def _read(self, response: requests.Response, started: float) -> bytes:
        deadline = started + DEADLINE_FACTOR * self._timeout[1]
        content = io.BytesIO()
        while chunk := response.raw.read1(65536, decode_content=True):
            content.write(chunk)
            if content.tell() > self._largest:
                raise _TooLarge
            if time.monotonic() > deadline:
                raise TimeoutError
        return content.getvalue()


class _TooLarge(OSError):
    """More than there is room for."""


class _Session(requests.Session):
    """One session for a few hosts: what the environment says of proxies and certificates is read once for each.

    With that, `stream`, `verify` and `cert` stay what the first request to a host asked for; `Transport` asks for the
    same each time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._environments: dict[object, Any] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        host = origin(url)
        if host not in self._environments:
            self._environments[host] = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return self._environments[host]

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: `requests` would read the body, and trip over the address, of a redirect that it is not to follow."""


def _session() -> requests.Session:
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, DeadlineAdapter())
    return session


def _exchange_of(
    kind: Kind, method: str, url: str, at: dt.datetime, seconds: float, answer: Answer | None, error: str
) -> Exchange:
    return Exchange(
        at=at,
        kind=kind,
        method=method,
        path=urlsplit(url).path,
        status=answer.status if answer else None,
        seconds=seconds,
        bytes=len(answer.body) if answer else 0,
        correlation_id=correlation.get(),
        error=error,
    )


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps `requests` from replacing our Authorization header by what a .netrc file says."""
    return request


def _error_of(failure: Exception, host: str) -> Unreachable:
    if _was_never_sent(failure):
        return Unreachable(f"{host} cannot be reached ({_reason(failure)}).")
    return Unanswered(f"{host} did not answer to the end ({_reason(failure)}).")


def _was_never_sent(failure: Exception) -> bool:
    if isinstance(failure, requests.ConnectTimeout):
        return True
    cause: Any = failure.args[0] if failure.args else None
    reason = getattr(cause, "reason", None)
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(
        reason,
        urllib3.exceptions.NewConnectionError
        | urllib3.exceptions.ConnectTimeoutError
        | urllib3.exceptions.ProxyError,
    )


def _reason(failure: Exception) -> str:
    """A word or two; the libraries' own texts carry addresses with their queries."""
    match failure:
        case requests.ConnectTimeout():
            return "no connection in time"
        case requests.exceptions.SSLError():
            return "its certificate or TLS does not hold"
        case requests.exceptions.ProxyError():
            return "the proxy refused"
        case requests.Timeout() | urllib3.exceptions.TimeoutError() | TimeoutError():
            return "no answer in time"
        case _TooLarge():
            return "its answer is too large"
        case requests.ConnectionError() if _was_never_sent(failure):
            return "no connection"
        case _:
            return "the connection broke"
