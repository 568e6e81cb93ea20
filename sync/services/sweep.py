"""The sweep: rings again for whatever a lost doorbell, a killed worker or an emptied Redis left behind."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import AccessRequest
from accounts.services import sweep_sessions
from erpnet import audit
from sync.doorbells import ring_deliver, ring_look_up_person, ring_run
from sync.models import Run
from sync.outbox.claims import delivery_is_due, give_back_expired
from sync.services.hooks import start_asked_runs
from sync.services.runs import start_waiting_runs
from sync.services.snapshots import prune_snapshots
from sync.streams.seen import forget_abandoned
from sync.streams.table import priority_of

# A bell that was rung this recently may still be on its way.
BELL_IS_LATE = timedelta(seconds=30)
RUNS_KEPT = timedelta(days=90)


def sweep() -> None:
    """Ring for every row that waits for nobody. A bell too many finds nothing to do."""
    give_back_expired()
    if delivery_is_due():
        ring_deliver()
    late = Now() - BELL_IS_LATE
    due = Q(state=Run.State.WAITING, lease_until__lt=Now())
    unheard = Q(lease_until__lt=late) | Q(lease_until=None, created_at__lt=late)
    for run in Run.objects.filter(due | unheard, state__in=Run.OPEN):
        ring_run(run.pk, priority=priority_of(run))
    start_waiting_runs()
    unanswered = AccessRequest.objects.filter(state=AccessRequest.State.WAITING, requested_at__lt=late)
    for user_id in unanswered.values_list("user_id", flat=True):
        ring_look_up_person(user_id)
    # Last, for it alone asks the cache, which may be away: that costs a hook, and nobody else anything.
    start_asked_runs()


def prune() -> None:
    """Delete what is old: runs and their notes, differences of the stock, the API's audit trail, lapsed sessions."""
    sweep_sessions()
    prune_snapshots()
    Run.objects.filter(finished_at__lt=timezone.now() - RUNS_KEPT).delete()
    forget_abandoned()
    audit.forget_before(timezone.now() - timedelta(days=settings.API_CALLS_KEPT_DAYS))
