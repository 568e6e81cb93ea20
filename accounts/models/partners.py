"""The outside companies that people act for, and who may act for which.

Memberships carry a person's GUID rather than a foreign key, because ERP.net tells us of people long before they
first sign in.
"""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, Lower, NullIf
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.owned import PartnerOwnedQuerySet
from accounts.models.people import User
from accounts.permissions import Capability, Role, capabilities_of


class Partner(models.Model):
    """A company of the outside world: one party in ERP.net, vendor or customer of one or more enterprise companies."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party_id = models.UUIDField(_("party id in ERP.net"), unique=True, editable=False)
    name = models.CharField(_("name"), max_length=254)
    number = models.CharField(_("number"), max_length=16, blank=True)
    is_vendor = models.BooleanField(_("vendor"), default=True)
    is_customer = models.BooleanField(_("customer"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("known since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(PartnerOwnedQuerySet):
    def usable(self) -> Self:
        """The ones that open a door today."""
        return self.filter(is_active=True, partner__is_active=True)

    def for_user(self, user: User) -> Self:
        return self.filter(erp_user_id=user.erp_id).select_related("partner")

    def with_sort_name(self) -> Self:
        """Adds `sort_name`, by which people stand in lists: whom nobody has named comes last."""
        user = User.objects.filter(erp_id=OuterRef("erp_user_id"))
        name = NullIf(Subquery(user.values("name")[:1]), Value(""))
        login = NullIf(Subquery(user.values("login")[:1]), Value(""))
        shown = Lower(Coalesce(name, login, "known_as"))
        return self.alias(shown_name=shown).annotate(
            sort_name=Case(When(shown_name="", then=Value("1")), default=Concat(Value("0"), "shown_name"))
        )

    def with_person(self) -> Self:
        """Adds `login`, `email`, `person_name` and `last_login`: those of the person, None before the first sign-in."""
        user = User.objects.filter(erp_id=OuterRef("erp_user_id"))
        return self.select_related("partner").annotate(
            login=Subquery(user.values("login")[:1]),
            email=Subquery(user.values("email")[:1]),
            person_name=Subquery(user.values("name")[:1]),
            last_login=Subquery(user.values("last_login")[:1]),
        )


class Membership(models.Model):
    """One person acting for one partner."""

    class Source(models.TextChoices):
        DIRECTORY = "directory", _("ERP.net directory")
        EXTERNAL_ACCESS = "external_access", _("External access of the customer in ERP.net")
        INVITATION = "invitation", _("Invitation")
        PERSON = "person", _("Granted by a person")

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("partner")
    )
    erp_user_id = models.UUIDField(_("user id in ERP.net"), db_index=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    days_back = models.PositiveIntegerField(
        _("days back"), null=True, blank=True, help_text=_("How old what is shown may be. Empty: no limit.")
    )
    source = models.CharField(_("source"), max_length=20, choices=Source.choices, default=Source.DIRECTORY)
    known_as = models.CharField(
        _("name in ERP.net"),
        max_length=254,
        blank=True,
        db_default="",
        help_text=_("For somebody who has never signed in."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("granted at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last change"), auto_now=True)

    # That of staff who look at the portal as the partner does (`accounts.view_as`), and which is never saved.
    is_read_only = False

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["partner", "erp_user_id"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role"),
        ]

    def __str__(self) -> str:
        """With names where they have been read: a name in a message is no reason to ask the database."""
        who = getattr(self, "person_name", "") or self.known_as or self.erp_user_id
        return f"{who}, {self.partner}" if Membership.partner.is_cached(self) else str(who)

    @property
    def trail_subject(self) -> str:
        """How the trail names the person whom this membership is about."""
        return f"ERP.net user {self.erp_user_id}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this person may do for this partner. A template asks `"view_orders" in membership.capabilities`."""
        return capabilities_of(self.role, is_vendor=self.partner.is_vendor, read_only=self.is_read_only)

    def may(self, capability: Capability) -> bool:
        return capability in self.capabilities


class InvitationQuerySet(PartnerOwnedQuerySet):
    def open(self) -> Self:
        """Neither accepted nor withdrawn; the time of some may be up."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def live(self) -> Self:
        """Open, and in time. To take one, update this: a condition on another table would not be looked at again
        after waiting for whoever took it first.
        """
        return self.open().filter(expires_at__gt=timezone.now())

    def acceptable(self) -> Self:
        """The ones whose link opens a door today."""
        return self.live().filter(partner__is_active=True)


class Invitation(models.Model):
    """A partner's offer to somebody who has never signed in, sent by e-mail, good for one person and some days.

    The link in the mail carries a secret of which the database keeps the hash. Whoever signs in with it becomes a
    member; the address is where the link went and never says who somebody is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("partner")
    )
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    days_back = models.PositiveIntegerField(_("days back"), null=True, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.UUIDField(_("invited by"))
    created_at = models.DateTimeField(_("invited at"), default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True)
    accepted_by = models.UUIDField(_("accepted by"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    mail_due_at = models.DateTimeField(
        _("mail due"), null=True, help_text=_("When the mail is next tried. Empty: it is sent.")
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                "partner",
                Lower("email"),
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="invitation_open_once",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(withdrawn_at=None), name="invitation_ends_once"
            ),
        ]

    def __str__(self) -> str:
        """With the company where it has been read."""
        return f"{self.email}, {self.partner}" if Invitation.partner.is_cached(self) else self.email

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class AccessRequest(models.Model):
    """A signed-in person without a membership, waiting while the worker looks them up in ERP.net."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Being looked up")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, related_name="access_request", verbose_name=_("person")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(
        _("reason"), max_length=8, blank=True, help_text=_("Reason code, such as PP203.")
    )
    requested_at = models.DateTimeField(_("asked at"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("access request")
        verbose_name_plural = _("access requests")

    def __str__(self) -> str:
        """With the person where it has been read."""
        state = self.get_state_display()
        return f"{self.user}: {state}" if AccessRequest.user.is_cached(self) else state
