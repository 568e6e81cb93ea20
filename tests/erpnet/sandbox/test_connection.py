"""The instance's HTTP: connections that stay open, and requests that it will not read."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from erpnet.sandbox.testing import RunningInstance

DISCOVERY = "/tools/auto-discovery"


@pytest.fixture
def connection(sandbox: RunningInstance) -> Iterator[http.client.HTTPConnection]:
    host, _, port = urlsplit(sandbox.url).netloc.partition(":")
    opened = http.client.HTTPConnection(host, int(port), timeout=10)
    yield opened
    opened.close()


def status_of(connection: http.client.HTTPConnection, method: str, path: str, **more: object) -> int:
    connection.request(method, path, **more)  # type: ignore[arg-type]
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_one_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    assert status_of(connection, "GET", DISCOVERY) == 200
    first = connection.sock.getsockname()
    # What a refused request carried is not taken for the next request.
    assert status_of(connection, "POST", DISCOVERY, body=b"GET / HTTP/1.1\r\n\r\n") == 405
    assert status_of(connection, "HEAD", DISCOVERY) == 200
    assert status_of(connection, "GET", DISCOVERY) == 200
    assert connection.sock.getsockname() == first


def test_a_caller_may_end_the_connection(connection: http.client.HTTPConnection) -> None:
    assert status_of(connection, "GET", DISCOVERY, headers={"Connection": "close"}) == 200
    assert connection.sock is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "100000000"}, 413),
        ({"Content-Length": "many"}, 411),
        ({"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_a_body_of_unknown_or_huge_size_is_not_read(
    connection: http.client.HTTPConnection, headers: dict[str, str], status: int
) -> None:
    assert status_of(connection, "POST", "/id/connect/token", headers=headers) == status


def test_what_is_not_http_gets_no_further(sandbox: RunningInstance) -> None:
    host, _, port = urlsplit(sandbox.url).netloc.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert raw.makefile("rb").read(1000)[:12] in (b"", b"<!DOCTYPE HT", b"HTTP/1.1 400")
