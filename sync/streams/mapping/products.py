"""What is bought, and from whom."""

from __future__ import annotations

from erpnet import entities as erp
from sync.models import ProductSupply
from sync.streams.mapping import id_of, words
from sync.streams.targets import Mapped


def product(product: erp.Product) -> Mapped:
    return Mapped(
        (
            product.id,
            product.part_number,
            words(product.name),
            product.unit.code,
            product.is_active,
            product.updated_at,
        )
    )


def product_supply(rule: erp.ProductSupply) -> Mapped:
    complete = rule.product is not None and rule.preferred_supplier is not None
    return Mapped(
        (
            rule.id,
            ProductSupply.Kind.SUPPLY.value,
            id_of(rule.product),
            id_of(rule.preferred_supplier),
            id_of(rule.enterprise_company),
            rule.is_active and complete,
            None,
            None,
            rule.updated_at,
        )
    )


def purchase_price(price: erp.PurchaseProductPrice) -> Mapped:
    return Mapped(
        (
            price.id,
            ProductSupply.Kind.PRICE.value,
            price.product.id,
            id_of(price.supplier),
            id_of(price.enterprise_company),
            price.supplier is not None,
            price.from_date,
            price.thru_date,
            price.updated_at,
        )
    )
