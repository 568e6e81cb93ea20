"""The audit trail: one row and one log line for what happens at the doors. Rows can be added and never changed.

A row names the partner whom it concerns, and that partner's Admin may read it. The database takes from the web rows of
the partner that the transaction acts for or speaks of (`accounts.tenancy`), and of none.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from accounts.models import AuditEvent, User
from accounts.selectors import memberships_for
from accounts.tenancy import speaking_of
from accounts.text import printable
from erpnet import correlation

logger = logging.getLogger("portal.audit")

# A plain INSERT: whoever adds a line may not read it, so nothing can be asked back, as `save` would.
_ADD = """
    INSERT INTO accounts_auditevent
        (at, kind, succeeded, reason, user_id, login, partner_id, subject, detail, correlation_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def record(
    kind: AuditEvent.Kind,
    *,
    user: User | None = None,
    partner_id: uuid.UUID | None = None,
    succeeded: bool = True,
    reason: str = "",
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Keep what happened. Never pass a token, a code or a secret: staff read this."""
    event = AuditEvent(
        kind=kind,
        succeeded=succeeded,
        reason=reason,
        user_id=user.pk if user else None,
        login=user.login if user else "",
        partner_id=partner_id,
        subject=printable(subject, 200),
        detail=detail or {},
        correlation_id=correlation.get(),
    )
    _add(event)
    _log(event)


def record_of_person(kind: AuditEvent.Kind, *, user: User, detail: dict[str, Any] | None = None) -> None:
    """Keep what a person did who acts for no partner yet: a row for each that she may act for, or one without."""
    partners: list[uuid.UUID | None] = [each.partner_id for each in memberships_for(user)]
    for partner_id in partners or [None]:
        with speaking_of(partner_id):
            record(kind, user=user, partner_id=partner_id, detail=detail)


def note(kind: AuditEvent.Kind, *, reason: str, detail: dict[str, Any]) -> None:
    """Log a refusal without keeping it: rows stay for ever, and strangers must not be able to pile them up."""
    _log(AuditEvent(kind=kind, succeeded=False, reason=reason, detail=detail))


def _add(event: AuditEvent) -> None:
    values: list[Any] = [
        event.at,
        event.kind,
        event.succeeded,
        event.reason,
        event.user_id,
        event.login,
        event.partner_id,
        event.subject,
        Jsonb(event.detail),
        event.correlation_id,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, values)


def _log(event: AuditEvent) -> None:
    level = logging.INFO if event.succeeded else logging.WARNING
    outcome = "succeeded" if event.succeeded else f"refused {event.reason}"
    logger.log(level, "%s %s", event.kind, outcome, extra=_fields(event))


def _fields(event: AuditEvent) -> dict[str, Any]:
    return {
        "reason": event.reason,
        "user_id": str(event.user_id or ""),
        "partner_id": str(event.partner_id or ""),
        "subject": event.subject,
        "detail": event.detail,
    }
