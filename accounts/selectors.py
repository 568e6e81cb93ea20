"""What others may read about people and partners."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Membership, Session, User
from accounts.tenancy import acting_as_person


def sessions_of(user: User) -> QuerySet[Session]:
    """Where the person is signed in, the browser used last first."""
    return Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-seen_at")


def memberships_for(user: User) -> list[Membership]:
    """The partners that this person may act for today, by name."""
    with acting_as_person(user):
        return list(Membership.objects.for_user(user).usable().order_by("partner__name", "pk"))
