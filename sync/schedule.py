"""The schedule, in one table. `manage.py schedule` puts it into the admin, where ops may change it from then on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

from sync.models import Run
from sync.selectors.watch import CANARY, SILENT_AFTER
from sync.streams.table import STREAMS


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once a week, in the portal's own zone. Day 0 is Sunday, as crontabs have it."""

    day: int
    at: time


@dataclass(frozen=True, slots=True)
class Entry:
    """A task of the beat. One that has waited for `expires` is dropped: the next is due by then.

    It goes to the queue of its kind (`task_routes` in portal/celery.py), or to the one named here.
    """

    name: str
    task: str
    rhythm: timedelta | time | Weekly
    description: str
    expires: timedelta
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    queue: str | None = None


NIGHT = timedelta(hours=6)
SWEEP_RHYTHM = timedelta(seconds=20)
MAIL_RHYTHM = timedelta(minutes=1)
WATCH_RHYTHM = timedelta(minutes=1)
QUEUES = ("erpnet", "default")
SUNDAY = 0
# After the nightly stock, one hour after another: each may read a table of any size.
FIRST_RECONCILIATION = 3
RECONCILED = [name for name, plan in STREAMS.items() if plan.mode == Run.Mode.INCREMENTAL]

SCHEDULE: tuple[Entry, ...] = (
    *(
        Entry(
            name=f"Sync {name.value}",
            task="sync.start_run",
            rhythm=plan.rhythm,
            args=(name.value,),
            expires=plan.rhythm if isinstance(plan.rhythm, timedelta) else NIGHT,
            description=f"Starts a run of the stream {name.value}, unless one is open.",
        )
        for name, plan in STREAMS.items()
    ),
    *(
        Entry(
            name=f"Reconcile {name.value}",
            task="sync.start_run",
            rhythm=Weekly(SUNDAY, time(FIRST_RECONCILIATION + nth)),
            args=(name.value,),
            kwargs={"reconcile": True},
            expires=NIGHT,
            description=f"Takes out of the mirror what ERP.net has no more of the stream {name.value}.",
        )
        for nth, name in enumerate(RECONCILED)
    ),
    Entry(
        name="Sweep",
        task="sync.sweep",
        rhythm=SWEEP_RHYTHM,
        expires=SWEEP_RHYTHM,
        description="Rings again for deliveries, runs and access requests that nobody is at.",
    ),
    Entry(
        name="Send invitations",
        task="accounts.send_invitations",
        rhythm=MAIL_RHYTHM,
        expires=MAIL_RHYTHM,
        description="Sends the mails of invitations that are due.",
    ),
    Entry(
        name="Send alerts",
        task="sync.housekeeping.send_alerts",
        rhythm=MAIL_RHYTHM,
        expires=MAIL_RHYTHM,
        description="Sends the mails of alerts that no doorbell was heard for.",
    ),
    *(
        Entry(
            name=f"Canary {queue}",
            task=CANARY,
            rhythm=WATCH_RHYTHM,
            # A worker may be busy for minutes: one that takes an old canary takes tasks all the same.
            expires=SILENT_AFTER,
            args=(queue,),
            queue=queue,
            description=f"Shows that the worker of the queue {queue} takes tasks.",
        )
        for queue in QUEUES
    ),
    Entry(
        name="Watch",
        task="sync.keep_watch",
        rhythm=WATCH_RHYTHM,
        expires=WATCH_RHYTHM,
        description="Raises an alert for tasks that did not start in time and for workers that are silent.",
    ),
    Entry(
        name="Prune",
        task="sync.housekeeping.prune",
        rhythm=time(4, 10),
        expires=NIGHT,
        description="Deletes old runs and old rows of the API's audit trail.",
    ),
)
