"""Portal staff looking at the portal as a partner sees it: for a stated reason, for an hour at most, and read-only.

What somebody looks at stands in her own session, so it ends with it. While it lasts she acts for that partner and for
nobody else: her own memberships and the admin are out of reach. Start, end and every page seen are in the trail under
that partner's name, where its own administrators read them.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, Membership, Partner, Session, User
from accounts.permissions import Role
from accounts.sessions import contents_of
from accounts.tenancy import acting_for, speaking_of

SESSION_ENTRY = "view_as"
LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Viewing:
    """One look at a partner's portal. It is over when its time is, or when either side of it is switched off."""

    staff: User
    partner: Partner
    reason: str
    ends_at: datetime

    @property
    def is_over(self) -> bool:
        return not (self.staff.is_staff and self.partner.is_active and timezone.now() < self.ends_at)

    @property
    def minutes_left(self) -> int:
        return max(0, math.ceil((self.ends_at - timezone.now()).total_seconds() / 60))

    def membership(self) -> Membership:
        """What pages take for the acting member: never saved, sees what an administrator sees, may change nothing."""
        membership = Membership(partner=self.partner, erp_user_id=self.staff.erp_id, role=Role.ADMIN)
        membership.is_read_only = True
        return membership


def begin_viewing(request: HttpRequest, partner: Partner, *, reason: str) -> None:
    ends_at = timezone.now() + LASTS
    request.session[SESSION_ENTRY] = {
        "partner_id": str(partner.pk),
        "reason": reason,
        "ends_at": ends_at.isoformat(),
    }
    viewing = Viewing(cast("User", request.user), partner, reason, ends_at)
    _record(viewing, "view_as_begun", ends_at=ends_at.isoformat())


def end_viewing(request: HttpRequest, viewing: Viewing) -> None:
    del request.session[SESSION_ENTRY]
    _record(viewing, "view_as_over" if viewing.is_over else "view_as_ended")


def end_viewing_of(session: Session) -> None:
    """Leave the line for the end of what a session looks at that is about to be removed.

    Nobody need have noticed at the time: the line says how long the look can have lasted.
    """
    entry = contents_of(session).get(SESSION_ENTRY)
    if entry is None or session.user is None:
        return
    ends_at = datetime.fromisoformat(entry["ends_at"])
    until = min(ends_at, session.ends_at, timezone.now())
    event = "view_as_over" if until == ends_at else "view_as_session_over"
    partner_id = uuid.UUID(entry["partner_id"])
    _keep(session.user, partner_id, event, reason=entry["reason"], lasted_until=until.isoformat())


def page_after(viewing: Viewing) -> str:
    """Where a look ends: where it began."""
    return (
        reverse("admin:accounts_partner_change", args=[viewing.partner.pk]) if viewing.staff.is_staff else "/"
    )


def viewing_of(request: HttpRequest) -> Viewing | None:
    """What this browser's session looks at, also when that is over: whoever reads it has to ask."""
    entry = request.session.get(SESSION_ENTRY)
    if entry is None:
        return None
    partner_id = uuid.UUID(entry["partner_id"])
    with looking_at(partner_id):
        partner = Partner.objects.get(pk=partner_id)  # Nobody deletes partners; they are switched off.
    ends_at = datetime.fromisoformat(entry["ends_at"])
    return Viewing(cast("User", request.user), partner, entry["reason"], ends_at)


def record_page(viewing: Viewing, request: HttpRequest) -> None:
    _record(viewing, "view_as_page", subject=f"{request.method} {request.path}")


@contextmanager
def looking_at(partner_id: uuid.UUID) -> Iterator[None]:
    """Open a transaction that sees this partner's rows and in which PostgreSQL refuses to write any."""
    with acting_for(partner_id), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        yield


def _record(viewing: Viewing, event: str, *, subject: str = "", **more: Any) -> None:
    _keep(viewing.staff, viewing.partner.pk, event, subject=subject, reason=viewing.reason, **more)


def _keep(staff: User, partner_id: uuid.UUID, event: str, *, subject: str = "", **detail: Any) -> None:
    with speaking_of(partner_id):
        audit.record(
            AuditEvent.Kind.VIEW_AS,
            user=staff,
            partner_id=partner_id,
            reason=event,
            subject=subject,
            detail=detail,
        )
