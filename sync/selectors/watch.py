"""What should have happened by now: scheduled tasks that are late, queues that nobody serves.

Read from rows alone, so that whoever is still alive can tell: a worker, the web process, a command.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from sync.models import Heartbeat, OutboxEntry, Run, Stream

CANARY = "sync.canary"
START_RUN = "sync.start_run"

# A task is given its own rhythm to be late by, within these bounds: clocks differ, and a worker may be busy.
LEAST_GRACE = timedelta(minutes=5)
MOST_GRACE = timedelta(minutes=15)
# From the beat's message to the run that the worker makes of it.
COMES_THROUGH_WITHIN = timedelta(minutes=2)
# Longer than a worker is busy with one task, unless it hangs.
SILENT_AFTER = timedelta(minutes=8)
# What ERP.net takes at all it takes in seconds, and an outage of minutes is over by then.
DELIVERED_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An entry of the schedule: when the beat last set it off and it last started, and by when it has to again.

    One that has not been set off yet counts from when it was set up.
    """

    name: str
    sent_at: datetime
    started_at: datetime
    due_at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Served:
    """A queue: when a canary last came through it. `entry` is the schedule's name for its canary."""

    queue: str
    entry: str
    seen_at: datetime | None
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Overdue:
    """Deliveries that have been on their way for too long: how many, and why the oldest one still waits."""

    count: int
    reason: str


def overdue_deliveries() -> Overdue:
    """Read by workers, who see those of all partners."""
    entries = OutboxEntry.objects.filter(
        state__in=OutboxEntry.OPEN, created_at__lt=Now() - DELIVERED_WITHIN
    ).order_by("pk")
    reasons = list(entries.values_list("message", flat=True))
    return Overdue(len(reasons), next(filter(None, reasons), ""))


def is_anything_late() -> bool:
    """An empty schedule is late as a whole: nothing would ever start."""
    entries = scheduled()
    return not entries or any(each.is_late for each in entries) or any(each.is_silent for each in queues())


def scheduled() -> list[Scheduled]:
    """Every entry that is switched on and comes again and again.

    A stream has started when there is a run of it that reads it: that the beat has sent a message proves little.
    """
    now, runs = timezone.now(), _latest_runs(timezone.now())
    repeated = Q(interval__isnull=False) | Q(crontab__isnull=False)
    entries = PeriodicTask.objects.filter(repeated, enabled=True, one_off=False)
    waiting = Q(start_time__gt=now) | Q(expires__lte=now)
    entries = entries.exclude(waiting).select_related("interval", "crontab").order_by("name")
    return [_judged(entry, runs, now) for entry in entries]


def queues(within: timedelta = SILENT_AFTER) -> list[Served]:
    """Every queue that canaries are sent through. While the beat sends none, nobody can be told to be silent."""
    now = timezone.now()
    heartbeats = Heartbeat.objects.annotate(is_old=Q(seen_at__lt=Now() - within))
    seen = {each.queue: each for each in heartbeats}
    served = []
    for entry in PeriodicTask.objects.filter(task=CANARY, enabled=True).order_by("name"):
        (queue,) = json.loads(entry.args)
        beats = entry.last_run_at is not None and now - entry.last_run_at < LEAST_GRACE
        heard = seen.get(queue)
        quiet = heard.is_old if heard else _never_heard(entry)
        seen_at = heard.seen_at if heard else None
        served.append(Served(queue, entry.name, seen_at, is_silent=beats and quiet))
    return served


def _never_heard(entry: PeriodicTask) -> bool:
    """Of a queue through which no canary has come yet: whether enough were sent for that to mean something."""
    return bool(entry.total_run_count * COMES_THROUGH_WITHIN > SILENT_AFTER)


def _judged(entry: PeriodicTask, runs: dict[tuple[str, bool], datetime], now: datetime) -> Scheduled:
    sent_at: datetime = entry.last_run_at or entry.date_changed
    started_at, on_its_way = sent_at, False
    if entry.task == START_RUN and (run_at := runs.get(_stream_of(entry))):
        # One that was just switched on is not late for the time when it was off.
        started_at = run_at if entry.last_run_at else max(run_at, sent_at)
        on_its_way = now - sent_at < COMES_THROUGH_WITHIN
    due_at, grace = _due_after(entry, started_at, now)
    return Scheduled(entry.name, sent_at, started_at, due_at, now > due_at + grace and not on_its_way)


def _due_after(entry: PeriodicTask, started_at: datetime, now: datetime) -> tuple[datetime, timedelta]:
    """When an entry that started then has to start again, and how much later it may be."""
    if entry.interval is not None:
        every = timedelta(**{entry.interval.period: entry.interval.every})
        return started_at + every, min(max(every, LEAST_GRACE), MOST_GRACE)
    crontab = entry.crontab.schedule
    return now + crontab.remaining_estimate(started_at.astimezone(crontab.tz)), MOST_GRACE


def _stream_of(entry: PeriodicTask) -> tuple[str, bool]:
    """The stream that an entry starts, and whether to reconcile it."""
    args, kwargs = json.loads(entry.args), json.loads(entry.kwargs)
    return str(args[0] if args else kwargs.get("stream")), bool(kwargs.get("reconcile"))


def _latest_runs(now: datetime) -> dict[tuple[str, bool], datetime]:
    """When each stream was last run, and last reconciled. One that is being run has started now.

    A dry run and the return of an earlier stock are no runs of the stream: they bring nothing of ERP.net's. What was
    asked for while one of them is open has started, though: it begins when that has ended.
    """
    runs = Run.objects.filter(stream=OuterRef("pk"))
    reading = runs.filter(dry_run=False).exclude(mode=Run.Mode.RESTORE)
    reconciling = runs.filter(mode=Run.Mode.RECONCILIATION)
    latest: dict[tuple[str, bool], datetime] = {}
    for stream in Stream.objects.annotate(
        is_busy=Exists(runs.filter(state__in=Run.OPEN)),
        is_read=Exists(reading.filter(state__in=Run.OPEN)),
        ran_at=Subquery(reading.order_by("-created_at").values("created_at")[:1]),
        reconciled_at=Subquery(reconciling.order_by("-created_at").values("created_at")[:1]),
    ):
        is_run = stream.is_read or (stream.is_busy and stream.next_mode)
        for is_reconciliation, is_open, at in (
            (False, is_run, stream.ran_at),
            (True, stream.is_busy, stream.reconciled_at),
        ):
            if is_open or at is not None:
                latest[stream.pk, is_reconciliation] = now if is_open else at
    return latest
