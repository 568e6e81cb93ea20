"""Runs of streams: starting one, working at it in slices, cancelling it."""

from __future__ import annotations

import logging
import uuid

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from erpnet import DomainApi
from erpnet.exceptions import PermanentError, TransientError
from sync.doorbells import ring_run
from sync.models import Run, Stream, StreamName
from sync.services.alerts import tell_of_licences
from sync.streams import incremental, snapshot
from sync.streams.table import STREAMS
from sync.streams.turns import Turn, TurnLost, take_turn

logger = logging.getLogger(__name__)


def start_run(stream: str, *, full: bool = False, trigger: Run.Trigger) -> Run:
    """The open run of a stream, a new one if there is none, with the doorbell rung for it.

    `full` reads everything again instead of what changed; a snapshot is always full. Raises ValueError for an
    unknown stream.
    """
    plan = STREAMS[StreamName(stream)]
    mode = Run.Mode.FULL if full and plan.mode == Run.Mode.INCREMENTAL else plan.mode
    Stream.objects.get_or_create(pk=stream)
    try:
        with transaction.atomic():
            run = Run.objects.create(stream_id=stream, mode=mode, trigger=trigger)
    except IntegrityError:
        run = Run.objects.get(stream=stream, state__in=Run.OPEN)
    ring_run(run.pk)
    return run


def cancel_run(run_id: uuid.UUID) -> bool:
    """End an open run after the page that it is at. Answers whether there was anything to cancel."""
    open_run = Run.objects.filter(pk=run_id, state__in=Run.OPEN)
    return bool(
        open_run.update(state=Run.State.CANCELLED, finished_at=Now(), message=_("Cancelled by a person."))
    )


def run_slice(run_id: uuid.UUID, api: DomainApi) -> Run:
    """Work at a run for one slice and have the doorbell rung for the next one, if there is more to do."""
    turn = take_turn(run_id, api)
    if turn is not None:
        requests = api.counters.requests
        try:
            _work(turn)
        except TurnLost:
            logger.info("Run %s was cancelled or taken up by somebody else.", run_id)
        Run.objects.filter(pk=run_id).update(requests=F("requests") + api.counters.requests - requests)
    run = Run.objects.get(pk=run_id)
    if turn is not None and run.state == Run.State.RUNNING:
        ring_run(run_id)
    return run


def _work(turn: Turn) -> None:
    pull = snapshot.pull if turn.run.mode == Run.Mode.SNAPSHOT else incremental.pull
    try:
        pull(turn)
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
