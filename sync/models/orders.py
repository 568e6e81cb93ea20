"""Purchase orders as ERP.net has them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.models.base import Document, PartnerOwned, partner_key, soft_foreign_key


class PurchaseOrder(Document):
    """A purchase order; the ids without a name of their own are what a receiving order for it repeats."""

    partner = partner_key(db_index=False)
    enterprise_company = soft_foreign_key(
        "sync.EnterpriseCompany", db_index=False, verbose_name=_("enterprise company")
    )
    planned_delivery_date = models.DateField(_("planned delivery"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    store = soft_foreign_key("sync.Store", db_index=False, verbose_name=_("store"))
    enterprise_company_location_id = models.UUIDField(null=True)
    document_currency_id = models.UUIDField(null=True)

    class Meta(Document.Meta):
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["partner", "-document_date", "-id"], name="order_partner_date"),
        ]


class OrderLine(PartnerOwned):
    """A line of a purchase order. There are more of them than of anything else, and each index is written for each."""

    DATED_BY = "order__document_date"

    id = models.UUIDField(primary_key=True, editable=False)
    partner = partner_key(db_index=False)
    order = models.ForeignKey(
        PurchaseOrder, models.CASCADE, related_name="lines", verbose_name=_("purchase order")
    )
    line_no = models.IntegerField(_("line"))
    product = soft_foreign_key("sync.Product", db_index=False, verbose_name=_("product"))
    descriptions = models.JSONField(_("descriptions"), default=dict)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=16)
    unit_id = models.UUIDField(null=True)
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=5, null=True)
    planned_delivery_date = models.DateField(_("planned delivery"), null=True)
    confirmed_quantity = models.DecimalField(
        _("confirmed quantity"), max_digits=18, decimal_places=3, null=True
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["line_no"]
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["partner", "order"], name="order_line_partner")
        ]

    def __str__(self) -> str:
        return f"{_('line')} {self.line_no}"
