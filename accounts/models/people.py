"""People who have signed in, and the browsers they are signed in with.

Nobody here has a password: a person is whoever the Instance ID says, keyed on its issuer and the user's GUID.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class User(AbstractBaseUser, PermissionsMixin):
    """A person who has signed in at least once. `login` and `email` are for display and never identify anyone."""

    class UserType(models.TextChoices):
        INTERNAL = "InternalUser", _("Internal user")
        COMMUNITY = "ExternalCommunityUser", _("External community user")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issuer = models.CharField(_("issuer"), max_length=255, editable=False)
    erp_id = models.UUIDField(_("user id in ERP.net"), editable=False)
    login = models.CharField(_("login"), max_length=254)
    name = models.CharField(_("name"), max_length=254, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    email_verified = models.BooleanField(_("e-mail verified"), default=False)
    user_type = models.CharField(_("kind of user"), max_length=32, choices=UserType.choices)
    language = models.CharField(_("language"), max_length=15, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(
        _("portal staff"),
        default=False,
        help_text=_("Granted in the portal; never taken from a claim of the token."),
    )
    chosen_partner_id = models.UUIDField(
        _("chosen partner"),
        null=True,
        editable=False,
        help_text=_("The partner that the person last chose to act for."),
    )
    created_at = models.DateTimeField(_("first sign-in"), default=timezone.now, editable=False)

    USERNAME_FIELD = "id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = BaseUserManager["User"]()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
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


class StaffGrant(models.Model):
    """A promise that whoever next signs in with this login becomes portal staff, if that is an internal user.

    Logins can change hands, so the promise is short-lived and, once kept, the user's GUID carries the grant.
    """

    login = models.CharField(_("login"), primary_key=True, max_length=254)
    expires_at = models.DateTimeField(_("valid until"))

    class Meta:
        verbose_name = _("staff grant")
        verbose_name_plural = _("staff grants")

    def __str__(self) -> str:
        return self.login


class Session(AbstractBaseSession):
    """A browser's session. It names its user, so that all sessions of a person can be shown, and ended at once.

    The key is the browser's secret; pages and forms name a session by its `public_id`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)

    @property
    def ends_at(self) -> datetime:
        """When the session ends unless it is used before then; never later than its whole life allows.

        One that does not say when it began has ended.
        """
        if self.seen_at is None or self.started_at is None:
            return datetime.min.replace(tzinfo=UTC)
        idle = self.seen_at + timedelta(seconds=settings.SESSION_IDLE_SECONDS)
        return min(idle, self.started_at + timedelta(seconds=settings.SESSION_LIFE_SECONDS))

    @property
    def is_over(self) -> bool:
        """Asked of today's settings: a limit that was lowered holds for the sessions of before."""
        return self.ends_at <= timezone.now()
