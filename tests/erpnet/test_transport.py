"""What the network can do to a request, against a real socket."""

from __future__ import annotations

import datetime as dt
import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from erpnet import correlation
from erpnet.deadline import when_sent
from erpnet.exceptions import Unanswered, Unreachable
from erpnet.transport import Exchange, Recorder, Transport
from tests.erpnet.server import answering, echoing_authorization, serving

GOOD = "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\nConnection: close\n\n{}"


def self_signed(path: Path) -> ssl.SSLContext:
    """What a server at 127.0.0.1 needs for TLS, with a certificate that `path` then holds."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


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


@pytest.mark.parametrize("is_refused", [True, False])
def test_log_03_an_error_of_the_network_does_not_carry_the_request_along(is_refused: bool) -> None:
    headers = {"Authorization": "Bearer token"}
    with serving(answering("")) as url, pytest.raises(Unreachable) as caught:
        transport().send("api", "GET", "http://127.0.0.1:1" if is_refused else url, headers=headers)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_fault_12_silence_ends_at_the_read_timeout() -> None:
    with serving(lambda connection, _: time.sleep(1)) as url, pytest.raises(Unanswered, match="in time"):
        transport().send("api", "GET", url)


@pytest.mark.parametrize(
    "beginning",
    ["", "HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"],
    ids=["status line", "head", "body"],
)
def test_fault_12_a_slow_drip_ends_at_the_deadline(beginning: str) -> None:
    stop = threading.Event()

    def drip(connection: socket.socket, request: str) -> None:
        connection.sendall(beginning.encode())
        while not stop.wait(0.05):
            connection.sendall(b"H")

    started = time.monotonic()
    with serving(drip) as url:
        with pytest.raises(Unanswered, match="in time"):
            transport().send("api", "GET", url)
        seconds = time.monotonic() - started
        stop.set()
    assert 0.5 < seconds < 1.5


def test_fault_12_a_session_of_the_callers_has_a_deadline_for_the_body() -> None:
    def drip(connection: socket.socket, request: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            time.sleep(0.05)
            connection.sendall(b" ")

    client = Transport(requests.Session(), timeout=(1, 0.3))
    with serving(drip) as url, pytest.raises(Unanswered, match="in time"):
        client.send("api", "GET", url)


def test_an_answer_over_tls_has_the_same_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = self_signed(tmp_path / "certificate.pem")

    def drip(connection: socket.socket, request: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            time.sleep(0.05)
            connection.sendall(b"H")

    with serving(drip, context) as url, pytest.raises(Unreachable, match="certificate"):
        transport().send("api", "GET", url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
    with serving(answering(GOOD), context) as url:
        assert transport().send("api", "GET", url).body == b"{}"
    with serving(drip, context) as url, pytest.raises(Unanswered, match="in time"):
        transport().send("api", "GET", url)


def test_an_answer_that_took_long_leaves_the_connection_its_whole_time() -> None:
    """Three parts take 0.5 s of the 0.6 s there are; the next answer on that connection may take 0.25 s again."""
    connections = 0

    def answer_slowly(connection: socket.socket, request: str) -> None:
        nonlocal connections
        connections += 1
        for part in ("HTTP/1.1 200 OK\r\n", "Content-Length: 2\r\n\r\n", "{}"):
            time.sleep(0.17)
            connection.sendall(part.encode())
        connection.recv(65536)
        time.sleep(0.25)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    client = transport()
    with serving(answer_slowly) as url:
        assert client.send("api", "GET", url).body == b"{}"
        assert client.send("api", "GET", url).body == b"[]"
    assert connections == 1


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    moved = (
        "HTTP/1.1 302 Found\nLocation: http://127.0.0.1:1/elsewhere\nContent-Length: 0\nConnection: close\n\n"
    )
    with serving(answering(moved)) as url:
        assert transport().send("api", "GET", url).status == 302


@pytest.mark.parametrize("location", [b"http://[", b"/caf\xe9", b"\\\\elsewhere"])
def test_where_a_redirect_leads_to_is_not_even_read(location: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 1000\r\nLocation: "
    body = 1000 * b" "
    with serving(lambda connection, _: connection.sendall(head + location + b"\r\n\r\n" + body)) as url:
        assert transport().send("api", "GET", url).status == 302
    with (
        serving(lambda connection, _: connection.sendall(head + location + b"\r\n\r\n")) as url,
        pytest.raises(Unanswered),
    ):
        transport().send("api", "GET", url)


def test_a_small_answer_that_unpacks_to_a_huge_one_is_not_unpacked_to_its_end() -> None:
    body = gzip.compress(bytes(50_000_000))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    with serving(lambda connection, _: connection.sendall(head.encode() + body)) as url:
        tracemalloc.start()
        try:
            with pytest.raises(Unanswered, match="too large"):
                Transport(largest=1_000_000).send("api", "GET", url)
            assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("status", ["102 Processing", "103 Early Hints", "101 Switching Protocols"])
def test_a_provisional_answer_is_not_the_answer(status: str) -> None:
    with serving(answering(f"HTTP/1.1 {status}\nLink: </x>\n\n" * 3 + GOOD)) as url:
        answer = transport().send("api", "POST", url, body=b"{}")
    assert (answer.status, answer.body) == (200, b"{}")


def test_a_netrc_file_does_not_replace_the_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with serving(echoing_authorization) as url:
        answer = transport().send("api", "GET", url, headers={"Authorization": "Bearer token"})
    assert answer.body == b"Bearer token"


def test_who_asks_hears_that_a_request_has_left_before_its_answer_comes() -> None:
    has_left = threading.Event()

    def answer_then(connection: socket.socket, request: str) -> None:
        has_left.wait(10)
        answering(GOOD if has_left.is_set() else "HTTP/1.1 500 It has not\n\n")(connection, request)

    token = when_sent.set(has_left.set)
    try:
        with serving(answer_then) as url:
            answer = Transport().send("api", "GET", url)
    finally:
        when_sent.reset(token)
    assert answer.status == 200


def test_the_environments_proxy_is_used_for_every_host_but_those_that_it_excepts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        serving(answering(GOOD)) as proxy,
        serving(answering(GOOD.replace("200 OK", "204 Direct"))) as direct,
    ):
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        one = transport()
        asked = ("http://erp.example/a", direct, "http://erp.example/b", f"{direct}/again")
        assert [one.send("api", "GET", url).status for url in asked] == [200, 204, 200, 204]


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


def test_a_recorder_that_fails_hides_nothing_of_what_erp_net_did(caplog: pytest.LogCaptureFixture) -> None:
    def out_of_order(exchange: Exchange) -> None:
        raise OSError("disk full")

    with serving(answering(GOOD)) as url:
        assert transport(recorder=out_of_order).send("api", "POST", url).status == 200
    assert "could not be recorded: POST" in caplog.text
