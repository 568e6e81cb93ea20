"""What mirrored rows have in common."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Partner, owned


class DocumentState(models.TextChoices):
    """The states of an ERP.net document, in their order."""

    NEW = "New", _("New")
    ADJUSTMENT = "Adjustment", _("Adjustment")
    PLANNED = "Planned", _("Planned")
    FIRM_PLANNED = "FirmPlanned", _("Firm planned")
    RELEASED = "Released", _("Released")
    COMPLETED = "Completed", _("Completed")
    CLOSED = "Closed", _("Closed")


RELEASED_OR_LATER = (DocumentState.RELEASED, DocumentState.COMPLETED, DocumentState.CLOSED)


def soft_foreign_key(to: str, related_name: str = "+", **options: Any) -> models.ForeignKey[Any, Any]:
    """A join without a database constraint: the other side may not have been mirrored yet."""
    options = {"null": True, "blank": True, **options}
    return models.ForeignKey(to, models.DO_NOTHING, related_name=related_name, db_constraint=False, **options)


class PartnerOwnedQuerySet(owned.PartnerOwnedQuerySet):
    def for_membership(self, membership: Membership) -> Self:
        """The rows of one partner that are not older than this person may see."""
        rows = self.for_partner(membership.partner_id)
        earliest = earliest_day(membership)
        dated_by = self.model.DATED_BY
        return rows.filter(**{f"{dated_by}__gte": earliest}) if earliest and dated_by else rows


def earliest_day(membership: Membership) -> date | None:
    """The first day whose documents this person sees; None where there is no limit, or one before all calendars."""
    if membership.days_back is None:
        return None
    try:
        return timezone.localdate() - timedelta(days=membership.days_back)
    except OverflowError:
        return None


class Mirrored(models.Model):
    """A row that is a copy of an ERP.net object."""

    id = models.UUIDField(primary_key=True, editable=False)
    erp_updated_at = models.DateTimeField(_("last change in ERP.net"), null=True, editable=False)
    fetched_at = models.DateTimeField(_("copied at"), editable=False)

    class Meta:
        abstract = True


def partner_key(**options: Any) -> models.ForeignKey[Any, Any]:
    """Whose a row is. It needs no index of its own where another one begins with it."""
    return models.ForeignKey(
        Partner,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("partner"),
        **options,
    )


class PartnerOwned(models.Model):
    """A row that one partner may see. `partner` is empty while nobody may: its supplier is not (or no longer) known.

    `DATED_BY` is the way to the date that a membership's days back are counted from, empty where a row has no age.
    """

    DATED_BY: ClassVar[str] = ""

    partner = partner_key()

    objects = PartnerOwnedQuerySet.as_manager()

    class Meta:
        abstract = True


class Document(Mirrored, PartnerOwned):
    """What purchase orders and purchase invoices share."""

    DATED_BY = "document_date"

    number = models.CharField(_("number"), max_length=20)
    document_date = models.DateField(_("document date"))
    state = models.CharField(_("state"), max_length=12, choices=DocumentState.choices)
    is_void = models.BooleanField(_("void"), default=False)
    supplier = soft_foreign_key("sync.Supplier", verbose_name=_("supplier"))
    enterprise_company = soft_foreign_key("sync.EnterpriseCompany", verbose_name=_("enterprise company"))
    currency = models.CharField(_("currency"), max_length=4, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-document_date", "-id"]

    def __str__(self) -> str:
        return self.number
