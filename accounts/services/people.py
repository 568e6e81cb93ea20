"""People: remembering who signed in, staff, the switch on a person. Each deed leaves a line in the audit trail."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from accounts import audit
from accounts.models import AuditEvent, Session, StaffGrant, User
from accounts.services.sessions import remove_sessions

STAFF_GROUP = "Portal staff"
STAFF_APPS = ("accounts", "sync", "erpnet", "portal", "django_celery_beat")
STAFF_GRANT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as ERP.net sees them now. `issuer` and `erp_id` say who it is; the rest only describes."""

    issuer: str
    erp_id: uuid.UUID
    login: str
    name: str
    email: str
    email_verified: bool
    user_type: User.UserType
    language: str


@transaction.atomic
def remember_user(identity: Identity) -> User:
    """The user for whom the Instance ID has just vouched, with the profile of today. No claim makes anybody staff."""
    profile: dict[str, Any] = {
        "login": identity.login,
        "name": identity.name,
        "email": identity.email,
        "email_verified": identity.email_verified,
        "user_type": identity.user_type,
    }
    if identity.user_type != User.UserType.INTERNAL:
        profile |= {"is_staff": False, "is_superuser": False}
    user, _created = User.objects.update_or_create(
        issuer=identity.issuer,
        erp_id=identity.erp_id,
        defaults=profile,
        create_defaults={**profile, "language": identity.language},
    )
    if identity.user_type != User.UserType.INTERNAL:
        user.groups.clear()
    elif user.is_active:
        _keep_staff_promise(user)
    return user


def remember_language(user: User) -> None:
    """That of the page that she has before her: what is mailed in her name is written in it."""
    User.objects.filter(pk=user.pk).update(language=get_language() or settings.LANGUAGE_CODE)


def grant_staff(login: str) -> StaffGrant:
    """Promise that whoever next signs in with `login` becomes portal staff, if that is an internal user.

    A promise rather than a deed: only a sign-in proves to whom a login belongs today.
    """
    group, _created = Group.objects.get_or_create(name=STAFF_GROUP)
    group.permissions.set(Permission.objects.filter(content_type__app_label__in=STAFF_APPS))
    expires_at = timezone.now() + timedelta(days=STAFF_GRANT_DAYS)
    grant, _created = StaffGrant.objects.update_or_create(login=login, defaults={"expires_at": expires_at})
    audit.record(AuditEvent.Kind.ROLE, subject=f"login {login}", reason="staff_promised")
    return grant


def _keep_staff_promise(user: User) -> None:
    kept, _by_model = StaffGrant.objects.filter(login=user.login, expires_at__gt=timezone.now()).delete()
    if kept:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        user.groups.add(Group.objects.get(name=STAFF_GROUP))
        audit.record(AuditEvent.Kind.ROLE, user=user, reason="staff_granted")


def revoke_staff(user: User, *, by: User) -> None:
    """Take the role away, and a promise of it that has not been kept yet."""
    StaffGrant.objects.filter(login=user.login).delete()
    user.is_staff = False
    user.save(update_fields=["is_staff"])
    user.groups.clear()
    audit.record(AuditEvent.Kind.STAFF, user=by, reason="staff_revoked", subject=f"user {user.pk}")


def deactivate_user(user: User, *, by: User) -> None:
    """Close the door on a person: no new sign-in, and every session ends now."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    audit.record(AuditEvent.Kind.STAFF, user=by, reason="user_deactivated", subject=f"user {user.pk}")
    end_sessions(user, by=by)


def reactivate_user(user: User, *, by: User) -> None:
    """Open the door again, for new sign-ins: one that was under way at the deactivation may have left a session."""
    Session.objects.filter(user=user).delete()
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(AuditEvent.Kind.STAFF, user=by, reason="user_reactivated", subject=f"user {user.pk}")


def end_sessions(user: User, *, by: User) -> int:
    """Sign a person out in every browser. Returns in how many."""
    ended = remove_sessions(Session.objects.filter(user=user))
    audit.record(
        AuditEvent.Kind.STAFF,
        user=by,
        reason="sessions_ended",
        subject=f"user {user.pk}",
        detail={"ended": ended},
    )
    return ended
