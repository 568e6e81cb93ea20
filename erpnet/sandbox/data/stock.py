"""What lies in the stores: lots, and how much of what lies where."""

import random
from collections.abc import Iterator
from math import gcd

from erpnet.sandbox.data.builder import SEED, Builder
from erpnet.sandbox.data.catalogue import Product
from erpnet.sandbox.data.parties import BINS_PER_STORE
from erpnet.sandbox.values import date_text

STORES = 4
FILLED_SHARE = 0.6  # of all places that a lot could lie in
Balance = tuple[int, int, int, int, int]  # product, store, bin, lot by number; thousandths of the base unit


def lots_per_product(products: int, balances: int) -> int:
    places = products * STORES * BINS_PER_STORE
    return max(2, round(balances / (places * FILLED_SHARE)) + 1)


def add_lots(builder: Builder, products: list[Product], balances: int) -> None:
    for product in products:
        part_number = builder.row(product.reference)["PartNumber"]
        for number in range(1, lots_per_product(len(products), balances) + 1):
            builder.add(
                "Logistics.Inventory.Lots",
                f"{part_number}/{number}",
                Number=f"{part_number}-L{number:03}",
                Product=product.reference,
                ExpiryDate=date_text(builder.before(-90 - number % 400)) if product.family == "FOO" else None,
                ReceiptDate=date_text(builder.before(1 + number % 300)),
            )


def make_balances(
    products: list[tuple[int, list[int]]], stores: list[tuple[int, list[int]]], how_many: int
) -> Iterator[Balance]:
    """Distinct places spread over all products with their lots and all stores with their bins."""
    lots, bins = len(products[0][1]), len(stores[0][1])
    places = len(products) * len(stores) * bins * lots
    step = next(one for one in range(round(places * 0.618), places) if gcd(one, places) == 1)
    dice = random.Random(SEED)
    for number in range(min(how_many, places)):
        place, lot = divmod(number * step % places, lots)
        place, shelf = divmod(place, bins)
        product, store = divmod(place, len(stores))
        yield (
            products[product][0],
            stores[store][0],
            stores[store][1][shelf],
            products[product][1][lot],
            dice.randrange(1, 900) * 1000,
        )
