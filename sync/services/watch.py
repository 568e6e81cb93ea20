"""The watch: telling staff of what should have happened and has not.

It is kept twice, for either may be what has stopped: by a task that the beat sends to the worker `erpnet`, and by a
thread of the worker `default` that needs neither beat nor broker. What both cannot tell, because nothing runs any
more, the web process answers to a monitor from outside.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sync.models import Alert, Heartbeat
from sync.selectors.watch import (
    DELIVERED_WITHIN,
    LEAST_GRACE,
    Overdue,
    Scheduled,
    Served,
    overdue_deliveries,
    queues,
    scheduled,
)
from sync.services.alerts import close_alert, raise_alert

# The subject of the alert that tells of all entries at once.
BEAT = "beat"
# And of all deliveries: what holds one up mostly holds up others, too.
OUTBOX = "outbox"
# The row that says when the watch last looked, beside those of the queues.
WATCH = "the watch"
LOOKED_WITHIN = timedelta(minutes=3)


def note_heartbeat(queue: str) -> None:
    """A canary came through this queue: its worker takes tasks and reaches the database."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(queue=queue, seen_at=Now())],
        update_conflicts=True,
        unique_fields=["queue"],
        update_fields=["seen_at"],
    )


def keep_watch() -> None:
    """Raise an alert for each task that is late, each queue that is silent, and for deliveries that wait too long, and
    close those that are over.

    The first look after a while without any judges nothing: what was switched off has a moment to begin again.
    """
    looked = Heartbeat.objects.filter(pk=WATCH, seen_at__gt=Now() - LOOKED_WITHIN).exists()
    note_heartbeat(WATCH)
    if not looked:
        return
    # Queues first: while the alert of its canary is open, the beat is to blame for a silence, or was until just now.
    _judge_queues(queues())
    _judge_schedule(scheduled())
    _judge_deliveries(overdue_deliveries())


def _judge_queues(served: list[Served]) -> None:
    unsent = _opened_at(Alert.Kind.SCHEDULE)
    opened = _opened_at(Alert.Kind.WORKER)
    for each in served:
        since = opened.pop(each.queue, None)
        if each.is_silent and not {BEAT, each.entry} & unsent.keys():
            raise_alert(Alert.Kind.WORKER, each.queue, _silence(each))
        elif since and each.seen_at and each.seen_at > since:
            close_alert(Alert.Kind.WORKER, each.queue)
    for queue in opened:
        close_alert(Alert.Kind.WORKER, queue)


def _judge_schedule(entries: list[Scheduled]) -> None:
    """One alert says that the beat stands still: each entry by itself would only say it again, for hours."""
    opened = _opened_at(Alert.Kind.SCHEDULE)
    sent_at = max((entry.sent_at for entry in entries), default=timezone.now())
    if timezone.now() - sent_at > LEAST_GRACE and any(entry.is_late for entry in entries):
        raise_alert(Alert.Kind.SCHEDULE, BEAT, _standstill(sent_at))
        return
    for entry in entries:
        since = opened.pop(entry.name, None)
        if entry.is_late:
            raise_alert(Alert.Kind.SCHEDULE, entry.name, _lateness(entry))
        elif since and entry.started_at > since:
            close_alert(Alert.Kind.SCHEDULE, entry.name)
    # The beat is back; or an entry was switched off or deleted, and nobody waits for it any more.
    for name in opened:
        close_alert(Alert.Kind.SCHEDULE, name)


def _judge_deliveries(overdue: Overdue) -> None:
    """What waits for staff, or for an ERP.net that is back but lets nobody in, is given up by nobody: it only waits."""
    if not overdue.count:
        close_alert(Alert.Kind.WAITING, OUTBOX)
        return
    text = _("Deliveries that have been waiting for more than %(minutes)d minutes: %(count)d.")
    minutes = int(DELIVERED_WITHIN.total_seconds() // 60)
    raise_alert(
        Alert.Kind.WAITING,
        OUTBOX,
        f"{text % {'minutes': minutes, 'count': overdue.count}} {overdue.reason}".strip(),
    )


def _opened_at(kind: Alert.Kind) -> dict[str, datetime]:
    return dict(Alert.objects.filter(kind=kind, closed_at=None).values_list("subject", "opened_at"))


def _silence(served: Served) -> str:
    since = _moment(served.seen_at) if served.seen_at else _("never")
    return _(
        "The worker of the queue %(queue)s takes no tasks; the last one that came through: %(since)s. Start it again."
    ) % {"queue": served.queue, "since": since}


def _standstill(sent_at: datetime) -> str:
    return _("The beat has set off nothing since %(since)s. Start it: exactly one.") % {
        "since": _moment(sent_at)
    }


def _lateness(entry: Scheduled) -> str:
    return _("It had to start again at %(due)s. Is the beat running, and the worker that it is for?") % {
        "due": _moment(entry.due_at)
    }


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
