"""The audit trail."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.owned import PartnerOwnedQuerySet
from accounts.models.partners import Partner


class AuditEventQuerySet(PartnerOwnedQuerySet):
    def with_company(self) -> Self:
        """Adds `partner_name`: the company's name of today, None where the line names none or it is gone."""
        return self.annotate(
            partner_name=Subquery(Partner.objects.filter(pk=OuterRef("partner_id")).values("name"))
        )


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

    at = models.DateTimeField(default=timezone.now, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    succeeded = models.BooleanField(default=True)
    reason = models.CharField(max_length=64, blank=True)
    user_id = models.UUIDField(null=True)
    login = models.CharField(max_length=254, blank=True)
    partner_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=200, blank=True)
    detail: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    correlation_id = models.CharField(max_length=36, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["partner_id", "-id"], name="trail_of_partner")
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind} {self.login}"
