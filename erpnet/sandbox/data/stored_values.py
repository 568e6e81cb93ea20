"""Values of the stored attributes that the instance's owner added to products.

Neither drawn by lot nor complete: textiles have a colour, every other one a size as well.
"""

from erpnet.sandbox.data.builder import Builder
from erpnet.sandbox.data.catalogue import Product
from erpnet.sandbox.stored_attributes import STORED_ATTRIBUTES

COLOR, SIZE = STORED_ATTRIBUTES


def add_stored_values(builder: Builder, products: list[Product]) -> None:
    textiles = [product for product in products if product.family == "TEX"]
    for number, product in enumerate(textiles):
        row = builder.row(product.reference)
        color = next(short for short, _ in COLOR.allowed if short in product.name["EN"])
        row[COLOR.name] = COLOR.value(color)
        if number % 2 == 0:
            row[SIZE.name] = SIZE.value(f"{140 + number}")
