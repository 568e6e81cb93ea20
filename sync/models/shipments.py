"""Shipments: the receiving orders of ERP.net, and those that a partner has announced and that are on their way there.

One table for both, so that what is announced and what is received adds up in one place. `id` is the portal's id and
travels as `ExternalId`; a receiving order made in ERP.net keeps its GUID as its `id`.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sync.models.base import DocumentState, PartnerOwned, soft_foreign_key
from sync.models.orders import PurchaseOrder


class Shipment(PartnerOwned):
    DATED_BY = "created_at__date"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = soft_foreign_key("sync.PurchaseOrder", related_name="shipments", verbose_name=_("purchase order"))
    supplier = soft_foreign_key("sync.Supplier", verbose_name=_("supplier"))
    planned_delivery_date = models.DateField(_("delivery date"), null=True)
    delivery_note_number = models.CharField(_("delivery note number"), max_length=20, blank=True)
    carrier = models.CharField(_("carrier"), max_length=64, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=64, blank=True)
    notes = models.CharField(_("notes"), max_length=254, blank=True)

    erp_id = models.UUIDField(_("receiving order id"), null=True, blank=True, unique=True, editable=False)
    number = models.CharField(_("document number"), max_length=20, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=12, choices=DocumentState.choices, default=DocumentState.NEW
    )
    is_void = models.BooleanField(_("void"), default=False)
    object_version = models.BigIntegerField(_("version in ERP.net"), null=True, editable=False)
    # As that version has it. It holds what other applications keep there, so no page reads it. None: not known.
    additional_data_json = models.TextField(_("data of applications"), null=True, editable=False)
    erp_updated_at = models.DateTimeField(_("last change in ERP.net"), null=True, editable=False)
    fetched_at = models.DateTimeField(_("copied at"), null=True, editable=False)

    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", editable=False, verbose_name=_("announced by")
    )
    created_at = models.DateTimeField(_("announced at"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("last change by the partner"), null=True, editable=False)

    # Set by `sync.selectors.orders.with_order_in_sight` alone; None where the person does not see the order.
    order_in_sight: PurchaseOrder | None = None

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["partner", "-created_at", "-id"], name="shipment_partner_created"),
            models.Index(fields=["order"], name="shipment_order"),
        ]

    def __str__(self) -> str:
        return self.number or str(_("not in ERP.net yet"))


class ShipmentLine(PartnerOwned):
    """One order line's share in a shipment. Announced while the shipment is New, received once it is released."""

    DATED_BY = "shipment__created_at__date"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines", verbose_name=_("shipment"))
    order_line = soft_foreign_key(
        "sync.OrderLine", related_name="shipment_lines", verbose_name=_("order line")
    )
    product = soft_foreign_key("sync.Product", verbose_name=_("product"))
    line_no = models.IntegerField(_("line"))
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=16)

    class Meta:
        ordering: ClassVar[list[str]] = ["line_no"]
        verbose_name = _("shipment line")
        verbose_name_plural = _("shipment lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="shipment_line_quantity"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["order_line"], name="shipment_line_order_line")
        ]

    def __str__(self) -> str:
        return f"{_('line')} {self.line_no}"
