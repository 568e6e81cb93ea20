"""Gathering a snapshot page by page, and settling what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from erpnet import Page, entities
from erpnet.exceptions import ErpNetError
from sync.models import Run
from sync.streams.bulk import commit_asynchronously, without_gc
from sync.streams.mapping.stock import MisshapenRow, copy_text
from sync.streams.snapshot import difference, judging
from sync.streams.snapshot.tables import COLUMN_LIST, STAGING
from sync.streams.turns import Turn
from sync.streams.unreadable import Unreadable

_COPY = f"COPY {STAGING} ({COLUMN_LIST}) FROM STDIN"
_EMPTY = f"TRUNCATE {STAGING}"

# A page in memory is some six megabytes.
PAGES_AT_ONCE = 3
SECONDS_AT_ONCE = 0.05

NOT_TAKEN = (MisshapenRow, DataError, IntegrityError)


def pull(turn: Turn) -> None:
    """Gather pages until the last one or the end of the turn; after the last one, judge and merge."""
    if not turn.run.cursor.get("gathered"):
        with without_gc(), closing(_pages(turn)) as pages:
            for together in _together(pages):
                _gather(turn, together)
        if not turn.run.cursor.get("gathered"):
            turn.put_down()
            return
    _settle(turn)


def _pages(turn: Turn) -> Generator[Page, None, None]:
    start = turn.run.cursor.get("next") or entities.CurrentBalance.query().count()
    return turn.api.pages(start, goes_on=lambda: not turn.is_over)


def _together(pages: Iterable[Page]) -> Iterator[list[Page]]:
    """The pages as they come, some at a time where they come quickly: saving how far a run is costs half a page."""
    together: list[Page] = []
    since = time.monotonic()
    try:
        for page in pages:
            together.append(page)
            if len(together) == PAGES_AT_ONCE or time.monotonic() - since >= SECONDS_AT_ONCE:
                yield together
                together, since = [], time.monotonic()
    except ErpNetError:
        if together:
            yield together
        raise
    if together:
        yield together


# -- Some pages ---------------------------------------------------------------------------------------------------


def _gather(turn: Turn, pages: Sequence[Page]) -> None:
    """Stage pages whole, or where they are not taken, what of them is."""
    rows, started = [row for page in pages for row in page.rows], time.perf_counter()
    try:
        text = copy_text(rows)
        _take(turn, pages, lambda cursor: _copy(cursor, text), time.perf_counter() - started)
    except NOT_TAKEN:
        _take(turn, pages, lambda cursor: _stage_good(cursor, rows))


@transaction.atomic
def _take(
    turn: Turn, pages: Sequence[Page], stage: Callable[[Any], list[Unreadable]], seconds_mapping: float = 0.0
) -> None:
    run, started, last = turn.run, time.perf_counter(), pages[-1]
    commit_asynchronously()
    with connection.cursor() as cursor:
        if not run.pages:
            cursor.execute(_EMPTY)
        unreadable = stage(cursor)
    turn.save_page(
        *pages,
        unreadable=unreadable,
        seconds_parsing=run.seconds_parsing + sum(page.seconds_reading for page in pages) + seconds_mapping,
        seconds_writing=time.perf_counter() - started,
        cursor={"next": last.next_link, "gathered": last.next_link is None},
        rows_expected=pages[0].count if run.rows_expected is None else run.rows_expected,
    )


def _copy(cursor: Any, text: str) -> list[Unreadable]:
    with connection.wrap_database_errors, cursor.copy(_COPY) as copy:
        copy.write(text)
    return []


def _stage_good(cursor: Any, rows: Sequence[dict[str, Any]]) -> list[Unreadable]:
    """Stage rows, halved until those that are not taken stand alone; answers these."""
    try:
        with transaction.atomic():
            return _copy(cursor, copy_text(rows))
    except NOT_TAKEN as error:
        if len(rows) == 1:
            return [Unreadable.refused(entities.CurrentBalance, rows[0], str(error))]
    middle = len(rows) // 2
    return _stage_good(cursor, rows[:middle]) + _stage_good(cursor, rows[middle:])


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
    staged = difference.count_staged(cursor)
    if doubt := judging.loss_of(run, staged):
        return doubt
    if _fill(cursor, turn, staged):
        return ""
    balances = difference.drop_twins(cursor, staged)
    if balances < staged and _fill(cursor, turn, balances):
        return ""
    doubt = judging.incompleteness_of(run, balances)
    before, change = difference.size_of_stock(cursor), difference.compare_staged(cursor)
    doubt = doubt or judging.fall_of(run, before, change.after(before))
    difference.keep_difference(cursor, run.pk)
    if not doubt:
        turn.save(rows_removed=change.gone, rows_changed=change.rows - change.gone)
        if not run.dry_run:
            difference.merge_difference(cursor)
    return doubt


def _fill(cursor: Any, turn: Turn, balances: int) -> bool:
    """Take a complete snapshot into an empty stock: nothing lies before it, so there is nothing to go back to.

    Whether all of its rows are balances of their own, the key of the stock knows best: False where they are not.
    """
    if (
        turn.run.dry_run
        or judging.incompleteness_of(turn.run, balances)
        or not difference.stock_is_empty(cursor)
    ):
        return False
    if not difference.fill_stock(cursor):
        return False
    turn.save(rows_changed=balances)
    return True
