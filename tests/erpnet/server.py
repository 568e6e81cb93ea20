"""A server that answers to the letter, for what no mock can show: halves, drips and silence."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Behaviour = Callable[[socket.socket, str], None]


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve one connection after another on loopback; gives the address. `behave` gets each, with its request."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener, behave, tls), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Closing alone would leave the thread in accept().
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _serve(listener: socket.socket, behave: Behaviour, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        try:
            with tls.wrap_socket(connection, server_side=True) if tls else connection as channel:
                behave(channel, channel.recv(65536).decode())
        except OSError:
            continue  # The client gave up, which is what some tests wait for.


def answering(text: str) -> Behaviour:
    return lambda connection, request: connection.sendall(text.replace("\n", "\r\n").encode())


def echoing_authorization(connection: socket.socket, request: str) -> None:
    """Answer with the Authorization header as it came."""
    lines = dict(line.split(": ", 1) for line in request.split("\r\n") if ": " in line)
    body = lines.get("Authorization", "")
    answering(f"HTTP/1.1 200 OK\nContent-Length: {len(body)}\nConnection: close\n\n{body}")(
        connection, request
    )
