"""A decision of staff about a run that found more gone in ERP.net than is believed: that it is true."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditEvent, User
from sync.doorbells import ring_run
from sync.exceptions import FallStays
from sync.models import Run
from sync.streams.table import priority_of


def may_accept_fall(run: Run) -> bool:
    """Whether a run kept what seems gone, and none like it has come to a good end since."""
    later = Run.objects.filter(stream=run.stream_id, mode=run.mode, created_at__gt=run.created_at)
    return (
        run.state == Run.State.REFUSED
        and bool(run.cursor.get("doubts"))
        and not later.filter(state__in=Run.COUNTING).exists()
    )


@transaction.atomic
def accept_fall(run: Run, *, user: User, reason: str) -> Run:
    """Have the tables of a refused run read again, and believe this time that as much is gone as it found.

    A decision of staff, kept with its reason. Answers the run that the worker does it by. Raises FallStays.
    """
    if not may_accept_fall(run):
        raise FallStays(_("There is nothing to accept: a later run has read all of it and refused nothing."))
    try:
        with transaction.atomic():
            accepting = Run.objects.create(
                stream_id=run.stream_id,
                mode=run.mode,
                trigger=Run.Trigger.PERSON,
                of=run,
                cursor={"accepted": run.cursor["doubts"]},
            )
    except IntegrityError:
        raise FallStays(_("A run of this stream is open. Wait for its end, or cancel it.")) from None
    audit.record(
        AuditEvent.Kind.STAFF,
        user=user,
        subject=f"run {run.pk}",
        detail={"action": "accept_fall", "reason": reason},
    )
    ring_run(accepting.pk, priority=priority_of(accepting))
    return accepting
