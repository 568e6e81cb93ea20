"""Putting a snapshot in place without reading it again: one that was refused, or one of before."""

from __future__ import annotations

import time
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from sync.models import Run, Stream
from sync.streams.snapshot import difference
from sync.streams.snapshot.history import merges_since, obstacle_to, read_at
from sync.streams.snapshot.tables import CHANGES, KEY_LIST
from sync.streams.turns import Turn

_REFUSED = (
    f"SELECT {KEY_LIST}, quantity_after AS quantity, unit_after AS unit FROM {CHANGES} WHERE run_id = %s"
)
# A balance was then as the first change after that found it.
_BEFORE = f"""
    SELECT DISTINCT ON ({KEY_LIST}) {KEY_LIST}, quantity_before AS quantity, unit_before AS unit
    FROM {CHANGES} WHERE run_id = ANY(%s) ORDER BY {KEY_LIST}, id
"""


@transaction.atomic
def restore(turn: Turn) -> None:
    """Make the stock what the run `of` would have made it, or made it. What that changes is kept, too."""
    run, started = turn.run, time.perf_counter()
    if run.of is None:
        turn.finish(Run.State.FAILED, _("The run whose snapshot it was has been deleted."))
        return
    obstacle = obstacle_to(run.of)
    with connection.cursor() as cursor:
        if not obstacle:
            change = difference.compare_wanted(cursor, *_wanted(run.of))
            # Differences are pruned at any time: those that are all there now were all there to be read.
            obstacle = obstacle_to(run.of)
        if obstacle:
            turn.finish(Run.State.FAILED, obstacle)
            return
        difference.keep_difference(cursor, run.pk)
        difference.merge_difference(cursor)
    turn.save(
        rows_changed=change.rows - change.gone,
        rows_removed=change.gone,
        seconds_writing=run.seconds_writing + time.perf_counter() - started,
    )
    turn.finish(Run.State.DONE)
    # As old as its reading, not as new as its return.
    Stream.objects.filter(pk=run.stream_id).update(fresh_at=read_at(run) or run.stream.fresh_at)


def _wanted(run: Run) -> tuple[str, list[Any]]:
    """The query for the balances that are to become as they were read by `run`."""
    if run.state == Run.State.REFUSED:
        return _REFUSED, [run.pk]
    return _BEFORE, [list(merges_since(run).values_list("pk", flat=True))]
