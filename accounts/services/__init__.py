"""What changes people and their access: the one way in for other modules."""

from accounts.services.choice import CHOSEN_PARTNER, choose_partner
from accounts.services.invitations import (
    accept_invitation,
    end_invitation,
    hash_of,
    invite_person,
    mail_is_set_up,
    send_again,
    withdraw_invitation,
)
from accounts.services.memberships import (
    change_member,
    change_membership,
    grant_membership,
    remove_member,
)
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
from accounts.services.sessions import end_other_sessions, end_session, remove_sessions, sweep_sessions

__all__ = [
    "CHOSEN_PARTNER",
    "STAFF_GRANT_DAYS",
    "STAFF_GROUP",
    "Identity",
    "accept_invitation",
    "change_member",
    "change_membership",
    "choose_partner",
    "deactivate_user",
    "end_invitation",
    "end_other_sessions",
    "end_session",
    "end_sessions",
    "grant_membership",
    "grant_staff",
    "hash_of",
    "invite_person",
    "mail_is_set_up",
    "reactivate_user",
    "remember_user",
    "remove_member",
    "remove_sessions",
    "revoke_staff",
    "send_again",
    "sweep_sessions",
    "withdraw_invitation",
]
