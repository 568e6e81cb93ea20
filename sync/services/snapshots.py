"""Decisions of staff about snapshots of the stock: a dry run, accepting what was refused, putting back what was."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditEvent, User
from sync.doorbells import ring_run
from sync.exceptions import SnapshotStays
from sync.models import Run, StockChange, Stream, StreamName
from sync.streams.snapshot.history import obstacle_to


@transaction.atomic
def place_snapshot(run: Run, *, user: User, reason: str) -> Run:
    """Put the snapshot of `run` in place of the stock of now: the refused one, or the one that lay there when it ended.

    A decision of staff, kept with its reason. Answers the run that the worker does it by. Raises SnapshotStays.
    """
    # While this run is open no other one can change the stock.
    placing = _open_run(mode=Run.Mode.RESTORE, of=run)
    if obstacle := obstacle_to(run):
        raise SnapshotStays(obstacle)
    action = "accept_snapshot" if run.state == Run.State.REFUSED else "put_back_snapshot"
    audit.record(
        AuditEvent.Kind.STAFF,
        user=user,
        subject=f"run {run.pk}",
        detail={"action": action, "reason": reason},
    )
    ring_run(placing.pk)
    return placing


@transaction.atomic
def rehearse_snapshot() -> Run:
    """A run that reads the stock, keeps how it differs and changes nothing. Raises SnapshotStays while one is open."""
    Stream.objects.get_or_create(pk=StreamName.STOCK)
    run = _open_run(mode=Run.Mode.SNAPSHOT, dry_run=True)
    ring_run(run.pk)
    return run


def _open_run(*, mode: Run.Mode, of: Run | None = None, dry_run: bool = False) -> Run:
    try:
        with transaction.atomic():
            return Run.objects.create(
                stream_id=StreamName.STOCK, mode=mode, trigger=Run.Trigger.PERSON, of=of, dry_run=dry_run
            )
    except IntegrityError:
        raise SnapshotStays(_("A run of this stream is open. Wait for its end, or cancel it.")) from None


def prune_snapshots() -> int:
    """Delete the differences of runs that ended too long ago for anybody to go back. Answers how many rows."""
    earliest = timezone.now() - timedelta(days=settings.STOCK_SNAPSHOTS_KEPT_DAYS)
    deleted, _by_model = StockChange.objects.filter(run__finished_at__lt=earliest).delete()
    return deleted
