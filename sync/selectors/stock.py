"""The stock of the products that a partner supplies, wherever it lies."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Membership
from sync.models import Product, ProductSupply, StockBalance
from sync.selectors.paging import PAGE_SIZE, Page


@dataclass(frozen=True, slots=True)
class StoreStock:
    """What of a product lies in one store for one buyer."""

    enterprise_company: str
    store: str
    store_names: dict[str, str]
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class ProductStock:
    """A supplied product and where it lies; `places` is empty when there is none."""

    product: Product
    places: list[StoreStock]

    @property
    def total(self) -> Decimal:
        return sum((place.quantity for place in self.places), Decimal(0))

    @property
    def unit(self) -> str:
        return self.places[0].unit if self.places else self.product.unit


def stock_for(membership: Membership, *, search: str = "", after: str = "") -> Page:
    """Pages of `ProductStock` by part number: every product that the partner supplies, in stock or not."""
    supplied = supplies_for(membership).filter(product=OuterRef("pk"))
    products = Product.objects.filter(Exists(supplied), is_active=True)
    if search:
        products = products.filter(Q(part_number__icontains=search) | Q(names__icontains=search))
    products = _behind(products, after).order_by("part_number", "pk")
    found = list(products[: PAGE_SIZE + 1])
    page, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
    places = _places(membership, page)
    rows = [ProductStock(product, places.get(product.pk, [])) for product in page]
    return Page(rows, f"{page[-1].part_number}_{page[-1].pk}" if more else "")


def supplies_for(membership: Membership) -> QuerySet[Any]:
    """Which products the partner supplies to whom today."""
    today = timezone.localdate()
    return ProductSupply.objects.for_membership(membership).filter(
        Q(starts_on=None) | Q(starts_on__lte=today), Q(ends_on=None) | Q(ends_on__gte=today), is_active=True
    )


def _behind(products: QuerySet[Product], after: str) -> QuerySet[Product]:
    part_number, _, product_id = after.rpartition("_")
    try:
        mark = uuid.UUID(product_id)
    except ValueError:
        return products
    return products.filter(Q(part_number__gt=part_number) | Q(part_number=part_number, pk__gt=mark))


def _places(membership: Membership, products: list[Product]) -> dict[uuid.UUID, list[StoreStock]]:
    """The balances of `products` at the buyers that the partner supplies, summed over bins, lots and serial numbers."""
    supplied = supplies_for(membership).filter(
        Q(enterprise_company=None) | Q(enterprise_company=OuterRef("enterprise_company")),
        product=OuterRef("product"),
    )
    sums = (
        StockBalance.objects.filter(Exists(supplied), product__in=[product.pk for product in products])
        .values(
            "product",
            "unit",
            company=F("enterprise_company__name"),
            code=F("store__code"),
            names=F("store__names"),
        )
        .annotate(total=Sum("quantity"))
        .order_by("company", "code", "unit")
    )
    places: dict[uuid.UUID, list[StoreStock]] = {}
    for row in sums:
        place = StoreStock(
            row["company"] or "", row["code"] or "", row["names"] or {}, row["total"], row["unit"]
        )
        places.setdefault(row["product"], []).append(place)
    return places
