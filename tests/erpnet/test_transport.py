"""What the network can do to a request, against a real socket."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from pathlib import Path

import pytest

from erpnet import correlation
from erpnet.exceptions import Unanswered, Unreachable
from erpnet.transport import Exchange, Recorder, Transport
from tests.erpnet.server import answering, echoing_authorization, serving

GOOD = "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\nConnection: close\n\n{}"


def transport(recorder: Recorder | None = None) -> Transport:
    return Transport(recorder=recorder, timeout=(1, 0.3))


def test_a_whole_answer_is_read() -> None:
    with serving(answering(GOOD)) as url:
        answer = transport().send("api", "GET", url)
    assert (answer.status, answer.body) == (200, b"{}")


def test_a_compressed_answer_is_unpacked() -> None:
    body = gzip.compress(b'{"value": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with serving(lambda connection, _: connection.sendall(head.encode() + body)) as url:
        assert transport().send("api", "GET", url).body == b'{"value": []}'


def test_fault_08_a_refused_connection_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        transport().send("api", "POST", f"http://127.0.0.1:{port}/x?secret=1", body=b"{}")
    assert not isinstance(caught.value, Unanswered)
    assert caught.value.may_have_happened is False
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HTTP/1.1 200 OK\nContent-Length: 100\n",
        'HTTP/1.1 200 OK\nContent-Length: 100\n\n{"value": [',
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\n{}",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\n{}\n",
        "HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 4\n\nnope",
        "this is no HTTP\n\n",
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk", "no last chunk", "not gzip", "no HTTP"],
)
def test_fault_12_half_an_answer_is_no_answer(text: str) -> None:
    with serving(answering(text)) as url, pytest.raises(Unanswered) as caught:
        transport().send("api", "POST", url, body=b"{}")
    assert caught.value.may_have_happened is True


def test_fault_12_silence_ends_at_the_read_timeout() -> None:
    with serving(lambda connection, _: time.sleep(1)) as url, pytest.raises(Unanswered, match="in time"):
        transport().send("api", "GET", url)


def test_fault_12_a_slow_drip_ends_at_the_deadline() -> None:
    stop = threading.Event()

    def drip(connection: socket.socket, request: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not stop.wait(0.05):
            connection.sendall(b" ")

    started = time.monotonic()
    with serving(drip) as url, pytest.raises(Unanswered, match="too slowly"):
        transport().send("api", "GET", url)
    stop.set()
    assert time.monotonic() - started < 2


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    moved = (
        "HTTP/1.1 302 Found\nLocation: http://127.0.0.1:1/elsewhere\nContent-Length: 0\nConnection: close\n\n"
    )
    with serving(answering(moved)) as url:
        assert transport().send("api", "GET", url).status == 302


def test_a_netrc_file_does_not_replace_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(echoing_authorization) as url:
        answer = transport().send("api", "GET", url, headers={"Authorization": "Bearer token"})
    assert answer.body == b"Bearer token"


def test_every_request_leaves_an_exchange_without_its_query() -> None:
    kept: list[Exchange] = []
    with serving(answering(GOOD)) as url, correlation.use("the-id"):
        transport(recorder=kept.append).send(
            "token", "POST", f"{url}/connect/token?secret=1", body={"a": "b"}
        )
    (exchange,) = kept
    assert (exchange.kind, exchange.method, exchange.path) == ("token", "POST", "/connect/token")
    assert (exchange.status, exchange.bytes, exchange.error) == (200, 2, "")
    assert exchange.correlation_id == "the-id"
    assert exchange.seconds > 0


def test_a_failed_request_leaves_an_exchange_with_its_reason() -> None:
    kept: list[Exchange] = []
    with serving(answering("")) as url, pytest.raises(Unanswered):
        transport(recorder=kept.append).send("api", "GET", url)
    assert kept[0].status is None
    assert "did not answer to the end" in kept[0].error
