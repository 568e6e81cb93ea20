"""Pulling what changed, or a small table whole: page after page, newest wins, the watermark last.

Docs: https://docs.erp.net/dev/domain-api/data-sync/incremental-pull.html
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from erpnet import Page, Query
from erpnet.exceptions import MalformedAnswer
from sync.models import Run, Stream, StreamName
from sync.streams.table import STREAMS, Feed, StreamPlan
from sync.streams.targets import VERSION, Mapped
from sync.streams.turns import Turn
from sync.streams.writing import put_away, write_page


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one page. A fault is a row that could not be taken over, and why."""

    changed: int
    faults: list[dict[str, str]]
    newest: datetime | None


def pull(turn: Turn) -> None:
    """Work at an incremental or full run until it ends or the turn does."""
    plan = STREAMS[StreamName(turn.run.stream_id)]
    while turn.run.state == Run.State.RUNNING:
        feed = plan.feeds[turn.run.cursor.get("feed", 0)]
        with closing(turn.api.pages(_start(turn.run, feed))) as pages:
            for page in pages:
                _take(turn, plan, feed, page)
                if turn.run.state == Run.State.RUNNING and turn.is_over:
                    turn.put_down()
                    return


def _start(run: Run, feed: Feed) -> Query | str:
    """Where the run stands: at the next page of its feed, or at the first."""
    if link := run.cursor.get("next"):
        return str(link)
    watermark = run.stream.watermarks.get(feed.entity_set)
    if run.mode != Run.Mode.INCREMENTAL or not watermark:
        return feed.query()
    overlap = timedelta(seconds=settings.SYNC_OVERLAP_SECONDS)
    return feed.query(since=datetime.fromisoformat(watermark) - overlap)


@transaction.atomic
def _take(turn: Turn, plan: StreamPlan, feed: Feed, page: Page) -> None:
    """Write a page and how far that brings the run; with the last page also what the whole run was for."""
    run, started = turn.run, time.perf_counter()
    written = write(feed, page.rows)
    cursor = _advanced(run.cursor, feed, page, written)
    removed = _put_away(run, feed, page, cursor) if feed.whole else 0
    turn.save_page(
        page,
        faults=written.faults,
        seconds_writing=time.perf_counter() - started,
        cursor=cursor,
        rows_changed=run.rows_changed + written.changed,
        rows_removed=run.rows_removed + removed,
    )
    if cursor["feed"] == len(plan.feeds):
        _conclude(turn, plan)


def _put_away(run: Run, feed: Feed, page: Page, cursor: dict[str, Any]) -> int:
    """How many rows are gone, known with the last page of a feed that is read whole.

    A row that cannot be read is there all the same.
    """
    ids = run.cursor.get("ids", []) + [key for row in page.rows if (key := _key(row))]
    if page.next_link is not None:
        cursor["ids"] = ids
        return 0
    return put_away(feed.target, all_but=ids, since=run.started_at or run.created_at)


def _key(row: dict[str, Any]) -> str | None:
    try:
        return str(uuid.UUID(str(row.get("Id"))))
    except ValueError:
        return None


def _advanced(cursor: dict[str, Any], feed: Feed, page: Page, written: Written) -> dict[str, Any]:
    seen = dict(cursor.get("seen", {}))
    if written.newest is not None:
        newest = written.newest.isoformat()
        seen[feed.entity_set] = max(newest, seen.get(feed.entity_set, newest))
    done = page.next_link is None
    return {"feed": cursor.get("feed", 0) + done, "next": page.next_link, "seen": seen}


def _conclude(turn: Turn, plan: StreamPlan) -> None:
    run = turn.run
    if plan.conclude is not None:
        plan.conclude(run)
    stream = Stream.objects.select_for_update().get(pk=run.stream_id)
    stream.watermarks = {**stream.watermarks, **run.cursor["seen"]}
    stream.save(update_fields=["watermarks"])
    turn.finish(Run.State.FLAWED if run.rows_failed else Run.State.DONE)


# -- One page -----------------------------------------------------------------------------------------------------


def write(feed: Feed, rows: Sequence[dict[str, Any]]) -> Written:
    """Map and write rows of a feed, in the caller's transaction. Rows that cannot be taken over come back as faults."""
    mapped, faults = _mapped(feed, rows)
    changed, refused = write_page(feed.target, feed.lines, mapped)
    faults += [{"row": f"{feed.entity_set}({one.object_id})", "why": one.why} for one in refused]
    version = feed.target.columns.index(VERSION)
    newest = max((moment for one in mapped if (moment := one.row[version])), default=None)
    return Written(changed, faults, newest)


def _mapped(feed: Feed, rows: Sequence[dict[str, Any]]) -> tuple[list[Mapped], list[dict[str, str]]]:
    mapped, faults = [], []
    for row in rows:
        try:
            mapped.append(feed.map(feed.entity.from_row(row)))
        except (MalformedAnswer, ValueError) as error:
            faults.append(
                {"row": str(row.get("@odata.id") or row.get("Id") or feed.entity_set), "why": str(error)}
            )
    return mapped, faults
