"""What was merged when, and how far the differences lead: on to a refused snapshot, or back to one of before."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext as _

from sync.models import Run, StreamName


def merges_since(run: Run) -> QuerySet[Run]:
    """The runs that changed the stock after `run` had ended, or could have."""
    return Run.objects.filter(
        stream=StreamName.STOCK, state__in=Run.COUNTING, dry_run=False, finished_at__gt=run.finished_at
    )


def obstacle_to(run: Run) -> str:
    """Why the snapshot of a run cannot be put in place, in words for staff; empty where it can be."""
    if run.stream_id != StreamName.STOCK or run.dry_run or run.finished_at is None:
        return _("This run has read no snapshot that could be put in place.")
    if run.state == Run.State.REFUSED:
        return _obstacle_to_acceptance(run)
    if run.state in Run.COUNTING:
        return _obstacle_to_return(run)
    return _("This run has read no snapshot that could be put in place.")


def _obstacle_to_acceptance(run: Run) -> str:
    later = merges_since(run)
    if later.filter(mode=Run.Mode.RESTORE, of=run).exists():
        return _("This snapshot was accepted.")
    if later.exists():
        return _("A newer snapshot has been taken since. What this one read is out of date.")
    if not run.stock_changes.exists():
        return _(
            "No difference of this snapshot is kept, so there is nothing to accept. Run the stream again."
        )
    return ""


def _obstacle_to_return(run: Run) -> str:
    later = merges_since(run).annotate(
        merged=F("rows_changed") + F("rows_removed"), kept=Count("stock_changes")
    )
    if later.exclude(kept=F("merged")).exists():
        return _(
            "A later run was merged whose differences are not kept: it filled an empty stock, or it is too old. "
            "There is no way back over it."
        )
    if not later.filter(merged__gt=0).exists():
        return _("Nothing has changed since: this is what lies there now.")
    return ""


def read_at(run: Run) -> datetime | None:
    """When what a run put in place was read from ERP.net; None where nobody knows any more."""
    origin: Run | None = run
    while origin is not None and origin.mode == Run.Mode.RESTORE:
        origin = origin.of
    return origin.started_at if origin else None
