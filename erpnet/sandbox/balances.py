"""The view of current balances: a million of them fit, because each is five numbers that point at other rows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import overload

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


class Balances(Sequence[Row]):
    """Rows of `Logistics_Inventory_CurrentBalances` by position: a view has no keys."""

    def __init__(self, store: Store) -> None:
        self.entity: Entity = store.model["Logistics.Inventory.CurrentBalances"]
        self._store = store
        self._references: list[str] = []
        self._numbers: dict[str, int] = {}
        self._balances: list[Balance] = []
        self._companies: dict[int, str] = {}
        self._prices: dict[int, float] = {}
        store.file.executescript(SCHEMA)
        for (reference,) in store.file.execute("SELECT reference FROM balance_reference ORDER BY number"):
            self._number(reference)
        for _, *balance in store.file.execute("SELECT * FROM balance ORDER BY number"):
            self._balances.append((balance[0], balance[1], balance[2], balance[3], balance[4]))

    def __len__(self) -> int:
        return len(self._balances)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self._row(balance) for balance in self._balances[place]]
        return self._row(self._balances[place])

    def fill(self, how_many: int) -> None:
        """Make the balances of a new instance out of its products, lots, stores and bins."""
        products = self._with_children(
            "General.Products.Products", "PartNumber", "Logistics.Inventory.Lots", "Product"
        )
        stores = self._with_children(
            "Logistics.Inventory.Stores", "Code", "Logistics.Inventory.StoreBins", "Store"
        )
        self._balances = list(make_balances(products, stores, how_many))
        self._save(0)

    def receive(self, product: str, store: str, quantity: Decimal) -> None:
        """Add goods that arrived to where the store keeps the product."""
        what, where, more = self._number(product), self._number(store), int(quantity * 1000)
        for place, (one, other, shelf, lot, amount) in enumerate(self._balances):
            if (one, other) == (what, where):
                self._balances[place] = (what, where, shelf, lot, amount + more)
                return self._save(place, place + 1)
        self._balances.append((what, where, NOTHING, NOTHING, more))
        return self._save(len(self._balances) - 1)

    def shift(self, *, change: int, remove: int) -> None:
        """Let a night pass: the first balances gain a unit, the last ones are used up."""
        self._balances[:change] = [(*balance[:4], balance[4] + 1000) for balance in self._balances[:change]]
        self._balances = self._balances[: len(self) - remove]
        self._save(0, change)

    def _save(self, start: int, stop: int | None = None) -> None:
        """Write the balances from `start` to `stop`, and forget those beyond the end."""
        with self._store.file as file:
            file.execute("DELETE FROM balance WHERE number >= ?", [len(self)])
            file.executemany(
                "INSERT OR REPLACE INTO balance_reference VALUES (?, ?)", enumerate(self._references)
            )
            file.executemany(
                "INSERT OR REPLACE INTO balance VALUES (?, ?, ?, ?, ?, ?)",
                ((number, *balance) for number, balance in enumerate(self._balances[start:stop], start)),
            )

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

    def _row(self, balance: Balance) -> Row:
        product, store, shelf, lot, quantity = balance
        references = self._references
        if store not in self._companies:
            self._companies[store] = self._value(store, "EnterpriseCompany")
        if product not in self._prices:
            self._prices[product] = float(self._value(product, "StandardPricePerLot"))
        cost = f"{quantity * self._prices[product] / 1000:.2f}"
        return {
            "EnterpriseCompany": self._companies[store],
            "Store": references[store],
            "Product": references[product],
            "StoreBin": references[shelf] if shelf != NOTHING else None,
            "Lot": references[lot] if lot != NOTHING else None,
            "QuantityBase": f"{quantity // 1000}.{quantity % 1000:03}",
            "BaseCost": cost,
            "ProductCost": cost,
            "StoreCost": cost,
        }

    def _value(self, number: int, field: str) -> str:
        found = self._store.resolve(self._references[number])
        return str(found[1].get(field, "0")) if found else "0"
