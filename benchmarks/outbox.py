"""How soon what a partner saved stands in ERP.net, and how many deliveries one session takes.

The first is measured on processes of their own: PostgreSQL, Redis, the sandbox, and the worker `erpnet` as production
runs it. It counts from the moment before the form is saved to the one at which its delivery is DONE.

The second delivers many shipments in one process, to an instance that answers each request after 50 ms. The floor is
what a session with one request at a time could do at the most.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, Size
from benchmarks.outbox_processes import bells, running_worker
from benchmarks.portal import set_up_portal
from benchmarks.servers import sandbox, slowly
from erpnet.sandbox.demo.processes import WORKER

if TYPE_CHECKING:
    from benchmarks.seller import Seller

ANSWER = 0.05
SHIPMENTS_A_ROUND = 25
LOT = 100
MEDIAN_MS, LATEST_MS = 300.0, 1000.0
IDLE, BUSY = "worker idle", "stock is pulled"


def measure(size: Size) -> Iterator[Figure]:
    postgres = set_up_portal()
    from benchmarks.seller import Seller  # noqa: PLC0415 - it needs Django set up

    postgres.ensure_role(WORKER, "LOGIN")
    with sandbox(size.balances) as application, bells() as redis:
        with running_worker(application, postgres.url(WORKER, "portal"), redis):
            seller = Seller(application)
            yield from _latency(seller, size.rounds)
        yield from _throughput(seller, size.rounds)


def _latency(seller: Seller, rounds: int) -> Iterator[Figure]:
    took: dict[str, list[float]] = {IDLE: [], BUSY: []}
    for _ in range(rounds):
        took[IDLE] += _milliseconds(seller, lambda: None)
        with seller.pulling_stock() as keep_busy:
            took[BUSY] += _milliseconds(seller, keep_busy)
    for when, each in took.items():
        latest = statistics.quantiles(each, n=20)[-1]
        yield Figure(f"saved to DONE, {when}", statistics.median(each), "ms", MEDIAN_MS, 1.0, at_most=True)
        yield Figure(f"the same, 95 of 100, {when}", latest, "ms", LATEST_MS, 1.0, at_most=True)


def _milliseconds(seller: Seller, before: Callable[[], None]) -> list[float]:
    took = []
    pause = Random(7)  # noqa: S311 - when somebody happens to save
    for _ in range(SHIPMENTS_A_ROUND):
        before()
        time.sleep(pause.uniform(0.05, 0.5))
        started = time.perf_counter()
        seller.announce()
        seller.wait_for_deliveries()
        took.append((time.perf_counter() - started) * 1000)
    return took


def _throughput(seller: Seller, rounds: int) -> Iterator[Figure]:
    """Announcements, and changes of them, in lots: the median lot of each, by entries and by requests."""
    measured: dict[str, list[tuple[float, float]]] = {"announcements": [], "changes": []}
    with slowly(seller.application.instance_url, ANSWER) as door:
        api = seller.client(door)
        api.version()  # Token and session are there before the first one counts.
        for _ in range(rounds):
            shipments = [seller.announce() for _ in range(LOT)]
            measured["announcements"].append(seller.deliver_all(api, LOT))
            for shipment in shipments:
                seller.change(shipment)
            measured["changes"].append(seller.deliver_all(api, LOT))
    for what, lots in measured.items():
        entries, requests = (statistics.median(each) for each in zip(*lots, strict=True))
        yield Figure(f"{what}, an answer in 50 ms", entries, "entries/s", 1 / ANSWER, 0.9)
        yield Figure(f"requests for {what}", requests, "requests/s", 1 / ANSWER, 0.9)
