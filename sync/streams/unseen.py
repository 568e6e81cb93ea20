"""What no page has shown is asked for by its id, before it is taken for gone."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction

from erpnet import F, Page
from sync.models import Run
from sync.streams.falls import MOST_ASKED_FOR
from sync.streams.seen import NotesLost, Reading, ids_of
from sync.streams.table import StreamPlan
from sync.streams.targets import Target
from sync.streams.turns import Turn

# Their ids stand in the address of the request, which may have some 2,000 characters everywhere.
ASKED_AT_ONCE = 40


def in_batches(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    """As many ids as one request asks for."""
    for start in range(0, len(ids), ASKED_AT_ONCE):
        yield ids[start : start + ASKED_AT_ONCE]


def ends_table(run: Run, plan: StreamPlan, page: Page) -> bool:
    """Whether a page is the last one of all feeds into its table."""
    number = run.cursor.get("feed", 0)
    target = plan.feeds[number].target
    return page.next_link is None and all(feed.target is not target for feed in plan.feeds[number + 1 :])


def look_for_unseen(turn: Turn, plan: StreamPlan, page: Page) -> bool:
    """Before a table's last page is taken, ask for what no page has shown, and note what is there all the same.

    Where it pages by position, whatever is deleted meanwhile moves a row from a page to come to one that was read.
    False where the turn is over first: the next one reads that page again and asks for the rest.
    """
    run = turn.run
    if not ends_table(run, plan, page):
        return True
    target = plan.feeds[run.cursor.get("feed", 0)].target
    unseen = _unseen(run, target, page)
    if unseen:
        # Read again, the page may no longer show them.
        _note(turn, ids_of(page.rows))
    for number, ids in enumerate(in_batches(unseen)):
        if number and turn.is_over:
            return False
        _note(turn, _shown(turn, plan, target, ids), asked=str(ids[-1]))
    return True


def _unseen(run: Run, target: Target, page: Page) -> list[uuid.UUID]:
    """The ids that are still to be asked for, in their order; none where so many are gone only with a person's word."""
    try:
        unseen = Reading.of(run).unseen(target, noted=run.cursor.get("ids", 0), column=target.key)
    except NotesLost:
        return []
    rest = set(unseen).difference(ids_of(page.rows))
    if len(rest) > MOST_ASKED_FOR and target.table not in run.cursor.get("accepted", {}):
        return []
    asked = run.cursor.get("asked")
    return sorted(one for one in rest if asked is None or one > uuid.UUID(asked))


def _shown(turn: Turn, plan: StreamPlan, target: Target, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Which of these ids any feed into a table shows when it is asked for them."""
    shown: set[uuid.UUID] = set()
    for feed in (one for one in plan.feeds if one.target is target):
        shown.update(ids_of(turn.api.page(feed.ids().filter(F.Id.in_(ids)).top(ASKED_AT_ONCE)).rows))
    return shown.intersection(ids)


@transaction.atomic
def _note(turn: Turn, ids: Iterable[uuid.UUID], **changes: str) -> None:
    cursor = turn.run.cursor
    noted = cursor.get("ids", 0) + Reading.of(turn.run).note(ids)
    turn.save(cursor={**cursor, **changes, "ids": noted})
