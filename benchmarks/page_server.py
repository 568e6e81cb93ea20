"""An instance that serves one view from pages rendered beforehand: `python -m benchmarks.page_server ROWS`.

It does next to nothing for a page, so that a pull from it measures the puller. A request for `/night` begins the other
night, on which the share `--changed` of the rows is another. Prints its address, and ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from typing import ClassVar, cast

from benchmarks.made_up import BALANCES, ROWS_A_PAGE, VIEWS, Nights, rendered_pages

TOKEN = {"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer", "scope": "read"}
_POSITION = re.compile(r"skip(?:token)?=(\d+)")


class PageServer(asyncio.Protocol):
    """One connection. Requests are answered as they come; nobody sends the next before its answer."""

    root: ClassVar[str]
    view: ClassVar[str]
    rows: ClassVar[int]
    delay: ClassVar[float]
    pages: ClassVar[list[Nights]]
    night: ClassVar[int] = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not data.startswith((b"GET ", b"POST ")):
            return  # A form that came after its head, which has been answered.
        target = data.split(b" ", 2)[1].decode()
        if "/odata/" in target:
            self.reply_later(self.page(target))
        elif target.endswith("/token"):
            self.reply(json.dumps(TOKEN).encode())
        elif target.endswith("/openid-configuration"):
            self.reply(json.dumps(self.openid()).encode())
        elif target == "/night":
            PageServer.night = 1 - PageServer.night
            self.reply(b"{}")
        else:
            self.reply(b"{}", status="404 Not Found")

    def page(self, target: str) -> tuple[bytes, bytes, bytes]:
        """A page as ERP.net's: with its count if asked for one, and with a link to the next, by position."""
        found = _POSITION.search(target)
        number = int(found[1]) // ROWS_A_PAGE if found else 0
        counted = "%24count=true" in target or "$count=true" in target
        head = f'"@odata.count":{self.rows},' if counted else ""
        if number < len(self.pages) - 1:
            count = "$count=true&" if counted else ""
            link = f"{self.view}?{count}$top={ROWS_A_PAGE}&$skip={(number + 1) * ROWS_A_PAGE}"
            head += f'"@odata.nextLink":"{link}",'
        return f'{{{head}"value":'.encode(), self.pages[number][self.night], b"}"

    def reply_later(self, parts: tuple[bytes, ...]) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.reply, *parts)
        else:
            self.reply(*parts)

    def reply(self, *parts: bytes, status: str = "200 OK") -> None:
        length = sum(map(len, parts))
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        self.transport.writelines([head.encode(), *parts])

    def openid(self) -> dict[str, str]:
        names = ("authorization_endpoint", "token_endpoint", "end_session_endpoint", "jwks_uri")
        return {"issuer": f"{self.root}/id"} | dict.fromkeys(names, f"{self.root}/id/token")


async def serve(view: str, rows: int, changed: float, delay: float) -> None:
    PageServer.view, PageServer.rows, PageServer.delay = view, rows, delay
    PageServer.pages = rendered_pages(view, rows, changed) or [(b"[]", b"[]")]
    server = await asyncio.get_running_loop().create_server(PageServer, "127.0.0.1", 0)
    PageServer.root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(PageServer.root, flush=True)  # noqa: T201 - for whoever started it
    await asyncio.to_thread(sys.stdin.read)
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.page_server")
    parser.add_argument("rows", type=int)
    parser.add_argument("--view", choices=VIEWS, default=BALANCES)
    parser.add_argument("--changed", type=float, default=0.0, help="share of the rows, on every other night")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each page")
    asyncio.run(serve(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
