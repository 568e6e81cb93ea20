"""Made-up rows of ERP.net as JSON, the same each time: a stock, and orders. Their references repeat as real ones do."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

ROWS_A_PAGE = 1000
LINES = 5

BALANCES = "Logistics_Inventory_CurrentBalances"
ORDERS = "Logistics_Procurement_PurchaseOrders"
ORDER_LINES = "Logistics_Procurement_PurchaseOrderLines"

# A row or a page as it is on one night, and as it is on the other.
Row = tuple[str, str]
Nights = tuple[bytes, bytes]


def rendered_pages(view: str, rows: int, changed: float = 0.0) -> list[Nights]:
    """Pages of a thousand rows of `view`, for two nights: the share `changed` of the rows is another on the second."""
    chance = random.Random(7)  # noqa: S311 - made-up rows, the same each time
    made = VIEWS[view](chance, rows)
    pages: list[Nights] = []
    while page := list(islice(made, ROWS_A_PAGE)):
        first = _page(row for row, _other in page)
        others = _page(row[chance.random() < changed] for row in page) if changed else first
        pages.append((first, others))
    return pages


def _page(rows: Iterable[str]) -> bytes:
    return f"[{','.join(rows)}]".encode()


def _ids(chance: random.Random, entity_set: str, count: int) -> list[str]:
    made = (uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(count))
    return [f'{{"@odata.id":"{entity_set}({one})"}}' for one in made]


def balances(chance: random.Random, rows: int) -> Iterator[Row]:
    """Current balances; no two have the same product in the same bin."""
    companies = _ids(chance, "General_EnterpriseCompanies", 2)
    stores = _ids(chance, "Logistics_Inventory_Stores", 20)
    bins = _ids(chance, "Logistics_Inventory_StoreBins", 800)
    products = _ids(chance, "General_Products_Products", 5000)
    lots = _ids(chance, "Logistics_Inventory_Lots", 20_000)
    for place in chance.sample(range(len(products) * len(bins)), rows):
        product, store_bin = divmod(place, len(bins))
        quantity, lot = chance.randrange(1, 500_000), chance.choice(lots) if chance.random() < 0.7 else "null"
        rest = (
            f'"EnterpriseCompany":{chance.choice(companies)},"Lot":{lot},"Product":{products[product]},'
            f'"ProductVariant":null,"SerialNumber":null,"Store":{stores[store_bin % len(stores)]},'
            f'"StoreBin":{bins[store_bin]}'
        )
        yield _balance(quantity, rest), _balance(quantity + 1000, rest)


def _balance(thousandths: int, rest: str) -> str:
    return f'{{"QuantityBase":{{"Value":"{thousandths / 1000:.3f}","Unit":"PCS"}},{rest}}}'


def orders(chance: random.Random, rows: int) -> Iterator[Row]:
    """Purchase orders with five lines each; on the second night a changed one is newer and has other notes."""
    companies = _ids(chance, "General_EnterpriseCompanies", 2)
    locations = _ids(chance, "General_Contacts_CompanyLocations", 4)
    suppliers = _ids(chance, "Logistics_Procurement_Suppliers", 200)
    stores = _ids(chance, "Logistics_Inventory_Stores", 20)
    products = _ids(chance, "General_Products_Products", 5000)
    units = _ids(chance, "General_Products_MeasurementUnits", 12)
    currency = uuid.UUID(int=chance.getrandbits(128), version=4)

    for number in range(rows):
        order_id = uuid.UUID(int=chance.getrandbits(128), version=4)
        lines = ",".join(
            _order_line(chance, nth, chance.choice(products), chance.choice(units))
            for nth in range(1, LINES + 1)
        )
        rest = (
            f'"@odata.id":"{ORDERS}({order_id})","DocumentDate":"2026-11-{1 + number % 28:02}T00:00:00Z",'
            f'"DocumentNo":"{1_000_000_000 + number}","PlannedDeliveryDate":"2026-12-02T00:00:00Z",'
            f'"State":"Released","Void":false,"Id":"{order_id}",'
            f'"DocumentCurrency":{{"@odata.id":"General_Currencies_Currencies({currency})","CurrencySign":"EUR",'
            f'"Id":"{currency}"}},"EnterpriseCompany":{chance.choice(companies)},'
            f'"EnterpriseCompanyLocation":{chance.choice(locations)},"Store":{chance.choice(stores)},'
            f'"Supplier":{chance.choice(suppliers)},"Lines":[{lines}]'
        )
        yield _order("null", 10, rest), _order('"Please hurry."', 11, rest)


def _order_line(chance: random.Random, number: int, product: str, unit: str) -> str:
    line_id = uuid.UUID(int=chance.getrandbits(128), version=4)
    return (
        f'{{"@odata.id":"{ORDER_LINES}({line_id})","ConfirmedQuantity":null,"LineNo":{10 * number},'
        f'"PlannedDeliveryDate":"2026-12-{number:02}T00:00:00Z",'
        f'"PricePerUnit":{{"Value":"{chance.randrange(1, 90_000) / 1000:.5f}","Currency":"EUR"}},'
        f'"ProductDescription":{{"EN":"Stretch film, medium","BG":"Стреч фолио, среден размер"}},'
        f'"Quantity":{{"Value":"{chance.randrange(1, 500)}.000","Unit":"kg"}},"Id":"{line_id}",'
        f'"Product":{product},"QuantityUnit":{unit}}}'
    )


def _order(notes: str, day: int, rest: str) -> str:
    return f'{{"Notes":{notes},"AggregateLastUpdateTimeUtc":"2026-11-{day}T16:02:37.000Z",{rest}}}'


VIEWS: dict[str, Callable[[random.Random, int], Iterator[Row]]] = {BALANCES: balances, ORDERS: orders}
