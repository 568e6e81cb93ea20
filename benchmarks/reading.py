"""How fast current balances become dataclasses, against the least that reading them costs.

The floor is `requests` and `json.loads` on the same pages, one after another, and nothing made of their rows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import requests

from benchmarks.figures import Figure, Size, in_turns
from benchmarks.servers import page_server, sandbox
from erpnet import DomainApi, Query, TrustedApplication
from erpnet.entities import CurrentBalance
from erpnet.transport import Recorder

# The client makes eight typed values of each row, where the floor makes nothing.
TARGET = 0.4
# ERP.net's limit is for its good; here the client shall be as fast as it can.
UNLIMITED = 1_000_000


def measure(size: Size) -> Iterator[Figure]:
    with page_server(size.rows) as application:
        yield _compared("balances from rendered pages", application, size)
    with sandbox(size.balances) as application:
        yield _compared("balances from the sandbox", application, size)


def client(application: TrustedApplication, recorder: Recorder | None = None) -> DomainApi:
    return DomainApi(application, recorder=recorder, requests_per_minute=UNLIMITED)


def pull(api: DomainApi) -> int:
    """Read every balance into a dataclass; answers how many there were."""
    count = 0
    for page in api.pages(balances()):
        for row in page.rows:
            CurrentBalance.from_row(row)
        count += len(page.rows)
    return count


def balances() -> Query:
    return CurrentBalance.query().top(1000)


def rows_a_second(work: Callable[[], int]) -> float:
    started = time.perf_counter()
    return work() / (time.perf_counter() - started)


def _compared(name: str, application: TrustedApplication, size: Size) -> Figure:
    api = client(application)
    root, token = api.instance.domain_api_url, client(application).token.value()
    medians = in_turns(
        {
            "client": lambda: rows_a_second(lambda: pull(api)),
            "floor": lambda: rows_a_second(lambda: _pull_bare(root, token)),
        },
        size.rounds,
    )
    return Figure(name, medians["client"], "rows/s", medians["floor"], TARGET)


def _pull_bare(root: str, token: str) -> int:
    count, link = 0, root + balances().path()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        while link:
            content = json.loads(session.get(link, timeout=60).content)
            count += len(content["value"])
            link = content.get("@odata.nextLink", "")
            link = urljoin(root, link) if link else ""
    return count
