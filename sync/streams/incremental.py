"""Pulling what changed, or a small table whole: page after page, newest wins, the watermark last.

Docs: https://docs.erp.net/dev/domain-api/data-sync/incremental-pull.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from erpnet import Page, Query
from erpnet.exceptions import MalformedAnswer
from sync.models import Run, Stream, StreamName
from sync.streams.bulk import commit_asynchronously, without_gc
from sync.streams.falls import doubt_of
from sync.streams.gone import settle_page
from sync.streams.progress import look_ahead
from sync.streams.seen import Reading
from sync.streams.table import STREAMS, Feed, StreamPlan
from sync.streams.targets import VERSION, Mapped
from sync.streams.turns import Turn
from sync.streams.unreadable import Unreadable, forget_read
from sync.streams.unseen import look_for_unseen
from sync.streams.writing import write_page


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one page. `seconds` went into reading its rows, not into writing them."""

    changed: int
    unreadable: list[Unreadable]
    newest: datetime | None
    seconds: float


def pull(turn: Turn) -> None:
    """Work at an incremental or full run until it ends or the turn does."""
    walk(turn, _start, _take)


def walk(
    turn: Turn,
    start: Callable[[Run, Feed], Query],
    take: Callable[[Turn, StreamPlan, Feed, Page], None],
) -> None:
    """Bring the pages of all feeds to `take`, from where the run stands, until it ends or the turn does."""
    plan = STREAMS[StreamName(turn.run.stream_id)]
    while turn.run.state == Run.State.RUNNING:
        feed = plan.feeds[turn.run.cursor.get("feed", 0)]
        if not turn.run.cursor.get("next"):
            look_ahead(turn, plan)
        asked = turn.run.cursor.get("next") or start(turn.run, feed)
        with without_gc(), closing(turn.api.pages(asked, goes_on=lambda: not turn.is_over)) as pages:
            for page in pages:
                take(turn, plan, feed, page)
        if turn.run.state == Run.State.RUNNING and turn.is_over:
            turn.put_down()
            return


def advanced(cursor: dict[str, Any], page: Page) -> dict[str, Any]:
    """Where a run goes on after a page: at the next one, or at the next feed."""
    done = page.next_link is None
    return {**cursor, "feed": cursor.get("feed", 0) + done, "next": page.next_link}


def conclude(turn: Turn, plan: StreamPlan) -> None:
    """End a run with its last page, in the transaction of that page. Watermarks move forward alone.

    None moves past the moment when the reading began: what changed behind the reader's back since then may be older
    than the newest object that the last page brought. A run that was not believed in something is refused at its end:
    all else that it read has been taken over by then.
    """
    run = turn.run
    if plan.conclude is not None:
        plan.conclude(run)
    began = Reading.of(run).since
    stream = Stream.objects.select_for_update().get(pk=run.stream_id)
    for entity_set, newest in run.cursor.get("newest", {}).items():
        reached = min(datetime.fromisoformat(newest), began)
        before = stream.watermarks.get(entity_set)
        if before is None or reached > datetime.fromisoformat(before):
            stream.watermarks[entity_set] = reached.isoformat()
    stream.save(update_fields=["watermarks"])
    if doubt := doubt_of(run, plan):
        turn.finish(Run.State.REFUSED, doubt)
        return
    is_flawed = run.rows_failed or run.cursor.get("flawed")
    turn.finish(Run.State.FLAWED if is_flawed else Run.State.DONE)


def _start(run: Run, feed: Feed) -> Query:
    watermark = run.stream.watermarks.get(feed.entity_set)
    if run.mode != Run.Mode.INCREMENTAL or not watermark:
        return feed.query()
    overlap = timedelta(seconds=settings.SYNC_OVERLAP_SECONDS)
    return feed.query(since=datetime.fromisoformat(watermark) - overlap)


def _take(turn: Turn, plan: StreamPlan, feed: Feed, page: Page) -> None:
    """Write a page and how far that brings the run; with the last page also what the whole run was for."""
    if feed.whole and not look_for_unseen(turn, plan, page):
        return
    with transaction.atomic():
        _write(turn, plan, feed, page)


def _write(turn: Turn, plan: StreamPlan, feed: Feed, page: Page) -> None:
    run, started = turn.run, time.perf_counter()
    if page.next_link is not None:
        commit_asynchronously()
    written = write(feed, page.rows)
    cursor = advanced(run.cursor, page)
    cursor["newest"] = _newest(run.cursor.get("newest", {}), feed, written)
    removed = settle_page(run, plan, page, cursor) if feed.whole else 0
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


def _newest(so_far: dict[str, str], feed: Feed, written: Written) -> dict[str, str]:
    if written.newest is None:
        return so_far
    newest = written.newest.isoformat()
    return {**so_far, feed.entity_set: max(newest, so_far.get(feed.entity_set, newest))}


# -- One page -----------------------------------------------------------------------------------------------------


def write(feed: Feed, rows: Sequence[dict[str, Any]]) -> Written:
    """Map and write rows of a feed, in the caller's transaction. Those that cannot be taken over come back."""
    started = time.perf_counter()
    mapped, unreadable = _mapped(feed, rows)
    seconds = time.perf_counter() - started
    changed, refused = write_page(feed.target, feed.lines, mapped)
    if refused:
        why = {str(one.object_id): one.why for one in refused}
        odd = [row for row in rows if str(row["Id"]) in why]
        unreadable += [Unreadable.refused(feed.entity, row, why[str(row["Id"])]) for row in odd]
    failed = {one.object_id for one in unreadable}
    forget_read(feed.entity_set, [one.row[0] for one in mapped if str(one.row[0]) not in failed])
    version = feed.target.columns.index(VERSION)
    newest = max((moment for one in mapped if (moment := one.row[version])), default=None)
    return Written(changed, unreadable, newest, seconds)


def _mapped(feed: Feed, rows: Sequence[dict[str, Any]]) -> tuple[list[Mapped], list[Unreadable]]:
    mapped, unreadable = [], []
    for row in rows:
        try:
            mapped.append(_map(feed, row))
        except (MalformedAnswer, ValueError) as error:
            unreadable.append(Unreadable(feed.entity_set, row, str(error)))
    return mapped, unreadable


def _map(feed: Feed, row: dict[str, Any]) -> Mapped:
    if feed.straight is not None:
        with suppress(KeyError, TypeError, ValueError, AttributeError, IndexError):
            return feed.straight(row)
    return feed.map(feed.entity.from_row(row))
