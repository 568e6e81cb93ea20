"""What others may read about people and partners."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Invitation, Membership, MembershipQuerySet, Session, User
from accounts.paging import Page, page_by
from accounts.permissions import roles_given_by
from accounts.tenancy import acting_as_person, acting_for, holding_invitation


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who acts for the same partner. `user` is None before the first sign-in."""

    membership: Membership
    user: User | None
    is_you: bool
    is_yours_to_change: bool

    @property
    def name(self) -> str:
        return self.user.get_full_name() if self.user else self.membership.known_as


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    invitation: Invitation
    inviter: User | None
    is_yours_to_change: bool


def sessions_of(user: User) -> QuerySet[Session]:
    """Where the person is signed in, the browser used last first."""
    return Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at")


def memberships_for(user: User) -> list[Membership]:
    """The partners that this person may act for today, by name."""
    with acting_as_person(user):
        return list(Membership.objects.for_user(user).usable().order_by("partner__name", "pk"))


def colleagues_for(membership: Membership, *, after: str = "") -> Page:
    """A page of those who act for the partner, by name, in a transaction that acts for it."""
    page = page_by(_members(membership).with_sort_name(), "sort_name", after)
    return Page(_colleagues(membership, page.rows), page.after)


def colleague_for(membership: Membership, membership_id: int) -> Colleague:
    """Raises Membership.DoesNotExist, for somebody of another partner too."""
    return _colleagues(membership, [_members(membership).get(pk=membership_id)])[0]


def open_invitations_for(membership: Membership, *, after: str = "") -> Page:
    """A page of those that nobody has accepted yet, the latest first."""
    invitations = Invitation.objects.for_partner(membership.partner_id).open()
    page = page_by(invitations, "-created_at", after)
    return Page(_open_invitations(membership, page.rows), page.after)


def open_invitation_for(membership: Membership, invitation_id: uuid.UUID) -> OpenInvitation:
    """Raises Invitation.DoesNotExist, for one of another partner too."""
    invitations = Invitation.objects.for_partner(membership.partner_id).open()
    return _open_invitations(membership, [invitations.get(pk=invitation_id)])[0]


def invitation_with(secret_hash: str) -> Invitation | None:
    """The invitation whose link this is, with its partner, while it can be accepted.

    It is worth what its inviter may still give: one who has left the company leaves no way back in.
    """
    with holding_invitation(secret_hash):
        acceptable = Invitation.objects.acceptable().select_related("partner")
        invitation: Invitation | None = acceptable.filter(secret_hash=secret_hash).first()
    if invitation is None:
        return None
    still_stands = inviter_may_give(invitation, role=invitation.role, days_back=invitation.days_back)
    return invitation if still_stands else None


def inviter_may_give(invitation: Invitation, *, role: str, days_back: int | None) -> bool:
    """Whether whoever invited may give this today. Portal staff give anything."""
    inviter = User.objects.filter(pk=invitation.invited_by, is_active=True).first()
    if inviter is None or inviter.is_staff:
        return inviter is not None
    with acting_for(invitation.partner_id):
        members = Membership.objects.for_partner(invitation.partner_id).usable()
        member = members.filter(erp_user_id=inviter.erp_id).first()
    return member is not None and may_give(member, role=role, days_back=days_back)


def may_give(acting: Membership, *, role: str, days_back: int | None) -> bool:
    """Nobody gives more than her own role lets her, nor a longer view of the past than her own."""
    if role not in roles_given_by(acting.role):
        return False
    return acting.days_back is None or (days_back is not None and days_back <= acting.days_back)


def _members(membership: Membership) -> MembershipQuerySet:
    return Membership.objects.for_partner(membership.partner_id).filter(is_active=True)


def _colleagues(membership: Membership, members: Iterable[Membership]) -> list[Colleague]:
    given, users = _given_by(membership), _users_of(members)
    return [
        Colleague(
            membership=each,
            user=users.get(each.erp_user_id),
            is_you=each.pk == membership.pk,
            is_yours_to_change=each.pk != membership.pk and each.role in given,
        )
        for each in members
    ]


def _open_invitations(membership: Membership, invitations: Iterable[Invitation]) -> list[OpenInvitation]:
    given = _given_by(membership)
    inviters = User.objects.in_bulk({each.invited_by for each in invitations})
    return [OpenInvitation(each, inviters.get(each.invited_by), each.role in given) for each in invitations]


def _given_by(membership: Membership) -> tuple[str, ...]:
    return () if membership.is_read_only else roles_given_by(membership.role)


def _users_of(members: Iterable[Membership]) -> dict[uuid.UUID, User]:
    known = User.objects.filter(erp_id__in=[each.erp_user_id for each in members])
    return {user.erp_id: user for user in known}
