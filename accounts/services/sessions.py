"""Sessions end, and whatever their browsers looked at as a partner with them.

A person ends her own; staff end those of others in `accounts.services.people`.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit
from accounts.browsers import browser_of
from accounts.models import AuditEvent, Session, User
from accounts.view_as import end_viewing_of


@transaction.atomic
def remove_sessions(sessions: QuerySet[Session]) -> int:
    """End these sessions: the one way in which a row of theirs goes. Returns how many they were.

    Internal users alone view the portal as a partner, so that theirs alone are looked into.
    """
    internal = sessions.filter(user__user_type=User.UserType.INTERNAL).select_related("user")
    for session in internal.select_for_update(of=("self",)):
        end_viewing_of(session)
    ended, _by_model = sessions.delete()
    return ended


def sweep_sessions() -> None:
    """Remove everybody's sessions that have lapsed."""
    remove_sessions(Session.objects.filter(expire_date__lte=timezone.now()))


def end_session(user: User, session_id: uuid.UUID, *, kept: str) -> None:
    """Sign a person out in another of her browsers than the one whose session has the key `kept`.

    Raises Session.DoesNotExist, for somebody else's session too.
    """
    session = Session.objects.exclude(session_key=kept).get(user=user, public_id=session_id)
    remove_sessions(Session.objects.filter(pk=session.pk))
    audit.record_of_person(
        AuditEvent.Kind.SIGN_OUT, user=user, detail={"elsewhere": browser_of(session.user_agent)}
    )


def end_other_sessions(user: User, *, kept: str) -> int:
    """Sign a person out everywhere but in the browser whose session has the key `kept`. Returns in how many."""
    ended = remove_sessions(Session.objects.filter(user=user).exclude(session_key=kept))
    if ended:
        audit.record_of_person(AuditEvent.Kind.SIGN_OUT, user=user, detail={"elsewhere": ended})
    return ended
