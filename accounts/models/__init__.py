"""Who may come in and for whom they act: users, partners, memberships, sign-in attempts, the audit trail."""

from accounts.models.partners import AccessRequest, Invitation, Membership, MembershipQuerySet, Partner
from accounts.models.people import Session, StaffGrant, User
from accounts.models.sign_in import SignInAttempt
from accounts.models.trail import AuditEvent

__all__ = [
    "AccessRequest",
    "AuditEvent",
    "Invitation",
    "Membership",
    "MembershipQuerySet",
    "Partner",
    "Session",
    "SignInAttempt",
    "StaffGrant",
    "User",
]
