"""An instance that serves one view from pages rendered beforehand: `python -m benchmarks.page_server ROWS`.

It does next to nothing for a page, so that a pull from it measures the puller. Prints its address, and ends with its
standard input.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import uuid
from typing import Any, ClassVar, cast

VIEW = "Logistics_Inventory_CurrentBalances"
ROWS_A_PAGE = 1000
DISTINCT_PAGES = 50
TOKEN = {"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer", "scope": "read"}


def rendered_rows(pages: int = DISTINCT_PAGES) -> list[bytes]:
    """The rows of so many pages, as JSON. Stores, bins, products and lots repeat as they do in a real stock."""
    chance = random.Random(7)  # noqa: S311 - made-up stock, the same each time

    def ids(entity_set: str, count: int) -> list[dict[str, str]]:
        made = (uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(count))
        return [{"@odata.id": f"{entity_set}({one})"} for one in made]

    companies = ids("General_EnterpriseCompanies", 2)
    stores, bins = ids("Logistics_Inventory_Stores", 20), ids("Logistics_Inventory_StoreBins", 800)
    products, lots = ids("General_Products_Products", 5000), ids("Logistics_Inventory_Lots", 20_000)

    def row() -> dict[str, Any]:
        return {
            "QuantityBase": {"Value": f"{chance.randrange(1, 500_000) / 1000:.3f}", "Unit": "PCS"},
            "EnterpriseCompany": chance.choice(companies),
            "Lot": chance.choice(lots) if chance.random() < 0.7 else None,
            "Product": chance.choice(products),
            "ProductVariant": None,
            "SerialNumber": None,
            "Store": chance.choice(stores),
            "StoreBin": chance.choice(bins),
        }

    return [
        json.dumps([row() for _ in range(ROWS_A_PAGE)], separators=(",", ":")).encode() for _ in range(pages)
    ]


class PageServer(asyncio.Protocol):
    """One connection. Requests are answered as they come; nobody sends the next before its answer."""

    root: ClassVar[str]
    last_page: ClassVar[int]
    pages: ClassVar[list[bytes]]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not data.startswith((b"GET ", b"POST ")):
            return  # A form that came after its head, which has been answered.
        target = data.split(b" ", 2)[1].decode()
        if "/odata/" in target:
            self.reply(*self.page(int(target.partition("$skip=")[2] or 0) // ROWS_A_PAGE))
        elif target.endswith("/token"):
            self.reply(json.dumps(TOKEN).encode())
        elif target.endswith("/openid-configuration"):
            self.reply(json.dumps(self.openid()).encode())
        else:
            self.reply(b"{}", status="404 Not Found")

    def page(self, number: int) -> tuple[bytes, bytes, bytes]:
        link = f'"@odata.nextLink":"{VIEW}?$top=1000&$skip={(number + 1) * ROWS_A_PAGE}",'
        more = link if number < self.last_page else ""
        return f'{{{more}"value":'.encode(), self.pages[number % len(self.pages)], b"}"

    def reply(self, *parts: bytes, status: str = "200 OK") -> None:
        length = sum(map(len, parts))
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        self.transport.writelines([head.encode(), *parts])

    def openid(self) -> dict[str, str]:
        names = ("authorization_endpoint", "token_endpoint", "end_session_endpoint", "jwks_uri")
        return {"issuer": f"{self.root}/id"} | dict.fromkeys(names, f"{self.root}/id/token")


async def serve(rows: int) -> None:
    server = await asyncio.get_running_loop().create_server(PageServer, "127.0.0.1", 0)
    PageServer.root = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    PageServer.last_page = max(rows // ROWS_A_PAGE - 1, 0)
    PageServer.pages = rendered_rows()
    print(PageServer.root, flush=True)  # noqa: T201 - for whoever started it
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
