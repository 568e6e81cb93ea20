"""Alerts: telling staff once that something needs them, and no longer once it is over.

Whoever finds something wrong raises an alert as often as it is found; the database keeps one open for each subject.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import AuditEvent, User
from accounts.text import printable
from erpnet.exceptions import LicencesExhausted, TransientError
from sync.doorbells import ring_send_alerts
from sync.models import Alert, Run

logger = logging.getLogger(__name__)

LONGEST_SUBJECT = 120
# By the waits between the turns of a run the fifth in a row comes some four minutes after the first.
LICENCE_REFUSALS = 5

_LICENCES = "ERP.net"

# What comes and goes within that time is one story, and told once.
REOPENED_WITHIN = timedelta(hours=1)
# Nobody opens an alert of the same subject between the look for an open one and what is done about it.
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_REOPEN = """
    UPDATE sync_alert SET closed_at = NULL, opened_at = clock_timestamp(), message = %s
    WHERE id = (
        SELECT id FROM sync_alert
        WHERE kind = %s AND subject = %s AND closed_at > clock_timestamp() - make_interval(secs => %s)
        ORDER BY closed_at DESC LIMIT 1
    ) AND NOT EXISTS (SELECT FROM sync_alert WHERE kind = %s AND subject = %s AND closed_at IS NULL)
    RETURNING id, false
"""
# What an upsert has inserted no transaction has locked or updated yet: its xmax is 0.
_RAISE = """
    INSERT INTO sync_alert (kind, subject, message, opened_at) VALUES (%s, %s, %s, clock_timestamp())
    ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO UPDATE SET message = EXCLUDED.message
    RETURNING id, xmax = 0
"""


@transaction.atomic
def raise_alert(kind: Alert.Kind, subject: str, message: str) -> int:
    """Have staff look at `subject`, and answer the id of its open alert, of which there is one for each.

    The first time it is logged as an error and mailed to ALERT_MAIL after the commit; from then on only its message
    is brought up to date. One that was closed within the last hour, by itself or by hand, is opened again, and neither
    logged nor mailed anew. For workers: the web process may not write alerts.
    """
    subject = printable(subject, LONGEST_SUBJECT)
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"alert {kind} {subject}"])
        cursor.execute(_REOPEN, [message, kind, subject, REOPENED_WITHIN.total_seconds(), kind, subject])
        if (raised := cursor.fetchone()) is None:
            cursor.execute(_RAISE, [kind, subject, message])
            raised = cursor.fetchone()
        alert_id, is_new = raised
    if is_new:
        logger.error("%s (%s): %s", Alert.Kind(kind).label, subject, message)
        ring_send_alerts()
    return int(alert_id)


def close_alert(kind: Alert.Kind, subject: str) -> bool:
    """What the alert tells of is over. Answers whether there was one."""
    subject = printable(subject, LONGEST_SUBJECT)
    return bool(Alert.objects.filter(kind=kind, subject=subject, closed_at=None).update(closed_at=Now()))


def tell_of_end(run: Run) -> None:
    """Raise an alert for a run that failed or was refused; the next good run like it closes that.

    A reconciliation is told of apart, lest the pull of five minutes later speak for it. A dry run concerns nobody.
    """
    if run.dry_run:
        return
    apart = run.mode == Run.Mode.RECONCILIATION
    subject = f"{run.stream_id}, {run.get_mode_display()}" if apart else run.stream_id
    if run.state in (Run.State.FAILED, Run.State.REFUSED):
        raise_alert(Alert.Kind.RUN, subject, run.message)
    elif run.state in Run.COUNTING:
        close_alert(Alert.Kind.RUN, subject)


def tell_of_licences(run: Run, error: TransientError | None) -> None:
    """Raise an alert once a run has waited for minutes for a licence of ERP.net; a slice that got through closes it."""
    if error is None:
        close_alert(Alert.Kind.LICENCES, _LICENCES)
    elif isinstance(error, LicencesExhausted) and run.failures >= LICENCE_REFUSALS:
        raise_alert(Alert.Kind.LICENCES, _LICENCES, error.message)


@transaction.atomic
def dismiss_alert(alert: Alert, *, user: User, reason: str) -> bool:
    """Close an alert by hand: a decision of staff, kept with its reason. Answers whether it was open."""
    if not Alert.objects.filter(pk=alert.pk, closed_at=None).update(closed_at=Now()):
        return False
    audit.record(
        AuditEvent.Kind.STAFF,
        user=user,
        subject=f"alert {alert.pk}",
        detail={"action": "dismiss", "reason": reason},
    )
    return True
