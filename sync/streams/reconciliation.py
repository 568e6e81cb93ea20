"""Comparing the ids of whole tables: what is gone in ERP.net leaves the mirror, what the mirror lacks is pulled.

What was deleted does not show in what changed, and a change may have been missed. So once a week each table is read
from end to end, but of each object no more than its id and when it changed last.
Docs: https://docs.erp.net/dev/domain-api/data-sync/incremental-pull.html, .../querying-data/paging.html
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from erpnet import F, Page, Query
from sync.models import Run
from sync.streams.gone import settle_page
from sync.streams.incremental import advanced, conclude, walk, write
from sync.streams.seen import ids_of
from sync.streams.table import CHANGED_AT, Feed, StreamPlan
from sync.streams.targets import VERSION
from sync.streams.turns import Turn
from sync.streams.unseen import ASKED_AT_ONCE, in_batches, look_for_unseen


def pull(turn: Turn) -> None:
    """Work at a reconciliation until it ends or the turn does."""
    walk(turn, _start, _take)


def _start(run: Run, feed: Feed) -> Query:
    return feed.ids()


def _take(turn: Turn, plan: StreamPlan, feed: Feed, page: Page) -> None:
    """Pull what a page shows to be missing or outdated here, then write it down with how far that brings the run."""
    rows: list[dict[str, Any]] = []
    for ids in in_batches(_lacking(feed, page.rows)):
        rows += turn.api.page(feed.query().filter(F.Id.in_(ids)).top(ASKED_AT_ONCE)).rows
        turn.keep()
    if not look_for_unseen(turn, plan, page):
        return
    with transaction.atomic():
        _write(turn, plan, feed, page, rows)


def _write(turn: Turn, plan: StreamPlan, feed: Feed, page: Page, rows: list[dict[str, Any]]) -> None:
    run, started = turn.run, time.perf_counter()
    written = write(feed, rows)
    cursor = advanced(run.cursor, page)
    removed = settle_page(run, plan, page, cursor)
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
