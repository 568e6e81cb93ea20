"""Comparing the ids of whole tables: what is gone in ERP.net leaves the mirror, what the mirror lacks is pulled.

What was deleted does not show in what changed, and a change may have been missed. So once a week each table is read
from end to end, but of each object no more than its id and when it changed last.
Docs: https://docs.erp.net/dev/domain-api/data-sync/incremental-pull.html, .../querying-data/paging.html
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from erpnet import F, Page, Query
from sync.models import Run
from sync.streams.gone import Implausible, ends_table, settle_page
from sync.streams.incremental import advanced, conclude, walk, write
from sync.streams.seen import NotesLost, Reading, ids_of
from sync.streams.table import CHANGED_AT, Feed, StreamPlan
from sync.streams.targets import VERSION, Target
from sync.streams.turns import Turn

# Their ids stand in the address of the request, which may have some 2,000 characters everywhere.
ASKED_AT_ONCE = 40
# Where more than that is gone, pages that have shifted are not why.
MOST_ASKED_FOR = 2000


def pull(turn: Turn) -> None:
    """Work at a reconciliation until it ends or the turn does."""
    try:
        walk(turn, _start, _take)
    except Implausible as doubt:
        turn.finish(Run.State.REFUSED, str(doubt))


def _start(run: Run, feed: Feed) -> Query:
    return feed.ids()


def _take(turn: Turn, plan: StreamPlan, feed: Feed, page: Page) -> None:
    """Pull what a page shows to be missing or outdated here, then write it down with how far that brings the run."""
    rows: list[dict[str, Any]] = []
    for ids in _in_batches(_lacking(feed, page.rows)):
        rows += turn.api.page(feed.query().filter(F.Id.in_(ids)).top(ASKED_AT_ONCE)).rows
        turn.keep()
    overlooked = _overlooked(turn, plan, feed.target, page) if ends_table(turn.run, plan, page) else []
    with transaction.atomic():
        _write(turn, plan, feed, page, rows, overlooked)


def _overlooked(turn: Turn, plan: StreamPlan, target: Target, page: Page) -> list[uuid.UUID]:
    """Ids that no page has shown and that ERP.net has all the same, asked for one by one.

    Where it pages by position, whatever is deleted meanwhile moves a row from a page to come to one that was read.
    """
    reading, noted = Reading.of(turn.run), turn.run.cursor.get("ids", 0)
    try:
        unseen = set(reading.unseen(target, noted=noted, column=target.key)).difference(ids_of(page.rows))
    except NotesLost:
        return []
    found: set[uuid.UUID] = set()
    if len(unseen) <= MOST_ASKED_FOR:
        for feed in (one for one in plan.feeds if one.target is target):
            for ids in _in_batches(sorted(unseen)):
                found |= set(ids_of(turn.api.page(feed.ids().filter(F.Id.in_(ids)).top(ASKED_AT_ONCE)).rows))
                turn.keep()
    return sorted(found & unseen)


def _write(
    turn: Turn,
    plan: StreamPlan,
    feed: Feed,
    page: Page,
    rows: list[dict[str, Any]],
    overlooked: list[uuid.UUID],
) -> None:
    run, started = turn.run, time.perf_counter()
    written = write(feed, rows)
    cursor = advanced(run.cursor, page)
    removed = settle_page(
        run,
        plan,
        page,
        cursor,
        overlooked=overlooked,
        largest_fall=settings.RECONCILIATION_LARGEST_FALL,
    )
    turn.save_page(
        page,
        unreadable=written.unreadable,
        seconds_parsing=run.seconds_parsing + page.seconds_reading + written.seconds,
        seconds_writing=time.perf_counter() - started - written.seconds,
        cursor=cursor,
        rows_changed=run.rows_changed + written.changed,
        rows_removed=run.rows_removed + removed,
    )
    if cursor["feed"] == len(plan.feeds):
        conclude(turn, plan)


def _lacking(feed: Feed, rows: Sequence[dict[str, Any]]) -> list[uuid.UUID]:
    """The objects of a page of ids that the mirror has not, or in an older state."""
    table, key = feed.target.table, feed.target.key
    known = {one: row.get(CHANGED_AT) for row in rows for one in ids_of([row])}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT theirs.id FROM unnest(%s::uuid[], %s::timestamptz[]) AS theirs (id, changed_at)"
            f" LEFT JOIN {table} mirror ON mirror.{key} = theirs.id WHERE mirror.id IS NULL"
            f" OR theirs.changed_at > coalesce(mirror.{VERSION}, '-infinity')",
            [list(known), list(known.values())],
        )
        return [row[0] for row in cursor.fetchall()]


def _in_batches(ids: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    for start in range(0, len(ids), ASKED_AT_ONCE):
        yield ids[start : start + ASKED_AT_ONCE]
