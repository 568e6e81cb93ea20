"""What lies in the warehouses, as of the last complete snapshot."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from sync.models.base import soft_foreign_key
from sync.models.streams import Run

# The product comes first: pages ask for the balances of some products, and one index serves them and the key.
BALANCE_KEY = [
    "product",
    "enterprise_company",
    "store",
    "store_bin_id",
    "variant_id",
    "lot_id",
    "serial_number_id",
]


class StockBalance(models.Model):
    """One current balance. Nobody owns it: partners see the balances of the products that they supply.

    It has the one index beside its id: each further one costs a first load of 200,000 rows a fifth of a second or more.
    """

    enterprise_company = soft_foreign_key(
        "sync.EnterpriseCompany", null=False, db_index=False, verbose_name=_("enterprise company")
    )
    store = soft_foreign_key("sync.Store", null=False, db_index=False, verbose_name=_("store"))
    store_bin_id = models.UUIDField(null=True)
    product = soft_foreign_key("sync.Product", null=False, db_index=False, verbose_name=_("product"))
    variant_id = models.UUIDField(null=True)
    lot_id = models.UUIDField(null=True)
    serial_number_id = models.UUIDField(null=True)
    quantity = models.DecimalField(_("quantity"), max_digits=38, decimal_places=3)
    unit = models.CharField(_("unit"), max_length=16, blank=True)

    class Meta:
        verbose_name = _("stock balance")
        verbose_name_plural = _("stock balances")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=BALANCE_KEY, name="stock_balance_key", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.store_id}"


class StockChange(models.Model):
    """One balance as a snapshot would have it and as it was before: what a run changed, or what it would have changed.

    The changes of a run that counts lead back to the stock before it; those of a refused one lead on to what it read.
    Empty before: the balance is new. Empty after: it is gone.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, models.CASCADE, related_name="stock_changes")
    enterprise_company = soft_foreign_key("sync.EnterpriseCompany", null=False, db_index=False)
    store = soft_foreign_key("sync.Store", null=False, db_index=False)
    store_bin_id = models.UUIDField(null=True)
    product = soft_foreign_key("sync.Product", null=False, db_index=False)
    variant_id = models.UUIDField(null=True)
    lot_id = models.UUIDField(null=True)
    serial_number_id = models.UUIDField(null=True)
    quantity_before = models.DecimalField(max_digits=38, decimal_places=3, null=True)
    unit_before = models.CharField(max_length=16, null=True)
    quantity_after = models.DecimalField(max_digits=38, decimal_places=3, null=True)
    unit_after = models.CharField(max_length=16, null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.store_id}: {self.quantity_before} to {self.quantity_after}"
