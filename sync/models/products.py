"""What is bought, and from whom."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.models.base import Mirrored, PartnerOwned, soft_foreign_key


class Product(Mirrored):
    part_number = models.CharField(_("part number"), max_length=32)
    names = models.JSONField(_("names"), default=dict)
    unit = models.CharField(_("unit"), max_length=16, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.part_number


class ProductSupply(Mirrored, PartnerOwned):
    """A partner supplies a product: by a supply rule that prefers it, or by a purchase price agreed with it."""

    class Kind(models.TextChoices):
        SUPPLY = "supply", _("Supply rule")
        PRICE = "price", _("Purchase price")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    product = soft_foreign_key("sync.Product", verbose_name=_("product"))
    supplier = soft_foreign_key("sync.Supplier", verbose_name=_("supplier"))
    enterprise_company = soft_foreign_key("sync.EnterpriseCompany", verbose_name=_("enterprise company"))
    is_active = models.BooleanField(_("active"), default=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("product supply")
        verbose_name_plural = _("product supply")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["partner", "product"], name="supply_partner_product")
        ]

    def __str__(self) -> str:
        return f"{self.product_id} from {self.supplier_id}"
