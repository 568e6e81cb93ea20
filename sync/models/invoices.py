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

    supplier_number = models.CharField(max_length=20, blank=True)
    order = soft_foreign_key("sync.PurchaseOrder", related_name="invoices")
    due_date = models.DateField(null=True, blank=True)

    # Set by `sync.selectors.orders.with_order_in_sight` alone; None where the person does not see the order.
    order_in_sight: PurchaseOrder | None = None

    class Meta(Document.Meta):
        verbose_name = _("purchase invoice")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["partner", "-document_date", "-id"], name="invoice_partner_date"),
        ]


class InvoiceLine(PartnerOwned):
    DATED_BY = "invoice__document_date"

    id = models.UUIDField(primary_key=True, editable=False)
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    line_no = models.IntegerField()
    product = soft_foreign_key("sync.Product")
    descriptions = models.JSONField(default=dict)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=16)
    unit_price = models.DecimalField(max_digits=14, decimal_places=5)
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        ordering: ClassVar[list[str]] = ["line_no"]

    def __str__(self) -> str:
        return f"{self.invoice_id} line {self.line_no}"


class PaymentOrder(Mirrored, PartnerOwned):
    """What is to be paid, when: ERP.net makes one for an invoice. Closed means that it is paid."""

    DATED_BY = "invoice__document_date"

    number = models.CharField(max_length=20)
    invoice = soft_foreign_key("sync.Invoice", related_name="payment_orders")
    party = soft_foreign_key("sync.Company")
    due_date = models.DateField(null=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=4, blank=True)
    state = models.CharField(max_length=12, choices=DocumentState.choices)
    is_void = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.number
