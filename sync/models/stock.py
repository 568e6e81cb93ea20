"""What lies in the warehouses, as of the last complete snapshot."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from sync.models.base import soft_foreign_key

BALANCE_KEY = [
    "enterprise_company",
    "store",
    "store_bin_id",
    "product",
    "variant_id",
    "lot_id",
    "serial_number_id",
]


class StockBalance(models.Model):
    """One current balance. Nobody owns it: partners see the balances of the products that they supply."""

    enterprise_company = soft_foreign_key("sync.EnterpriseCompany", null=False)
    store = soft_foreign_key("sync.Store", null=False)
    store_bin_id = models.UUIDField(null=True)
    product = soft_foreign_key("sync.Product", null=False)
    variant_id = models.UUIDField(null=True)
    lot_id = models.UUIDField(null=True)
    serial_number_id = models.UUIDField(null=True)
    quantity = models.DecimalField(max_digits=38, decimal_places=3)
    unit = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=BALANCE_KEY, name="stock_balance_key", nulls_distinct=False),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["product"], name="stock_product")]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.store_id}"
