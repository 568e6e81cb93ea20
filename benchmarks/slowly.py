"""A door before an instance that answers each request after the same time: `python -m benchmarks.slowly URL SECONDS`.

It passes on bytes and holds back what is answered until SECONDS after its request began, so that the instance may be
busy for some of that time. Prints its address, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from typing import ClassVar, cast
from urllib.parse import urlsplit


class Door(asyncio.Protocol):
    """One connection of a client that waits for an answer before it asks again."""

    host: ClassVar[str]
    port: ClassVar[int]
    seconds: ClassVar[float]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.client = cast(asyncio.Transport, transport)
        self.waiting: list[bytes] = []
        self.behind: Behind | None = None
        self.opens_at = 0.0
        self.is_asked = False
        asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        _transport, self.behind = await asyncio.get_running_loop().create_connection(
            lambda: Behind(self), self.host, self.port
        )
        for data in self.waiting:
            self.behind.send(data)

    def data_received(self, data: bytes) -> None:
        if not self.is_asked:
            self.is_asked = True
            self.opens_at = asyncio.get_running_loop().time() + self.seconds
        if self.behind is None:
            self.waiting.append(data)
        else:
            self.behind.send(data)

    def answer(self, data: bytes) -> None:
        self.is_asked = False
        asyncio.get_running_loop().call_at(self.opens_at, self.client.write, data)

    def connection_lost(self, error: Exception | None) -> None:
        if self.behind is not None:
            self.behind.close()


class Behind(asyncio.Protocol):
    """The same connection, on the instance's side."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, data: bytes) -> None:
        self._transport.write(data)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._door.answer(data)


async def serve(url: str, seconds: float) -> None:
    address = urlsplit(url)
    Door.host, Door.port, Door.seconds = address.hostname or "", address.port or 80, seconds
    server = await asyncio.get_running_loop().create_server(Door, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - for whoever started it
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2])))
