"""The mails that the machinery sends to those who look after it."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.services.invitations import mail_is_set_up
from accounts.text import printable
from sync.models import Alert

logger = logging.getLogger(__name__)

_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('mail of alerts', 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('mail of alerts', 0))"


def send_due_alerts() -> None:
    """Tell ALERT_MAIL, in one mail, of every open alert that it has not been told of.

    Whoever else is at it meanwhile does nothing. Alerts of a mail that failed, or whose worker died, are due again.
    """
    if not (settings.ALERT_MAIL and mail_is_set_up()):
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return
        try:
            _send()
        finally:
            cursor.execute(_UNLOCK)


def _send() -> None:
    due = list(Alert.objects.filter(closed_at=None, mailed_at=None))
    if not due:
        return
    try:
        _mail(due).send()
    except (SMTPException, OSError, ValueError) as error:
        logger.warning("The mail of %d alerts was not sent: %s", len(due), type(error).__name__)
        return
    Alert.objects.filter(pk__in=[alert.pk for alert in due]).update(mailed_at=Now())


def _mail(alerts: list[Alert]) -> EmailMessage:
    first = printable(str(alerts[0]), 150)
    more = len(alerts) - 1
    tail = ngettext(" and %(count)d more", " and %(count)d more", more) % {"count": more} if more else ""
    address = settings.PORTAL_URL + reverse("admin:sync_alert_changelist")
    return EmailMessage(
        subject=f"{first}{tail}",
        body=render_to_string("sync/mail/alerts.txt", {"alerts": alerts, "address": address}),
        to=settings.ALERT_MAIL,
    )
