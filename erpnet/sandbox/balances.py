"""The view of current balances: a million of them fit, because each is five numbers that point at other rows."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice, repeat
from typing import TypeVar, overload

from erpnet.sandbox.data.stock import Balance, make_balances
from erpnet.sandbox.model import Entity
from erpnet.sandbox.store import Store, reference_to
from erpnet.sandbox.values import Row

SCHEMA = """
CREATE TABLE IF NOT EXISTS balance_reference (number INTEGER PRIMARY KEY, reference TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS balance (
    number INTEGER PRIMARY KEY, product INTEGER, store INTEGER, bin INTEGER, lot INTEGER, quantity INTEGER
);
"""
NOTHING = -1
AT_ONCE = 10_000

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V]):
    """A function's values by its argument, each asked for once."""

    def __init__(self, function: Callable[[K], V]) -> None:
        self._function = function

    def __missing__(self, key: K) -> V:
        value = self[key] = self._function(key)
        return value


class Balances(Sequence[Row]):
    """Rows of `Logistics_Inventory_CurrentBalances` by position: a view has no keys.

    They lie in columns. A number in `products`, `stores`, `bins` and `lots` stands for a reference, NOTHING for none;
    `quantities` are thousandths of the product's base unit.
    """

    def __init__(self, store: Store) -> None:
        self.entity: Entity = store.model["Logistics.Inventory.CurrentBalances"]
        self._store = store
        self._in_file_order = True
        self._references: list[str] = []
        self._numbers: dict[str, int] = {}
        self.products, self.stores, self.bins, self.lots = (array("i") for _ in range(4))
        self.quantities = array("q")
        store.file.executescript(SCHEMA)
        for (reference,) in store.file.execute("SELECT reference FROM balance_reference ORDER BY number"):
            self._number(reference)
        self._kept = len(self._references)
        self._extend(
            store.file.execute("SELECT product, store, bin, lot, quantity FROM balance ORDER BY number")
        )

    def __len__(self) -> int:
        return len(self.quantities)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return list(self._rows(self._balances(place)))
        return next(self._rows([self._balance(place)]))

    def __iter__(self) -> Iterator[Row]:
        starts = range(0, len(self), AT_ONCE)
        return self._rows(chain.from_iterable(self._balances(slice(one, one + AT_ONCE)) for one in starts))

    def at(self, places: Iterable[int]) -> Iterator[Row]:
        """The rows at some places."""
        return self._rows(map(self._balance, places))

    def fill(self, how_many: int) -> None:
        """Make the balances of a new instance out of its products, lots, stores and bins."""
        products = self._with_children(
            "General.Products.Products", "PartNumber", "Logistics.Inventory.Lots", "Product"
        )
        stores = self._with_children(
            "Logistics.Inventory.Stores", "Code", "Logistics.Inventory.StoreBins", "Store"
        )
        self._extend(make_balances(products, stores, how_many))
        self._save(0)

    def receive(self, product: str, store: str, quantity: Decimal) -> None:
        """Add goods that arrived to where the store keeps the product."""
        kept = (self._number(product), self._number(store))
        more = int(quantity * 1000)
        for place, one in enumerate(zip(self.products, self.stores, strict=True)):
            if one == kept:
                self.quantities[place] += more
                return self._save(place, place + 1)
        self._extend([(*kept, NOTHING, NOTHING, more)])
        return self._save(len(self) - 1)

    def shift(self, *, change: int, remove: int) -> None:
        """Let a night pass: the first balances gain a unit, the last ones are used up."""
        change = min(change, len(self))
        for place in range(change):
            self.quantities[place] += 1000
        for column in self._columns:
            del column[max(0, len(column) - remove) :]
        self._save(0, change)

    def turn(self, rows: int) -> None:
        """Move the first rows to the end: whoever pages by position misses some and meets others twice.

        A view has no order to keep, so the file learns of it when something else is saved.
        """
        if len(self):
            rows %= len(self)
            for column in self._columns:
                column[:] = column[rows:] + column[:rows]
            self._in_file_order = False

    def links(self, name: str, places: slice) -> Iterable[str | None]:
        """The odata ids of a reference of the view, row by row; None where it leads nowhere."""
        columns = {"Product": self.products, "Store": self.stores, "StoreBin": self.bins, "Lot": self.lots}
        if name == "EnterpriseCompany":
            return map(Memo(self.company).__getitem__, self.stores[places])
        if name in columns:
            return map(self.reference, columns[name][places])
        return repeat(None, len(self.quantities[places]))

    def reference(self, number: int) -> str | None:
        """The odata id that a number in a column stands for."""
        return None if number == NOTHING else self._references[number]

    def company(self, store: int) -> str:
        """The odata id of the enterprise company whose store it is."""
        return self._value(store, "EnterpriseCompany")

    def price(self, product: int) -> float:
        """What the base unit of a product costs."""
        return float(self._value(product, "StandardPricePerLot"))

    @property
    def _columns(self) -> "tuple[array[int], ...]":
        return self.products, self.stores, self.bins, self.lots, self.quantities

    def _extend(self, balances: Iterable[Balance]) -> None:
        rest = iter(balances)
        while some := list(islice(rest, AT_ONCE)):
            for column, values in zip(self._columns, zip(*some, strict=True), strict=True):
                column.extend(values)

    def _balance(self, place: int) -> Balance:
        return (
            self.products[place],
            self.stores[place],
            self.bins[place],
            self.lots[place],
            self.quantities[place],
        )

    def _balances(self, places: slice) -> Iterator[Balance]:
        return zip(
            self.products[places],
            self.stores[places],
            self.bins[places],
            self.lots[places],
            self.quantities[places],
            strict=True,
        )

    def _save(self, start: int, stop: int | None = None) -> None:
        """Write the balances from `start` to `stop`, and forget those beyond the end."""
        if not self._in_file_order:
            start, stop, self._in_file_order = 0, None, True
        with self._store.transaction() as file:
            file.execute("DELETE FROM balance WHERE number >= ?", [len(self)])
            file.executemany(
                "INSERT INTO balance_reference VALUES (?, ?)",
                enumerate(self._references[self._kept :], self._kept),
            )
            file.executemany(
                "INSERT OR REPLACE INTO balance VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (number, *balance)
                    for number, balance in enumerate(self._balances(slice(start, stop)), start)
                ),
            )
        self._kept = len(self._references)

    def _with_children(self, entity: str, order: str, child: str, parent: str) -> list[tuple[int, list[int]]]:
        """Rows of an entity by number, each with its child rows."""
        children: dict[str, list[int]] = {}
        inner = self._store.table(child)
        for row in inner:
            children.setdefault(row[parent], []).append(self._number(reference_to(inner.entity, row)))
        outer = self._store.table(entity)
        references = [
            reference_to(outer.entity, row) for row in sorted(outer, key=lambda row: str(row[order]))
        ]
        return [(self._number(reference), children.get(reference, [])) for reference in references]

    def _number(self, reference: str) -> int:
        if reference not in self._numbers:
            self._numbers[reference] = len(self._references)
            self._references.append(reference)
        return self._numbers[reference]

    def _rows(self, balances: Iterable[Balance]) -> Iterator[Row]:
        companies, prices = Memo(self.company), Memo(self.price)
        for product, store, shelf, lot, quantity in balances:
            cost = cost_text(quantity, prices[product])
            yield {
                "EnterpriseCompany": companies[store],
                "Store": self._references[store],
                "Product": self._references[product],
                "StoreBin": self.reference(shelf),
                "Lot": self.reference(lot),
                "QuantityBase": quantity_text(quantity),
                "BaseCost": cost,
                "ProductCost": cost,
                "StoreCost": cost,
            }

    def _value(self, number: int, field: str) -> str:
        found = self._store.resolve(self._references[number])
        return str(found[1].get(field, "0")) if found else "0"


def quantity_text(quantity: int) -> str:
    return f"{quantity // 1000}.{quantity % 1000:03}"


def cost_text(quantity: int, price: float) -> str:
    return f"{quantity * price / 1000:.2f}"
