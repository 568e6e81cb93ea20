"""Who may come in and for whom they act: users, partners, memberships, sign-in attempts, the audit trail.

Nobody here has a password: a person is whoever the Instance ID says, keyed on its issuer and the user's GUID.
Memberships carry that GUID rather than a foreign key, because ERP.net tells us of people long before they
first sign in.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Capability, Role, capabilities_of


class User(AbstractBaseUser, PermissionsMixin):
    """A person who has signed in at least once. `login` and `email` are for display and never identify anyone."""

    class UserType(models.TextChoices):
        INTERNAL = "InternalUser", _("Internal user")
        COMMUNITY = "ExternalCommunityUser", _("External community user")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.CharField(max_length=255, editable=False)
    erp_id = models.UUIDField(_("user id in ERP.net"), editable=False)
    login = models.CharField(max_length=254)
    name = models.CharField(max_length=254, blank=True)
    email = models.EmailField(blank=True)
    email_verified = models.BooleanField(default=False)
    user_type = models.CharField(max_length=32, choices=UserType.choices)
    language = models.CharField(max_length=15, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(
        _("portal staff"),
        default=False,
        help_text=_("Granted in the portal; never taken from a claim of the token."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = BaseUserManager["User"]()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["issuer", "erp_id"], name="user_identity"),
            models.CheckConstraint(
                condition=Q(user_type="InternalUser") | Q(is_staff=False, is_superuser=False),
                name="user_staff_is_internal",
            ),
        ]
        ordering: ClassVar[list[str]] = ["name", "login"]

    def __str__(self) -> str:
        return f"{self.name} <{self.login}>" if self.name else self.login

    def get_full_name(self) -> str:
        return self.name or self.login

    def get_short_name(self) -> str:
        return self.get_full_name().split(" ")[0]


class Partner(models.Model):
    """A company of the outside world: one party in ERP.net, supplier to one or more enterprise companies."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party_id = models.UUIDField(_("party id in ERP.net"), unique=True, editable=False)
    name = models.CharField(max_length=254)
    number = models.CharField(max_length=16, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def usable(self) -> Self:
        """The ones that open a door today."""
        return self.filter(is_active=True, partner__is_active=True)

    def for_user(self, user: User) -> Self:
        return self.filter(erp_user_id=user.erp_id).select_related("partner")

    def with_login(self) -> Self:
        """Adds `login`: that of the person, or None before the first sign-in."""
        logins = User.objects.filter(erp_id=OuterRef("erp_user_id")).values("login")[:1]
        return self.annotate(login=Subquery(logins))


class Membership(models.Model):
    """One person acting for one partner."""

    class Source(models.TextChoices):
        DIRECTORY = "directory", _("ERP.net directory")
        PERSON = "person", _("Granted by a person")

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="memberships")
    erp_user_id = models.UUIDField(_("user id in ERP.net"), db_index=True)
    role = models.CharField(max_length=20, choices=Role.choices)
    source = models.CharField(max_length=20, choices=Source.choices, default=Source.DIRECTORY)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["partner", "erp_user_id"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.erp_user_id} for {self.partner_id}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this person may do for this partner. A template asks `"view_orders" in membership.capabilities`."""
        return capabilities_of(self.role)

    def may(self, capability: Capability) -> bool:
        return capability in self.capabilities


class StaffGrant(models.Model):
    """A promise that whoever next signs in with this login becomes portal staff, if that is an internal user.

    Logins can change hands, so the promise is short-lived and, once kept, the user's GUID carries the grant.
    """

    login = models.CharField(primary_key=True, max_length=254)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.login


class Session(AbstractBaseSession):
    """A browser's session. It names its user, so that all sessions of a person can be ended at once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")


class SignInAttempt(models.Model):
    """One trip to the Instance ID: what must come back unchanged. Consumed once, dead after ten minutes."""

    state = models.CharField(primary_key=True, max_length=64)
    browser_key_hash = models.CharField(max_length=64)
    nonce = models.CharField(max_length=64)
    code_verifier = models.CharField(max_length=128)
    issuer = models.CharField(max_length=255)
    next_path = models.CharField(max_length=500, blank=True)
    session_key = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"attempt of {self.created_at:%Y-%m-%d %H:%M}"


class AccessRequest(models.Model):
    """A signed-in person without a membership, waiting while the worker looks them up in ERP.net."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Being looked up")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="access_request")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=8, blank=True, help_text=_("Reason code, such as PP203."))
    requested_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"


class AuditEvent(models.Model):
    """What happened at the doors: sign-ins, refusals, grants, writes. The database refuses to change or remove a row.

    People and partners are named by value, so that the trail outlives them.
    """

    class Kind(models.TextChoices):
        SIGN_IN = "sign_in", _("Sign-in")
        SIGN_OUT = "sign_out", _("Sign-out")
        REFUSAL = "refusal", _("Refused access")
        ROLE = "role", _("Role or membership change")
        WRITE = "write", _("Change by a partner")
        STAFF = "staff", _("Staff action")

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    succeeded = models.BooleanField(default=True)
    reason = models.CharField(max_length=64, blank=True)
    user_id = models.UUIDField(null=True)
    login = models.CharField(max_length=254, blank=True)
    partner_id = models.UUIDField(null=True, db_index=True)
    subject = models.CharField(max_length=200, blank=True)
    detail: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    correlation_id = models.CharField(max_length=36, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind} {self.login}"
