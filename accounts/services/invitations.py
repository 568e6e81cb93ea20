"""Invitations: asking somebody in by e-mail, and letting in whoever comes with the link and signs in.

The worker makes the link's secret when it sends the mail, and keeps its hash: no page, no task and no row holds it.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.doorbells import ring_send_invitations
from accounts.exceptions import (
    AlreadyInvited,
    BeyondRole,
    InvitationGone,
    NoMail,
    SentJustNow,
    TooManyInvitations,
    TooManyToOne,
)
from accounts.models import AuditEvent, Invitation, Membership, User
from accounts.permissions import roles_given_by
from accounts.selectors import invitation_with
from accounts.services.memberships import demand_may_give, join_by_invitation
from accounts.services.people import remember_language
from accounts.tenancy import acting_for
from accounts.text import printable

LASTS = timedelta(days=7)
MOST_A_DAY = 50
MOST_TO_ONE = 3
AGAIN_AFTER = timedelta(hours=1)

_INVITED, _INVITED_AGAIN = "invited", "invited_again"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def invite_person(
    partner_id: uuid.UUID,
    *,
    user: User,
    acting: Membership | None,
    email: str,
    role: str,
    days_back: int | None,
) -> Invitation:
    """Ask somebody in. `acting` is None where portal staff do so, who give any role. Raises a PeopleRefused."""
    if acting is not None:
        demand_may_give(acting, role=role, days_back=days_back)
    _demand_may_mail(partner_id, email)
    now = timezone.now()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                partner_id=partner_id,
                email=email,
                role=role,
                days_back=days_back,
                invited_by=user.pk,
                created_at=now,
                expires_at=now + LASTS,
                mail_due_at=now,
                secret_hash=hash_of(new_secret()),
            )
    except IntegrityError:
        raise AlreadyInvited from None
    _mail_it(invitation, user=user, reason=_INVITED, detail={"role": role, "days_back": days_back})
    return invitation


def send_again(invitation_id: uuid.UUID, *, acting: Membership | None, user: User) -> Invitation:
    """Have the mail sent once more, with a new link that lasts as long as a first one. The old link ends.

    `acting` is None where portal staff do so. Raises a PeopleRefused, and DoesNotExist for one that is not open.
    """
    invitation = _lock_open(invitation_id, acting)
    if acting is not None:
        demand_may_give(acting, role=invitation.role, days_back=invitation.days_back)
    now = timezone.now()
    if invitation.created_at > now - AGAIN_AFTER:
        raise SentJustNow
    _demand_may_mail(invitation.partner_id, invitation.email)
    invitation.invited_by, invitation.created_at = user.pk, now
    invitation.expires_at, invitation.mail_due_at = now + LASTS, now
    invitation.save(update_fields=["invited_by", "created_at", "expires_at", "mail_due_at"])
    _mail_it(invitation, user=user, reason=_INVITED_AGAIN)
    return invitation


def withdraw_invitation(invitation_id: uuid.UUID, *, acting: Membership, user: User) -> Invitation:
    """Raises BeyondRole for an invitation to a role that the acting member may not give."""
    invitation = _lock_open(invitation_id, acting)
    if invitation.role not in roles_given_by(acting.role):
        raise BeyondRole
    end_invitation(invitation, by=user)
    return invitation


def end_invitation(invitation: Invitation, *, by: User) -> None:
    """Withdraw an open invitation; one that is over already stays as it is."""
    ended = Invitation.objects.open().filter(pk=invitation.pk)
    if ended.update(withdrawn_at=timezone.now(), mail_due_at=None):
        _record(invitation, user=by, reason="invitation_withdrawn")


def accept_invitation(secret: str, *, user: User) -> Membership:
    """Make whoever has signed in and brings the link a member. Raises InvitationGone and AlreadyMember.

    Of two at once one gets in: the row is taken by one statement that sees it open.
    """
    invitation = invitation_with(hash_of(secret))
    if invitation is None:
        raise InvitationGone
    with acting_for(invitation.partner_id):
        mine = Invitation.objects.for_partner(invitation.partner_id).live().filter(pk=invitation.pk)
        if not mine.filter(secret_hash=hash_of(secret)).update(
            accepted_at=timezone.now(), accepted_by=user.pk, mail_due_at=None
        ):
            raise InvitationGone
        return join_by_invitation(invitation, user)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def mail_is_set_up() -> bool:
    return bool(settings.EMAIL_URL)


def _lock_open(invitation_id: uuid.UUID, acting: Membership | None) -> Invitation:
    open_ones = Invitation.objects.open()
    if acting is not None:
        open_ones = open_ones.for_partner(acting.partner_id)
    invitation: Invitation = open_ones.select_for_update().get(pk=invitation_id)
    return invitation


def _mail_it(
    invitation: Invitation, *, user: User, reason: str, detail: dict[str, object] | None = None
) -> None:
    remember_language(user)
    _record(invitation, user=user, reason=reason, detail=detail)
    ring_send_invitations()


def _demand_may_mail(partner_id: uuid.UUID, email: str) -> None:
    """The trail counts every mail, also of invitations that were withdrawn since, and forgets none."""
    if not mail_is_set_up():
        raise NoMail
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"invitations of {partner_id}"])
    sent = AuditEvent.objects.for_partner(partner_id).filter(
        kind=AuditEvent.Kind.ROLE,
        reason__in=(_INVITED, _INVITED_AGAIN),
        at__gt=timezone.now() - timedelta(days=1),
    )
    if sent.filter(subject__iexact=_subject(email)).count() >= MOST_TO_ONE:
        raise TooManyToOne
    if sent.count() >= MOST_A_DAY:
        raise TooManyInvitations


def _subject(email: str) -> str:
    """How the trail names an invitation to this address."""
    return printable(f"invitation to {email}", 200)


def _record(
    invitation: Invitation, *, user: User, reason: str, detail: dict[str, object] | None = None
) -> None:
    audit.record(
        AuditEvent.Kind.ROLE,
        user=user,
        partner_id=invitation.partner_id,
        reason=reason,
        subject=_subject(invitation.email),
        detail={"invitation": str(invitation.pk), **(detail or {})},
    )
