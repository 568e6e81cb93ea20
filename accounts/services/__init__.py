"""What changes people and their access: the one way in for other modules."""

from accounts.services.choice import CHOSEN_PARTNER, choose_partner
from accounts.services.memberships import change_membership
from accounts.services.people import (
    STAFF_GRANT_DAYS,
    STAFF_GROUP,
    Identity,
    deactivate_user,
    end_sessions,
    grant_staff,
    reactivate_user,
    remember_user,
    revoke_staff,
)
from accounts.services.sessions import end_other_sessions, end_session

__all__ = [
    "CHOSEN_PARTNER",
    "STAFF_GRANT_DAYS",
    "STAFF_GROUP",
    "Identity",
    "change_membership",
    "choose_partner",
    "deactivate_user",
    "end_other_sessions",
    "end_session",
    "end_sessions",
    "grant_staff",
    "reactivate_user",
    "remember_user",
    "revoke_staff",
]
