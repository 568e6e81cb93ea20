"""Runs of streams: starting one, working at it in slices, cancelling it, going on where one broke off."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from erpnet import DomainApi
from erpnet.exceptions import PermanentError, TransientError
from sync.doorbells import ring_run
from sync.exceptions import NothingToResume
from sync.models import Run, Stream, StreamName
from sync.services.alerts import tell_of_licences
from sync.streams import incremental, reconciliation, snapshot
from sync.streams.seen import Reading
from sync.streams.table import STREAMS, StreamPlan, priority_of
from sync.streams.turns import Turn, TurnLost, take_turn

logger = logging.getLogger(__name__)

_PULLS: dict[Run.Mode, Callable[[Turn], None]] = {
    Run.Mode.FULL: incremental.pull,
    Run.Mode.INCREMENTAL: incremental.pull,
    Run.Mode.RECONCILIATION: reconciliation.pull,
    Run.Mode.SNAPSHOT: snapshot.pull,
    Run.Mode.RESTORE: snapshot.restore,
}


def start_run(stream: str, *, full: bool = False, reconcile: bool = False, trigger: Run.Trigger) -> Run:
    """The open run of a stream, a new one if there is none, with the doorbell rung for it.

    `full` reads everything again instead of what changed; `reconcile` compares ids. Either waits where another run is
    open, and begins when that has ended. A snapshot is all of that. Raises ValueError for an unknown stream.
    """
    plan = STREAMS[StreamName(stream)]
    known, _created = Stream.objects.get_or_create(pk=stream)
    mode = _mode(plan, full=full, reconcile=reconcile)
    asked = Run.Mode(known.next_mode) if known.next_mode and mode == plan.mode else mode
    try:
        with transaction.atomic():
            run = Run.objects.create(stream_id=stream, mode=asked, trigger=trigger)
            Stream.objects.filter(pk=stream, next_mode=asked).update(next_mode="", next_trigger="")
    except IntegrityError:
        open_run = Run.objects.filter(stream=stream, state__in=Run.OPEN).first()
        if open_run is None:
            # It has ended since.
            return start_run(stream, full=full, reconcile=reconcile, trigger=trigger)
        run = open_run
        if _has_to_wait(mode, run):
            Stream.objects.filter(pk=stream).update(next_mode=mode, next_trigger=trigger)
    ring_run(run.pk, priority=priority_of(run))
    return run


def _has_to_wait(mode: Run.Mode, open_run: Run) -> bool:
    """Whether the open run leaves undone what was asked for. A pull of changes comes again in minutes by itself."""
    return mode != Run.Mode.INCREMENTAL and (mode != open_run.mode or open_run.dry_run)


def _mode(plan: StreamPlan, *, full: bool, reconcile: bool) -> Run.Mode:
    if plan.mode != Run.Mode.INCREMENTAL:
        return plan.mode
    if reconcile:
        return Run.Mode.RECONCILIATION
    return Run.Mode.FULL if full else plan.mode


def start_waiting_runs() -> None:
    """Start the runs that were asked for while another one of their stream was open, where that has ended."""
    busy = Run.objects.filter(state__in=Run.OPEN).values("stream")
    for stream in Stream.objects.exclude(next_mode="").exclude(pk__in=busy):
        start_run(stream.pk, trigger=Run.Trigger(stream.next_trigger))


def can_resume(run: Run) -> bool:
    """Whether a run broke off on its way, and none of its kind has come to a good end since."""
    later = Run.objects.filter(stream=run.stream_id, mode=run.mode, created_at__gt=run.created_at)
    return (
        run.state in (Run.State.FAILED, Run.State.CANCELLED)
        and run.mode in (Run.Mode.FULL, Run.Mode.INCREMENTAL, Run.Mode.RECONCILIATION)
        and bool(run.cursor)
        and not later.filter(state__in=(*Run.COUNTING, *Run.OPEN)).exists()
    )


def resume_run(run: Run) -> Run:
    """A new run that goes on at the page where this one broke off. Raises NothingToResume."""
    if not can_resume(run):
        raise NothingToResume
    try:
        with transaction.atomic():
            resumed = Run.objects.create(
                stream_id=run.stream_id,
                mode=run.mode,
                trigger=Run.Trigger.RESUME,
                of=run,
                cursor={
                    **run.cursor,
                    **Reading.of(run).handed_on(),
                    "flawed": bool(run.rows_failed or run.cursor.get("flawed")),
                },
                rows_expected=_left(run),
            )
    except IntegrityError:
        raise NothingToResume from None
    ring_run(resumed.pk, priority=priority_of(resumed))
    return resumed


def _left(run: Run) -> int | None:
    """How many rows a run had still before it; None where that is not known."""
    left = (run.rows_expected or 0) - run.rows_read
    return left if left > 0 else None


def cancel_run(run_id: uuid.UUID) -> bool:
    """End an open run after the page that it is at. Answers whether there was anything to cancel."""
    open_run = Run.objects.filter(pk=run_id, state__in=Run.OPEN)
    return bool(
        open_run.update(
            state=Run.State.CANCELLED, finished_at=Now(), message=gettext_noop("Cancelled by a person.")
        )
    )


def run_slice(run_id: uuid.UUID, api: DomainApi) -> Run:
    """Work at a run for one slice and have the doorbell rung for the next one, if there is more to do."""
    turn = take_turn(run_id, api)
    if turn is not None:
        requests, throttled = api.counters.requests, api.counters.rate_limited
        try:
            _work(turn)
        except TurnLost:
            logger.info("Run %s was cancelled or taken up by somebody else.", run_id)
        Run.objects.filter(pk=run_id).update(
            requests=F("requests") + api.counters.requests - requests,
            throttled=F("throttled") + api.counters.rate_limited - throttled,
        )
    run = Run.objects.get(pk=run_id)
    if turn is not None and run.state == Run.State.RUNNING:
        ring_run(run_id, priority=priority_of(run))
    return run


def _work(turn: Turn) -> None:
    try:
        _PULLS[Run.Mode(turn.run.mode)](turn)
    except TransientError as error:
        tell_of_licences(turn.run, error)
        turn.postpone(error.message)
    except PermanentError as error:
        turn.finish(Run.State.FAILED, error.message)
    except TurnLost:
        raise
    except Exception:
        turn.postpone(_("An unexpected error, described in the worker's log."))
        raise
    else:
        tell_of_licences(turn.run, None)
