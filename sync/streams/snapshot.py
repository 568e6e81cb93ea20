"""The stock snapshot: every balance, every night, and all of it or nothing.

`CurrentBalances` is a view: no id, no time of change, and rows shift between its pages while it is read. So pages are
gathered in a staging table, a row that came twice counts once, and only a snapshot that is complete and plausible is
merged: what is new is inserted, what changed updated, what vanished deleted. Partners never see half a night.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import DataError, connection, transaction
from django.utils.translation import gettext as _

from erpnet import Page, Query, entities
from erpnet.exceptions import MalformedAnswer
from sync.models import Run
from sync.streams.mapping.stock import balance
from sync.streams.turns import Turn

STAGING = "sync_stock_staging"
TABLE = "sync_stockbalance"

KEY = (
    "enterprise_company_id",
    "store_id",
    "store_bin_id",
    "product_id",
    "variant_id",
    "lot_id",
    "serial_number_id",
)
COLUMNS = (*KEY, "quantity", "unit")

_NONE = "'00000000-0000-0000-0000-000000000000'"
_SAME = " AND ".join(f"coalesce(stock.{name}, {_NONE}) = coalesce(staged.{name}, {_NONE})" for name in KEY)
_TWIN = " AND ".join(f"coalesce(earlier.{name}, {_NONE}) = coalesce(later.{name}, {_NONE})" for name in KEY)

_DROP_TWINS = (
    f"DELETE FROM {STAGING} earlier USING {STAGING} later WHERE {_TWIN} AND earlier.ctid < later.ctid"
)
_DELETE = f"DELETE FROM {TABLE} stock WHERE NOT EXISTS (SELECT FROM {STAGING} staged WHERE {_SAME})"
_UPDATE = f"""
    UPDATE {TABLE} stock SET quantity = staged.quantity, unit = staged.unit FROM {STAGING} staged
    WHERE {_SAME} AND (stock.quantity, stock.unit) IS DISTINCT FROM (staged.quantity, staged.unit)
"""
_INSERT = f"""
    INSERT INTO {TABLE} ({", ".join(COLUMNS)}) SELECT {", ".join(COLUMNS)} FROM {STAGING} staged
    WHERE NOT EXISTS (SELECT FROM {TABLE} stock WHERE {_SAME})
"""


@dataclass(frozen=True, slots=True)
class Size:
    rows: int
    total: Decimal


def pull(turn: Turn) -> None:
    """Gather pages until the last one or the end of the turn; after the last one, judge and merge."""
    if not turn.run.cursor.get("gathered"):
        with closing(turn.api.pages(_start(turn.run))) as pages:
            for page in pages:
                _gather(turn, page)
                if page.next_link is not None and turn.is_over:
                    turn.put_down()
                    return
    _settle(turn)


def _start(run: Run) -> Query | str:
    return run.cursor.get("next") or entities.CurrentBalance.query().count()


@transaction.atomic
def _gather(turn: Turn, page: Page) -> None:
    run, started = turn.run, time.perf_counter()
    if not run.pages:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {STAGING}")
    faults = _stage(page.rows)
    turn.save_page(
        page,
        faults=faults,
        seconds_writing=time.perf_counter() - started,
        cursor={"next": page.next_link, "gathered": page.next_link is None},
        rows_expected=page.count if run.rows_expected is None else run.rows_expected,
    )


def _stage(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Copy a page into the staging table. A row that cannot be is left out and answered as a fault."""
    try:
        with transaction.atomic():
            _copy([balance(row) for row in rows])
    except (KeyError, TypeError, DataError):
        faults, good = [], []
        for row in rows:
            try:
                entities.CurrentBalance.from_row(row)
            except MalformedAnswer as error:
                faults.append({"row": str(row.get("Product")), "why": error.message})
            else:
                good.append(balance(row))
        _copy(good)
        return faults
    return []


def _copy(rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        copying = cursor.copy(f"COPY {STAGING} ({', '.join(COLUMNS)}) FROM STDIN")
        with connection.wrap_database_errors, copying as copy:
            for row in rows:
                copy.write_row(row)


@transaction.atomic
def _settle(turn: Turn) -> None:
    """Merge what was gathered, or refuse it and keep the stock of before."""
    run, started = turn.run, time.perf_counter()
    turn.save()
    with connection.cursor() as cursor:
        cursor.execute(_DROP_TWINS)
        staged, before = _size(cursor, STAGING), _size(cursor, TABLE)
        doubt = _doubt(run, staged, before)
        if not doubt:
            removed, changed = _merge(cursor)
            turn.save(rows_removed=removed, rows_changed=changed)
        cursor.execute(f"TRUNCATE {STAGING}")
    turn.save(seconds_writing=run.seconds_writing + time.perf_counter() - started)
    taken = Run.State.FLAWED if run.rows_failed else Run.State.DONE
    turn.finish(Run.State.REFUSED if doubt else taken, doubt)


def _merge(cursor: Any) -> tuple[int, int]:
    """Answers how many rows were removed, and how many changed or new."""
    cursor.execute(_DELETE)
    removed = cursor.rowcount
    cursor.execute(_UPDATE)
    changed = cursor.rowcount
    cursor.execute(_INSERT)
    return removed, changed + cursor.rowcount


def _size(cursor: Any, table: str) -> Size:
    cursor.execute(f"SELECT count(*), coalesce(sum(quantity), 0) FROM {table}")
    return Size(*cursor.fetchone())


def _doubt(run: Run, staged: Size, before: Size) -> str:
    """Why this snapshot is not believed, in words for staff; empty if it is."""
    expected = run.rows_expected
    if expected is not None and abs(staged.rows - expected) > expected * settings.STOCK_COUNT_TOLERANCE:
        text = _("ERP.net counted %(expected)d balances and %(read)d arrived. The stock of before is kept.")
        return text % {"expected": expected, "read": staged.rows}
    for what, now, then in (
        (_("The number of balances"), Decimal(staged.rows), Decimal(before.rows)),
        (_("The total quantity"), staged.total, before.total),
    ):
        if then > 0 and then - now > then * Decimal(str(settings.STOCK_LARGEST_FALL)):
            text = _(
                "%(what)s fell from %(then)s to %(now)s, more than %(limit)d %% at once. The stock of before is kept. "
                "If the fall is real, allow it for one run by STOCK_LARGEST_FALL."
            )
            limit = round(settings.STOCK_LARGEST_FALL * 100)
            return text % {"what": what, "then": f"{then:f}", "now": f"{now:f}", "limit": limit}
    return ""
