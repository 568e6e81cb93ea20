"""Gathering a snapshot page by page, and settling what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from erpnet import Page, Query, entities
from erpnet.exceptions import MalformedAnswer
from sync.models import Run
from sync.streams.mapping.stock import MisshapenRow, copy_text
from sync.streams.snapshot import difference, judging
from sync.streams.snapshot.tables import COLUMN_LIST, STAGING
from sync.streams.turns import Turn
from sync.streams.unreadable import Unreadable

# Whatever a crash of PostgreSQL takes of these commits, it takes the staging table first.
_NEED_NOT_LAST = "SELECT set_config('synchronous_commit', 'off', true)"
_COPY = f"COPY {STAGING} ({COLUMN_LIST}) FROM STDIN"
_EMPTY = f"TRUNCATE {STAGING}"

NOT_TAKEN = (MisshapenRow, DataError, IntegrityError)


def pull(turn: Turn) -> None:
    """Gather pages until the last one or the end of the turn; after the last one, judge and merge."""
    if not turn.run.cursor.get("gathered"):
        with closing(turn.api.pages(_start(turn.run), goes_on=lambda: not turn.is_over)) as pages:
            for page in pages:
                _gather(turn, page)
        if not turn.run.cursor.get("gathered"):
            turn.put_down()
            return
    _settle(turn)


def _start(run: Run) -> Query | str:
    return run.cursor.get("next") or entities.CurrentBalance.query().count()


# -- One page -----------------------------------------------------------------------------------------------------


def _gather(turn: Turn, page: Page) -> None:
    """Stage a page whole, or where it is not taken, what of it is."""
    try:
        _take(turn, page, [])
    except NOT_TAKEN:
        _take(turn, page, None)


@transaction.atomic
def _take(turn: Turn, page: Page, unreadable: list[Unreadable] | None) -> None:
    run, started = turn.run, time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(_NEED_NOT_LAST)
        if not run.pages:
            cursor.execute(_EMPTY)
        if unreadable is None:
            unreadable = _stage_good(cursor, page.rows)
        else:
            _stage(cursor, page.rows)
    turn.save_page(
        page,
        unreadable=unreadable,
        seconds_writing=time.perf_counter() - started,
        cursor={"next": page.next_link, "gathered": page.next_link is None},
        rows_expected=page.count if run.rows_expected is None else run.rows_expected,
    )


def _stage(cursor: Any, rows: Sequence[dict[str, Any]]) -> None:
    text = copy_text(rows)
    with connection.wrap_database_errors, cursor.copy(_COPY) as copy:
        copy.write(text)


def _stage_good(cursor: Any, rows: Sequence[dict[str, Any]]) -> list[Unreadable]:
    """Stage rows, halved until those that are not taken stand alone; answers these."""
    try:
        with transaction.atomic():
            _stage(cursor, rows)
    except NOT_TAKEN as error:
        if len(rows) == 1:
            return [Unreadable(entities.CurrentBalance.ENTITY_SET, rows[0], _why(rows[0], error))]
    else:
        return []
    middle = len(rows) // 2
    return _stage_good(cursor, rows[:middle]) + _stage_good(cursor, rows[middle:])


def _why(row: dict[str, Any], error: Exception) -> str:
    """What is wrong with a row, by what reads rows with care; by PostgreSQL where that finds nothing."""
    try:
        entities.CurrentBalance.from_row(row)
    except MalformedAnswer as malformed:
        return malformed.message
    return str(error).splitlines()[0]


# -- After the last page ------------------------------------------------------------------------------------------


@transaction.atomic
def _settle(turn: Turn) -> None:
    """Merge what was gathered, or refuse it and keep the stock of before."""
    run, started = turn.run, time.perf_counter()
    turn.save()
    with connection.cursor() as cursor:
        doubt = _doubt_or_merge(cursor, turn)
        cursor.execute(_EMPTY)
    turn.save(seconds_writing=run.seconds_writing + time.perf_counter() - started)
    taken = Run.State.FLAWED if run.rows_failed else Run.State.DONE
    turn.finish(Run.State.REFUSED if doubt else taken, doubt)


def _doubt_or_merge(cursor: Any, turn: Turn) -> str:
    """Why the snapshot is not believed, with its difference kept; or empty, and it is the stock."""
    run = turn.run
    staged, balances = difference.count_staged(cursor)
    if doubt := judging.loss_of(run, staged):
        return doubt
    doubt = judging.incompleteness_of(run, balances)
    if not doubt and not run.dry_run and difference.stock_is_empty(cursor):
        # Nothing lies before it, so there is nothing that one could go back to.
        difference.fill_stock(cursor)
        turn.save(rows_changed=balances)
        return ""
    before, change = difference.size_of_stock(cursor), difference.compare_staged(cursor)
    doubt = doubt or judging.fall_of(before, change.after(before))
    difference.keep_difference(cursor, run.pk)
    if not doubt:
        turn.save(rows_removed=change.gone, rows_changed=change.rows - change.gone)
        if not run.dry_run:
            difference.merge_difference(cursor)
    return doubt
