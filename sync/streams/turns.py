"""Taking up a run for a while, so that no two workers are at it at once, and noting how far it has come.

A turn is a lease by the database's clock and a number. Everything is saved under that number: whoever was too slow and
lost the run to somebody else finds its saving refused, and the transaction with its page is rolled back.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext as _

from erpnet import DomainApi, Page
from sync.models import Run, Stream
from sync.outbox.claims import delivery_is_due
from sync.services.alerts import tell_of_end
from sync.streams.seen import Reading
from sync.streams.unreadable import Unreadable, forget_unseen, keep

LEASE = timedelta(seconds=90)
MOST_FAILURES = 12
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=10)
# A run stops between two pages when only so many requests of the minute are left: a delivery finds room at once,
# however fast ERP.net answers a pull. A page of a reconciliation may take half of them for what it has to look up.
KEPT_FREE = 120
# A run goes on when this many more are free: for one page it is not worth while.
WORTH_GOING_ON = 60
_READ_EVERYTHING = (Run.Mode.FULL, Run.Mode.SNAPSHOT, Run.Mode.RECONCILIATION)


class TurnLost(Exception):
    """The run was cancelled, or somebody else has taken it up."""


@dataclass(slots=True)
class Turn:
    """One turn at `run`. It ends after the slice's seconds, when a delivery is due, or when what is left of a minute's
    requests is no run's.
    """

    run: Run
    api: DomainApi
    started: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        is_late = time.monotonic() - self.started >= settings.SYNC_SLICE_SECONDS
        return is_late or self._has_had_its_share or delivery_is_due()

    @property
    def _has_had_its_share(self) -> bool:
        return self.api.seconds_until_free(KEPT_FREE) > 0

    def save(self, **changes: Any) -> None:
        """Save `changes` and keep the run for another lease. Raises TurnLost."""
        for name, value in changes.items():
            setattr(self.run, name, value)
        self._update(lease_until=_from_now(LEASE), failures=0, **changes)
        self.run.failures = 1

    def keep(self, **changes: Any) -> None:
        """Save `changes` and keep the run for another lease before its page is written: it has not come further by
        that, and what fails next counts as before. Raises TurnLost.
        """
        for name, value in changes.items():
            setattr(self.run, name, value)
        self._update(lease_until=_from_now(LEASE), **changes)

    def save_page(
        self, *pages: Page, unreadable: Sequence[Unreadable], seconds_writing: float, **changes: Any
    ) -> None:
        """Save what pages have added to the run, and `changes`, in the transaction of those pages. Raises TurnLost."""
        run = self.run
        keep(run, unreadable)
        self.save(
            pages=run.pages + len(pages),
            rows_read=run.rows_read + sum(len(page.rows) for page in pages),
            rows_failed=run.rows_failed + len(unreadable),
            bytes=run.bytes + sum(page.bytes for page in pages),
            seconds_fetching=run.seconds_fetching + sum(page.seconds for page in pages),
            seconds_writing=run.seconds_writing + seconds_writing,
            **changes,
        )

    @transaction.atomic
    def finish(self, state: Run.State, message: str = "") -> None:
        """End the run. Its stream is as fresh as the start of this run, if the run counts; staff hear of a bad end."""
        if state in Run.COUNTING and not self.run.dry_run:
            began = Reading.of(self.run).since
            fresh_at = Greatest("fresh_at", Value(began, DateTimeField()))
            Stream.objects.filter(pk=self.run.stream_id).update(fresh_at=fresh_at)
            if self.run.mode in _READ_EVERYTHING:
                forget_unseen(self.run, began)
        self._update(state=state, message=message, finished_at=Now(), lease_until=None)
        self.run.state, self.run.message = state, message
        tell_of_end(self.run)

    def put_down(self) -> None:
        """Let the next slice begin at once, or when there is room for it in the rate limit."""
        if not self._has_had_its_share:
            self._update(lease_until=Now())
            return
        wait = timedelta(seconds=self.api.seconds_until_free(KEPT_FREE + WORTH_GOING_ON))
        message = _(
            "Waits for the next minute of ERP.net's rate limit: what is left of this one is for deliveries."
        )
        self._update(state=Run.State.WAITING, message=message, lease_until=_from_now(wait))

    def postpone(self, message: str) -> None:
        """Let the next slice wait, longer each time: what went wrong may pass."""
        if self.run.failures >= MOST_FAILURES:
            self.finish(Run.State.FAILED, message)
            return
        wait = min(FIRST_WAIT * 2 ** (self.run.failures - 1), LONGEST_WAIT)
        self._update(state=Run.State.WAITING, message=message, lease_until=_from_now(wait))

    def _update(self, **changes: Any) -> None:
        mine = Run.objects.filter(pk=self.run.pk, turn=self.run.turn, state__in=Run.OPEN)
        if not mine.update(**changes):
            raise TurnLost


def take_turn(run_id: uuid.UUID, api: DomainApi) -> Turn | None:
    """Take up a run that is open and that nobody is at; None if there is nothing to take."""
    free = Run.objects.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), pk=run_id, state__in=Run.OPEN)
    with transaction.atomic():
        taken = free.update(
            state=Run.State.RUNNING,
            message="",
            turn=F("turn") + 1,
            # Counted before the work: a run that kills its worker each time comes to an end, too.
            failures=F("failures") + 1,
            lease_until=_from_now(LEASE),
        )
        if not taken:
            return None
        run = Run.objects.select_related("stream").get(pk=run_id)
        if run.started_at is None:
            Run.objects.filter(pk=run_id).update(started_at=Now())
            run.refresh_from_db(fields=["started_at"])
    turn = Turn(run, api)
    if run.failures > MOST_FAILURES:
        turn.finish(Run.State.FAILED, _("Every attempt ended without writing a page."))
        return None
    return turn


def _from_now(delay: timedelta) -> ExpressionWrapper:
    return ExpressionWrapper(Now() + delay, output_field=DateTimeField())
