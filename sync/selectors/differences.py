"""What a run changed in the stock, or would have changed: for staff, who decide by it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from sync.models import Product, Run, StockChange, Store

PLACES_A_PAGE = 50

_NOTHING = Value(Decimal(0), DecimalField(max_digits=38, decimal_places=3))
_BEFORE = Coalesce("quantity_before", _NOTHING)
_AFTER = Coalesce("quantity_after", _NOTHING)


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """A product in a store, over all bins, lots and serial numbers that changed; names are empty until mirrored."""

    product: Product | None
    store: Store | None
    unit: str
    balances: int
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class StockDifference:
    """How many balances differ, are new, are gone; and a page of the places, those that lose most first."""

    balances: int
    new: int
    gone: int
    places: list[PlaceChange]
    has_more: bool


def difference_of(run: Run, page: int = 1) -> StockDifference:
    """The difference that a run left behind. Four queries, whatever its size."""
    changes = StockChange.objects.filter(run=run)
    counts = changes.aggregate(
        balances=Count("id"),
        new=Count("id", filter=Q(quantity_before=None)),
        gone=Count("id", filter=Q(quantity_after=None)),
    )
    start = (page - 1) * PLACES_A_PAGE
    rows = list(_by_place(changes)[start : start + PLACES_A_PAGE + 1])
    return StockDifference(**counts, places=_named(rows[:PLACES_A_PAGE]), has_more=len(rows) > PLACES_A_PAGE)


def _by_place(changes: QuerySet[Any]) -> QuerySet[Any, dict[str, Any]]:
    return (
        changes.order_by()
        .values("product_id", "store_id", unit=Coalesce("unit_after", "unit_before"))
        .annotate(balances=Count("id"), before=Sum(_BEFORE), after=Sum(_AFTER))
        .order_by(F("after") - F("before"), "product_id", "store_id", "unit")
    )


def _named(rows: list[dict[str, Any]]) -> list[PlaceChange]:
    products: dict[uuid.UUID, Product] = Product.objects.in_bulk({row["product_id"] for row in rows})
    stores: dict[uuid.UUID, Store] = Store.objects.in_bulk({row["store_id"] for row in rows})
    return [
        PlaceChange(
            products.get(row.pop("product_id")),
            stores.get(row.pop("store_id")),
            row["unit"],
            row["balances"],
            row["before"],
            row["after"],
        )
        for row in rows
    ]
