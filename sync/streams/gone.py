"""Taking out of the mirror what ERP.net has no more, as far as that is believed without a person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from erpnet import Page
from sync.models import Run
from sync.streams.falls import is_believed
from sync.streams.seen import NotesLost, Reading, ids_of
from sync.streams.table import StreamPlan
from sync.streams.targets import VERSION, Lines, Target
from sync.streams.unseen import ends_table


def take_away(target: Target, lines: Lines | None, ids: Sequence[uuid.UUID]) -> int:
    """Take these rows of the mirror away with their lines, by their own ids; answers how many rows changed.

    Those that the portal keeps are put away instead. Their version is emptied: should ERP.net have one again, any
    copy of it counts as newer.
    """
    if not ids:
        return 0
    with connection.cursor() as cursor:
        kept: list[uuid.UUID] = []
        if target.kept is not None:
            cursor.execute(
                f"UPDATE {target.table} mirror SET {target.kept.put_away}, {VERSION} = NULL, fetched_at = now()"
                f" WHERE mirror.id = ANY(%s) AND {target.kept.which} RETURNING mirror.id",
                [list(ids)],
            )
            kept = [row[0] for row in cursor.fetchall()]
        rest = list(set(ids) - set(kept))
        if lines is not None:
            cursor.execute(f"DELETE FROM {lines.target.table} WHERE {lines.parent} = ANY(%s)", [rest])
        cursor.execute(f"DELETE FROM {target.table} WHERE id = ANY(%s)", [rest])
        return len(kept) + int(cursor.rowcount)


def settle_page(run: Run, plan: StreamPlan, page: Page, cursor: dict[str, Any]) -> int:
    """Note the ids of a page of a feed that is read from end to end; with the last one, take away what was not there.

    `cursor` is where the run goes on, changed in place: back to the beginning of the table where its notes were lost,
    and with a doubt where more is gone than is believed. Then all of it stays. Answers how many rows were taken away.
    """
    number, reading = run.cursor.get("feed", 0), Reading.of(run)
    target = plan.feeds[number].target
    cursor["ids"] = run.cursor.get("ids", 0) + reading.note(ids_of(page.rows))
    if not ends_table(run, plan, page):
        return 0
    noted = cursor.pop("ids")
    cursor.pop("asked", None)
    try:
        unseen = reading.unseen(target, noted=noted)
    except NotesLost:
        unseen = []
        first = next(nth for nth, feed in enumerate(plan.feeds) if feed.target is target)
        cursor.update(feed=first, next=None)
    reading.forget()
    if unseen and not is_believed(run, target, gone=len(unseen), shown=noted):
        cursor["doubts"] = {**cursor.get("doubts", {}), target.table: len(unseen)}
        return 0
    return take_away(target, plan.feeds[number].lines, unseen)


def size_of(target: Target) -> int:
    """How many rows of a table ERP.net has, as far as the mirror knows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count({target.key}) FROM {target.table}")
        return int(cursor.fetchone()[0])
