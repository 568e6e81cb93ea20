"""How far a run is: how many rows it has before it, and when it will have read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from erpnet import Query
from sync.models import Run
from sync.streams.gone import size_of
from sync.streams.table import Feed, StreamPlan
from sync.streams.turns import Turn

# Before that an estimate would jump about.
SOONEST_ESTIMATE = timedelta(seconds=5)


def look_ahead(turn: Turn, plan: StreamPlan) -> None:
    """Before the first page of a feed, find out how many rows the run will have read in the end.

    ERP.net counts the feed, by a request of its own: asked for with the pages, it would count anew for each of them.
    Of feeds to come the mirror's size is taken. A pull of changes is over before its count would help anybody.
    """
    run = turn.run
    if run.mode == Run.Mode.INCREMENTAL and run.stream.watermarks:
        return
    feed, *later = plan.feeds[run.cursor.get("feed", 0) :]
    count = turn.api.page(_counting(feed)).count or 0
    turn.keep(rows_expected=run.rows_read + count + sum(size_of(one.target) for one in later))


def estimated_end(run: Run) -> datetime | None:
    """When an open run will be done if it goes on as it went so far; None where that cannot be told."""
    if run.state not in Run.OPEN or run.started_at is None or not run.rows_expected or not run.rows_read:
        return None
    now = timezone.now()
    spent = now - run.started_at
    left = run.rows_expected - run.rows_read
    if spent < SOONEST_ESTIMATE or left <= 0:
        return None
    return now + spent * (left / run.rows_read)


def _counting(feed: Feed) -> Query:
    return feed.ids().top(1).count()
