"""What others may read about people and partners."""

from __future__ import annotations

from accounts.models import Membership, User
from accounts.tenancy import acting_as_person


def memberships_for(user: User) -> list[Membership]:
    """The partners that this person may act for today, by name."""
    with acting_as_person(user):
        return list(Membership.objects.for_user(user).usable().order_by("partner__name", "pk"))
