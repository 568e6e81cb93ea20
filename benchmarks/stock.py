"""The nightly stock: from rendered pages to committed rows as the worker does it, against a blind upsert.

`python -m benchmarks.stock URL` is one first load in a process of its own, which tells its speed and its memory.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import django
from django.db import connection

from benchmarks.figures import Figure, Size, in_turns
from benchmarks.floors import StockFloor
from benchmarks.made_up import ROWS_A_PAGE
from benchmarks.portal import set_up_portal
from benchmarks.reading import client
from benchmarks.servers import ROOT, URI, next_night, page_server
from erpnet import DomainApi, TrustedApplication

CHANGED = 0.01
DELAY = 0.1

FIRST_LOAD = 0.7
SOME_CHANGED = 1.0
WAL = 0.2
NOTHING_CHANGED = 0.0
MANY_ROWS = 0.9
MEGABYTES = 150.0
LATENCY = 1.05


def measure(size: Size) -> Iterator[Figure]:
    set_up_portal()
    yield from _usual_nights(size)
    yield from _many_rows(size)
    yield _slow_instance(size)


# -- Nights of a usual stock ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Side:
    """One way to bring the stock in. `holds` is the night that its table has."""

    load: Callable[[], object]
    empty: Callable[[], None]
    holds: int | None = None


class Nights:
    """Two nights of one instance, in turns; each measures rows a second, of the second also how much WAL it takes."""

    def __init__(self, application: TrustedApplication, rows: int) -> None:
        self.application = application
        self.rows = rows
        self.now = 0
        self.wal: dict[str, list[float]] = {}

    def first_load(self, side: Side) -> float:
        side.empty()
        return self.load(side)

    def some_changed(self, name: str, side: Side) -> float:
        if side.holds is None:
            self.load(side)
        if side.holds == self.now:
            next_night(self.application)
            self.now = 1 - self.now
        before = _number("SELECT pg_current_wal_lsn() - '0/0'")
        speed = self.load(side)
        self.wal.setdefault(name, []).append(_number("SELECT pg_current_wal_lsn() - '0/0'") - before)
        return speed

    def load(self, side: Side) -> float:
        started = time.perf_counter()
        side.load()
        side.holds = self.now
        return self.rows / (time.perf_counter() - started)


def _usual_nights(size: Size) -> Iterator[Figure]:
    with (
        page_server(size.stock_rows, changed=CHANGED) as application,
        closing(StockFloor(_login())) as floor,
    ):
        api = as_worker(application)
        root, token = api.instance.domain_api_url, api.token.value()
        portal = Side(lambda: pull(api), empty_stock)
        blind = Side(lambda: floor.load(root, token), floor.empty)
        nights = Nights(application, size.stock_rows)
        medians = in_turns(
            {
                "first": lambda: nights.first_load(portal),
                "floor": lambda: nights.first_load(blind),
                "changed": lambda: nights.some_changed("portal", portal),
                "floor, changed": lambda: nights.some_changed("blind", blind),
            },
            size.rounds,
        )
        if portal.holds != nights.now:
            nights.load(portal)
        written = _rows_written()
        nights.load(portal)
        written = _rows_written() - written
    rows, wal = (
        f"{size.stock_rows:,}",
        {name: statistics.median(values) / 1e6 for name, values in nights.wal.items()},
    )
    yield Figure(
        f"stock, first load of {rows} rows", medians["first"], "rows/s", medians["floor"], FIRST_LOAD
    )
    yield Figure("stock, 1 % changed", medians["changed"], "rows/s", medians["floor"], SOME_CHANGED)
    yield Figure("stock, 1 % changed: WAL", wal["portal"], "MB", wal["blind"], WAL, at_most=True)
    yield Figure(
        "stock, nothing changed: rows written",
        written,
        "rows",
        size.stock_rows,
        NOTHING_CHANGED,
        at_most=True,
    )


# -- A great many rows, and a slow instance -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """What a process of its own says of its load."""

    rows_a_second: float
    megabytes: float


def _many_rows(size: Size) -> Iterator[Figure]:
    megabytes: list[float] = []
    with page_server(size.stock_rows) as some, page_server(size.many_rows) as many:

        def load(application: TrustedApplication) -> float:
            told = _load_elsewhere(application)
            megabytes.append(told.megabytes)
            return told.rows_a_second

        medians = in_turns({"some": lambda: load(some), "many": lambda: load(many)}, size.rounds)
    name = f"{size.many_rows:,} rows"
    yield Figure(f"stock, first load of {name}", medians["many"], "rows/s", medians["some"], MANY_ROWS)
    yield Figure(f"stock, {name}: peak memory", max(megabytes), "MB", MEGABYTES, 1.0, at_most=True)


def _slow_instance(size: Size) -> Figure:
    with page_server(size.stock_rows, delay=DELAY) as application:
        api = as_worker(application)

        def seconds() -> float:
            empty_stock()
            started = time.perf_counter()
            pull(api)
            return time.perf_counter() - started

        medians = in_turns({"slow": seconds}, size.rounds)
    waiting = size.stock_rows / ROWS_A_PAGE * DELAY
    name = f"stock, first load at {1000 * DELAY:.0f} ms a page"
    return Figure(name, medians["slow"], "s", waiting, LATENCY, at_most=True)


def _load_elsewhere(application: TrustedApplication) -> Told:
    command = [sys.executable, "-m", "benchmarks.stock", application.instance_url]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Told(**json.loads(done.stdout))


def load_and_tell(url: str) -> None:
    """One first load by a process that has loaded what a worker has."""
    django.setup()
    api = as_worker(TrustedApplication(url, URI, "any", scope=("read",)))
    empty_stock()
    started = time.perf_counter()
    rows = pull(api)
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"rows_a_second": rows / seconds, "megabytes": megabytes}))  # noqa: T201 - for whoever started it


# -- The portal's side ----------------------------------------------------------------------------------------------


def as_worker(application: TrustedApplication) -> DomainApi:
    """The client as the worker has it, with its audit trail, and doorbells that ring in this process alone."""
    from erpnet.audit import AuditTrail  # noqa: PLC0415 - its model needs Django set up
    from portal.celery import app  # noqa: PLC0415

    app.conf.update(broker_url="memory://localhost")
    app.loader.import_default_modules()
    return client(application, AuditTrail())


def pull(api: DomainApi) -> int:
    """One run of the stock, slice after slice; answers how many rows were read."""
    from sync.models import Run  # noqa: PLC0415
    from sync.services.runs import run_slice, start_run  # noqa: PLC0415

    run = start_run("stock", trigger=Run.Trigger.PERSON)
    while run.state in Run.OPEN:
        run = run_slice(run.pk, api)
    if run.state != Run.State.DONE:
        raise RuntimeError(f"{run.get_state_display()}. {run.message}")
    return run.rows_read


def empty_stock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE sync_stockbalance, sync_stockchange")


def _login() -> dict[str, str]:
    """How to reach the same database without Django."""
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("dbname", "user", "host") if parameters.get(name)}


def _number(query: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return float(cursor.fetchone()[0])


def _rows_written() -> float:
    """How many versions of rows of the stock have been written until now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
    return _number(
        "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = 'sync_stockbalance'"
    )


if __name__ == "__main__":
    load_and_tell(sys.argv[1])
