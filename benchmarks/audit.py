"""What the audit trail costs: the same pull with and without it, and a row of it by itself."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from benchmarks.figures import Figure, Size, in_turns
from benchmarks.portal import set_up_portal
from benchmarks.reading import client, pull, rows_a_second
from benchmarks.servers import page_server
from erpnet.transport import Exchange

# On a busy machine two rounds of the same differ by more than this costs: so there are more of them, and the row by
# itself is the figure to go by.
ROUNDS = 7
PULL_TARGET = 0.9
ROW_TARGET = 0.03
ROWS = 5000


def measure(size: Size) -> Iterator[Figure]:
    set_up_portal()
    with page_server(size.rows) as application:
        from erpnet.audit import AuditTrail  # noqa: PLC0415 - its model needs Django set up

        trail = AuditTrail()
        audited, plain = client(application, trail), client(application)

        def pull_with_trail() -> int:
            count = pull(audited)
            trail.flush()
            return count

        def seconds_a_row() -> float:
            started = time.perf_counter()
            for _ in range(ROWS):
                trail(_exchange())
            trail.flush()
            return (time.perf_counter() - started) / ROWS

        medians = in_turns(
            {
                "with": lambda: rows_a_second(pull_with_trail),
                "without": lambda: rows_a_second(lambda: pull(plain)),
                "row": seconds_a_row,
            },
            max(size.rounds, ROUNDS),
        )
    microseconds_a_page = 1_000_000 / (medians["without"] / 1000)
    yield Figure("pull with the audit trail", medians["with"], "rows/s", medians["without"], PULL_TARGET)
    yield Figure(
        "audit row, to a page of 1000 rows",
        1_000_000 * medians["row"],
        "µs",
        microseconds_a_page,
        ROW_TARGET,
        at_most=True,
    )


def _exchange() -> Exchange:
    return Exchange(
        at=dt.datetime.now(dt.UTC),
        kind="api",
        method="GET",
        path="/api/domain/odata/Logistics_Inventory_CurrentBalances",
        status=200,
        seconds=0.02,
        bytes=550_000,
        correlation_id="6d7a5c1e-54b5-4f39-9d6a-0c0e5f1a2b3c",
        error="",
    )
