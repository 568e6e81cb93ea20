"""Purchase invoices and what is to be paid for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.models.base import (
    Document,
    DocumentState,
    Mirrored,
    PartnerOwned,
    soft_foreign_key,
)
from sync.models.orders import PurchaseOrder


class Invoice(Document):
    """A purchase invoice. `supplier_number` is the number that the vendor printed on it."""

    supplier_number = models.CharField(_("supplier's number"), max_length=20, blank=True)
    order = soft_foreign_key("sync.PurchaseOrder", related_name="invoices", verbose_name=_("purchase order"))
    due_date = models.DateField(_("due date"), null=True, blank=True)

    # Set by `sync.selectors.orders.with_order_in_sight` alone; None where the person does not see the order.
    order_in_sight: PurchaseOrder | None = None

    class Meta(Document.Meta):
        verbose_name = _("purchase invoice")
        verbose_name_plural = _("purchase invoices")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["partner", "-document_date", "-id"], name="invoice_partner_date"),
        ]


class InvoiceLine(PartnerOwned):
    DATED_BY = "invoice__document_date"

    id = models.UUIDField(primary_key=True, editable=False)
    invoice = models.ForeignKey(
        Invoice, models.CASCADE, related_name="lines", verbose_name=_("purchase invoice")
    )
    line_no = models.IntegerField(_("line"))
    product = soft_foreign_key("sync.Product", verbose_name=_("product"))
    descriptions = models.JSONField(_("descriptions"), default=dict)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=16)
    unit_price = models.DecimalField(_("unit price"), max_digits=14, decimal_places=5)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)

    class Meta:
        ordering: ClassVar[list[str]] = ["line_no"]
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")

    def __str__(self) -> str:
        return f"{_('line')} {self.line_no}"


class PaymentOrder(Mirrored, PartnerOwned):
    """What is to be paid, when: ERP.net makes one for an invoice. Closed means that it is paid."""

    DATED_BY = "invoice__document_date"

    number = models.CharField(_("number"), max_length=20)
    invoice = soft_foreign_key(
        "sync.Invoice", related_name="payment_orders", verbose_name=_("purchase invoice")
    )
    party = soft_foreign_key("sync.Company", verbose_name=_("company"))
    due_date = models.DateField(_("due date"), null=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=4, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=DocumentState.choices)
    is_void = models.BooleanField(_("void"), default=False)

    class Meta:
        verbose_name = _("payment order")
        verbose_name_plural = _("payment orders")

    def __str__(self) -> str:
        return self.number
