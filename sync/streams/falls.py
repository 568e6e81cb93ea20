"""How much of a table may be gone in ERP.net at once before a person has to say that it is."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from sync.models import Run
from sync.streams.table import StreamPlan
from sync.streams.targets import Target

# So few may go at once out of any table, however small it is.
FEW = 10
# Pages that have shifted are not why more than that is gone. Without a person's word it is not even asked for.
MOST_ASKED_FOR = 2000


def is_believed(run: Run, target: Target, *, gone: int, shown: int) -> bool:
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


def _standing(target: Target) -> int:
    """How many rows of a table could go: those that ERP.net has and that are not put away."""
    put_away = f"AND NOT ({target.kept.put_away} AND {target.kept.which})" if target.kept else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {target.table} mirror WHERE mirror.{target.key} IS NOT NULL {put_away}"
        )
        return int(cursor.fetchone()[0])
