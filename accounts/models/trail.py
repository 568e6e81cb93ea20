"""The audit trail."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts.models.owned import PartnerOwnedQuerySet
from accounts.models.partners import Invitation, Membership, Partner
from accounts.models.people import User


class AuditEventQuerySet(PartnerOwnedQuerySet):
    def with_company(self) -> Self:
        """Adds `partner_name`: the company's name of today, None where the line names none or it is gone."""
        return self.annotate(
            partner_name=Subquery(Partner.objects.filter(pk=OuterRef("partner_id")).values("name"))
        )

    def mentioning(self, words: str) -> Self:
        """Lines that each of these words fits: a login, a person's or company's name, an e-mail address, a reason's
        code, a reference.
        """
        found = self
        for word in words.split():
            found = found.filter(_mentions(word))
        return found

    def about_membership(self, membership: Membership) -> Self:
        """What people and ERP.net did to it."""
        of_partner = self.for_partner(membership.partner_id)
        return of_partner.filter(kind=AuditEvent.Kind.ROLE, subject=membership.trail_subject)

    def about_invitation(self, invitation: Invitation) -> Self:
        return self.for_partner(invitation.partner_id).filter(detail__invitation=str(invitation.pk))

    def about_user(self, user: User) -> Self:
        """What the person did, and what was done to her."""
        return self.filter(
            Q(user_id=user.pk) | Q(subject__in=[f"user {user.pk}", f"ERP.net user {user.erp_id}"])
        )


def _mentions(word: str) -> Q:
    people = User.objects.filter(
        Q(login__icontains=word) | Q(name__icontains=word) | Q(email__icontains=word)
    )
    unseen = Membership.objects.filter(known_as__icontains=word)
    companies = Partner.objects.filter(name__icontains=word)
    return (
        Q(login__icontains=word)
        | Q(reason__icontains=word)
        | Q(subject__icontains=word)
        | Q(correlation_id__icontains=word)
        | Q(user_id__in=people.values("pk"))
        | Q(subject__in=_subjects("user ", people, "pk"))
        | Q(subject__in=_subjects("ERP.net user ", people, "erp_id"))
        | Q(subject__in=_subjects("ERP.net user ", unseen, "erp_user_id"))
        | Q(partner_id__in=companies.values("pk"))
        | _by_id(word)
    )


def _subjects(prefix: str, rows: QuerySet[Any], key: str) -> QuerySet[Any]:
    """How lines name these rows."""
    subject = Concat(Value(prefix), Cast(key, CharField()), output_field=CharField())
    return rows.order_by().annotate(as_subject=subject).values("as_subject")


def _by_id(word: str) -> Q:
    try:
        identifier = uuid.UUID(word)
    except ValueError:
        return Q()
    return Q(partner_id=identifier) | Q(user_id=identifier)


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
        VIEW_AS = "view_as", _("Staff looking as a partner")

    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    succeeded = models.BooleanField(_("succeeded"), default=True)
    reason = models.CharField(_("reason"), max_length=64, blank=True)
    user_id = models.UUIDField(_("person"), null=True)
    login = models.CharField(_("login"), max_length=254, blank=True)
    partner_id = models.UUIDField(_("partner"), null=True)
    subject = models.CharField(_("about"), max_length=200, blank=True)
    detail: models.JSONField[Any, Any] = models.JSONField(_("details"), default=dict, blank=True)
    correlation_id = models.CharField(_("reference"), max_length=36, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["partner_id", "-id"], name="trail_of_partner")
        ]

    def __str__(self) -> str:
        at = date_format(timezone.localtime(self.at), "DATETIME_FORMAT")
        return f"{at}, {self.get_kind_display()} {self.login}".rstrip()
