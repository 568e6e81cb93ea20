"""Taking out of the mirror what ERP.net has no more, as far as that is believed without a person."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from erpnet import F, Page
from sync.models import Run
from sync.streams.seen import NotesLost, Reading, ids_of
from sync.streams.table import StreamPlan
from sync.streams.targets import VERSION, Lines, Target
from sync.streams.turns import Turn

# So few may go at once out of any table, however small it is.
FEW = 10
# Their ids stand in the address of the request, which may have some 2,000 characters everywhere.
ASKED_AT_ONCE = 40
# Where more than that is gone, pages that have shifted are not why. Nor is it believed unasked.
MOST_ASKED_FOR = 2000


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


def ends_table(run: Run, plan: StreamPlan, page: Page) -> bool:
    """Whether a page is the last one of all feeds into its table."""
    number = run.cursor.get("feed", 0)
    target = plan.feeds[number].target
    return page.next_link is None and all(feed.target is not target for feed in plan.feeds[number + 1 :])


def in_batches(ids: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    """As many ids as one request asks for."""
    for start in range(0, len(ids), ASKED_AT_ONCE):
        yield ids[start : start + ASKED_AT_ONCE]


def overlooked(turn: Turn, plan: StreamPlan, page: Page) -> list[uuid.UUID]:
    """Ids that no page has shown and that ERP.net has all the same, asked for one by one before a table's last page.

    Where it pages by position, whatever is deleted meanwhile moves a row from a page to come to one that was read.
    """
    run = turn.run
    if not ends_table(run, plan, page):
        return []
    target = plan.feeds[run.cursor.get("feed", 0)].target
    reading, noted = Reading.of(run), run.cursor.get("ids", 0)
    try:
        unseen = set(reading.unseen(target, noted=noted, column=target.key)).difference(ids_of(page.rows))
    except NotesLost:
        return []
    found: set[uuid.UUID] = set()
    if len(unseen) <= MOST_ASKED_FOR:
        for feed in (one for one in plan.feeds if one.target is target):
            for ids in in_batches(sorted(unseen)):
                found |= set(ids_of(turn.api.page(feed.ids().filter(F.Id.in_(ids)).top(ASKED_AT_ONCE)).rows))
                turn.keep()
    return sorted(found & unseen)


def settle_page(
    run: Run,
    plan: StreamPlan,
    page: Page,
    cursor: dict[str, Any],
    *,
    overlooked: Sequence[uuid.UUID] = (),
) -> int:
    """Note the ids of a page of a feed that is read from end to end; with the last one, take away what was not there.

    `overlooked` are ids that are there although no page has shown them. `cursor` is where the run goes on, changed in
    place: back to the beginning of the table where its notes were lost, and with a doubt where more is gone than is
    believed. Then all of it stays. Answers how many rows were taken away.
    """
    number, reading = run.cursor.get("feed", 0), Reading.of(run)
    target = plan.feeds[number].target
    cursor["ids"] = run.cursor.get("ids", 0) + reading.note([*ids_of(page.rows), *overlooked])
    if not ends_table(run, plan, page):
        return 0
    noted = cursor.pop("ids")
    try:
        unseen = reading.unseen(target, noted=noted)
    except NotesLost:
        unseen = []
        first = next(nth for nth, feed in enumerate(plan.feeds) if feed.target is target)
        cursor.update(feed=first, next=None)
    reading.forget()
    if unseen and not _is_believed(run, target, gone=len(unseen), shown=noted):
        cursor["doubts"] = {**cursor.get("doubts", {}), target.table: len(unseen)}
        return 0
    return take_away(target, plan.feeds[number].lines, unseen)


def doubt_of(run: Run, plan: StreamPlan) -> str:
    """What of the tables that a run has read seems gone and was kept, in words for staff; empty where nothing was."""
    doubts = run.cursor.get("doubts", {})
    names = {feed.target.table: feed.target.model._meta.verbose_name_plural for feed in plan.feeds}
    kept = [
        _("Not in ERP.net any more: %(count)d rows of %(table)s.")
        % {"count": count, "table": names.get(table, table)}
        for table, count in doubts.items()
    ]
    if not kept:
        return ""
    advice = _(
        "That is more than is believed at once, so they are kept. See in ERP.net whether the service may still read "
        "them. If they are really gone, accept it on the page of this run."
    )
    return " ".join([*kept, advice])


def _is_believed(run: Run, target: Target, *, gone: int, shown: int) -> bool:
    """Whether so many rows of a table may go without a person, or a person has accepted that so many do.

    A table of which nothing is shown is one that the service may have lost its right to see. That its only row has
    gone is as likely.
    """
    accepted = run.cursor.get("accepted", {}).get(target.table, 0)
    # That a part has gone does not speak for an answer that shows nothing.
    if accepted and gone <= accepted + (FEW if shown else 0):
        return True
    if not shown and gone > 1:
        return False
    share = settings.RECONCILIATION_LARGEST_FALL * _standing(target)
    return gone <= max(FEW, min(share, MOST_ASKED_FOR))


def _standing(target: Target) -> int:
    """How many rows of a table could go: those that ERP.net has and that are not put away."""
    put_away = f"AND NOT ({target.kept.put_away} AND {target.kept.which})" if target.kept else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {target.table} mirror WHERE mirror.{target.key} IS NOT NULL {put_away}"
        )
        return int(cursor.fetchone()[0])


def size_of(target: Target) -> int:
    """How many rows of a table ERP.net has, as far as the mirror knows."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count({target.key}) FROM {target.table}")
        return int(cursor.fetchone()[0])
