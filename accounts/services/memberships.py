"""Who may act for which partner, as people decide it. Each change leaves a line in the trail, before and after.

Nothing is deleted: whom people take out stays out, whatever the directory says later, and the row keeps the history.
Role and days back of a customer's person are those of the external access that ERP.net keeps. People switch it off, and
on again by an invitation, and it stays ERP.net's: off and of that source means that people keep it off.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.exceptions import (
    AlreadyMember,
    BeyondRole,
    DecidedInErpNet,
    HasMembership,
    InvitationGone,
    OwnAccess,
)
from accounts.models import AuditEvent, Invitation, Membership, Partner, User
from accounts.permissions import roles_given_by
from accounts.selectors import inviter_may_give, may_give

_TRACKED = ("role", "days_back", "is_active", "source")


# -- By the partner's own people, in a transaction that acts for the partner ------------------------------------------


def change_member(
    membership_id: int, *, acting: Membership, user: User, role: str, days_back: int | None
) -> None:
    """Give a colleague another role, or another view of the past. Raises a PeopleRefused."""
    colleagues = _lock_colleagues(acting)
    member = _subject(colleagues, membership_id, acting)
    if member.source == Membership.Source.EXTERNAL_ACCESS:
        raise DecidedInErpNet
    demand_may_give(colleagues.get(acting.pk), role=role, days_back=days_back)
    before = _state(member)
    member.role, member.days_back = role, days_back
    member.save(update_fields=["role", "days_back", "updated_at"])
    record_change(member, before, user=user, reason="membership_changed")


def remove_member(membership_id: int, *, acting: Membership, user: User) -> Membership:
    """Take a colleague out of the company's portal. Raises a PeopleRefused."""
    colleagues = _lock_colleagues(acting)
    member = _subject(colleagues, membership_id, acting)
    before = _state(member)
    member.is_active, member.source = False, _source_after_switching(member)
    member.save(update_fields=["is_active", "source", "updated_at"])
    record_change(member, before, user=user, reason="membership_removed")
    return member


def demand_may_give(acting: Membership | None, *, role: str, days_back: int | None) -> None:
    """Raises BeyondRole, also for somebody who is no member any more."""
    if acting is None or not may_give(acting, role=role, days_back=days_back):
        raise BeyondRole


def _lock_colleagues(acting: Membership) -> dict[int, Membership]:
    """Everybody who acts for the partner, as they are now: of two owners who remove each other, one is too late."""
    everybody = Membership.objects.for_partner(acting.partner_id).filter(is_active=True)
    return {each.pk: each for each in everybody.select_for_update().order_by("pk")}


def _subject(colleagues: dict[int, Membership], membership_id: int, acting: Membership) -> Membership:
    member = colleagues.get(membership_id)
    if member is None:
        raise Membership.DoesNotExist
    if member.pk == acting.pk:
        raise OwnAccess
    # An owner always remains: only another owner touches one, and the locks hold her to what she is by now.
    now = colleagues.get(acting.pk)
    if now is None or member.role not in roles_given_by(now.role):
        raise BeyondRole
    return member


# -- By portal staff, in a transaction that says so --------------------------------------------------------------------


def change_membership(membership: Membership, *, by: User) -> None:
    """Save what staff have set. What they switch stays so, whatever the directory says later."""
    before = _state(Membership.objects.get(pk=membership.pk))
    if membership.is_active != before["is_active"]:
        membership.source = _source_after_switching(membership)
    membership.save(update_fields=["role", "days_back", "is_active", "source", "updated_at"])
    record_change(membership, before, user=by, reason="membership_changed")


def _source_after_switching(membership: Membership) -> str:
    by_erp_net = membership.source == Membership.Source.EXTERNAL_ACCESS
    return membership.source if by_erp_net else Membership.Source.PERSON


def grant_membership(
    partner: Partner, person: User, *, by: User, role: str, days_back: int | None
) -> Membership:
    """Let somebody who has signed in before act for a partner. Raises HasMembership, also for one switched off."""
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                partner=partner,
                erp_user_id=person.erp_id,
                role=role,
                days_back=days_back,
                source=Membership.Source.PERSON,
            )
    except IntegrityError:
        raise HasMembership from None
    record_change(membership, {}, user=by, reason="membership_granted")
    return membership


# -- By whoever comes with an invitation, in a transaction that acts for the partner -----------------------------------


def join_by_invitation(invitation: Invitation, user: User) -> Membership:
    """Raises AlreadyMember: an invitation never changes what somebody has already, such as an owner who clicks it.

    Raises InvitationGone for one of before the person was taken out: a spare link is no way back in.
    """
    offered = {
        "role": invitation.role,
        "days_back": invitation.days_back,
        "source": Membership.Source.INVITATION,
        "is_active": True,
    }
    members = Membership.objects.for_partner(invitation.partner_id)
    membership, is_new = members.get_or_create(
        partner=invitation.partner, erp_user_id=user.erp_id, defaults=offered
    )
    before = {}
    if not is_new:
        membership = members.select_for_update().get(pk=membership.pk)
        before = _state(membership)
        _let_back_in(membership, invitation, offered)
    membership.partner = invitation.partner
    detail = {"invitation": str(invitation.pk), "email": invitation.email}
    record_change(membership, before, user=user, reason="invitation_accepted", detail=detail)
    return membership


def _let_back_in(former: Membership, invitation: Invitation, offered: dict[str, Any]) -> None:
    if former.is_active:
        raise AlreadyMember
    if former.updated_at > invitation.created_at:
        raise InvitationGone
    if former.source == Membership.Source.EXTERNAL_ACCESS:
        # What ERP.net's record gives is all there is to give, and it takes somebody who may give that.
        if not inviter_may_give(invitation, role=former.role, days_back=former.days_back):
            raise InvitationGone
        offered = {"is_active": True}
    for name, value in offered.items():
        setattr(former, name, value)
    former.save(update_fields=[*offered, "updated_at"])


# -- The trail ---------------------------------------------------------------------------------------------------------


def record_change(
    membership: Membership,
    before: dict[str, Any],
    *,
    user: User,
    reason: str,
    detail: dict[str, Any] | None = None,
) -> None:
    """Leave a line about what has changed, as pairs of before and after, and which role an access had or has."""
    after = _state(membership)
    changes = {name: [before.get(name), after[name]] for name in _TRACKED if before.get(name) != after[name]}
    if "is_active" in changes:
        held = [state.get("role") if state.get("is_active") else None for state in (before, after)]
        changes.setdefault("role", held)
    audit.record(
        AuditEvent.Kind.ROLE,
        user=user,
        partner_id=membership.partner_id,
        reason=reason,
        subject=membership.trail_subject,
        detail={**changes, **(detail or {})},
    )


def _state(membership: Membership) -> dict[str, Any]:
    return {name: getattr(membership, name) for name in _TRACKED}
