"""A person ends her own sessions. Staff end those of others in `accounts.services.people`."""

from __future__ import annotations

import uuid

from accounts import audit
from accounts.browsers import browser_of
from accounts.models import AuditEvent, Session, User


def end_session(user: User, session_id: uuid.UUID, *, kept: str) -> None:
    """Sign a person out in another of her browsers than the one whose session has the key `kept`.

    Raises Session.DoesNotExist, for somebody else's session too.
    """
    session = Session.objects.exclude(session_key=kept).get(user=user, public_id=session_id)
    session.delete()
    audit.record_of_person(
        AuditEvent.Kind.SIGN_OUT, user=user, detail={"elsewhere": browser_of(session.user_agent)}
    )


def end_other_sessions(user: User, *, kept: str) -> int:
    """Sign a person out everywhere but in the browser whose session has the key `kept`. Returns in how many."""
    ended, _by_model = Session.objects.filter(user=user).exclude(session_key=kept).delete()
    if ended:
        audit.record_of_person(AuditEvent.Kind.SIGN_OUT, user=user, detail={"elsewhere": ended})
    return ended
