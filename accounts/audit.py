"""The audit trail: one row and one log line for what happens at the doors. Rows can be added and never changed."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from accounts.models import AuditEvent, User
from accounts.text import printable
from erpnet import correlation

logger = logging.getLogger("portal.audit")


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
    event.save(force_insert=True)
    _log(event)


def note(kind: AuditEvent.Kind, *, reason: str, detail: dict[str, Any]) -> None:
    """Log a refusal without keeping it: rows stay for ever, and strangers must not be able to pile them up."""
    _log(AuditEvent(kind=kind, succeeded=False, reason=reason, detail=detail))


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
