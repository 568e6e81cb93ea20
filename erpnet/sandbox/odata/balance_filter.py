"""Which balances a filter lets through, found column by column: each value of a column is looked at once."""

from collections.abc import Callable, Sequence
from typing import Any

from erpnet.sandbox.balances import Balances, Memo, cost_text, quantity_text
from erpnet.sandbox.odata.filter import Filter
from erpnet.sandbox.odata.parse import Condition

# A column, the part of a row that it decides about, and what a value of the column makes of that part.
Column = tuple[Sequence[Any], str, Callable[[Any], str | None]]


def fitting_places(balances: Balances, tests: Filter, conditions: Sequence[Condition]) -> Sequence[int]:
    """The places of the balances that fit all conditions, in their order."""
    places: Sequence[int] = range(len(balances))
    for condition in conditions:
        test = tests.test_of(condition)
        found = _column(balances, condition.path[0])
        if found is None:
            rows = zip(places, balances.at(places), strict=True)
            places = [place for place, row in rows if test(row)]
        else:
            column, name, value_of = found
            fitting = {one for one in set(column) if test({name: value_of(one)})}
            places = [place for place in places if column[place] in fitting]
    return places


def _column(balances: Balances, name: str) -> Column | None:
    """The column that decides about an attribute or reference, if it is one alone."""
    match name:
        case "Product":
            return balances.products, name, balances.reference
        case "Store":
            return balances.stores, name, balances.reference
        case "StoreBin":
            return balances.bins, name, balances.reference
        case "Lot":
            return balances.lots, name, balances.reference
        case "EnterpriseCompany":
            return balances.stores, name, balances.company
        case "QuantityBaseValue":
            return balances.quantities, "QuantityBase", quantity_text
        case "BaseCostValue":
            prices = Memo(balances.price)
            column = list(zip(balances.quantities, balances.products, strict=True))
            return column, "BaseCost", lambda one: cost_text(one[0], prices[one[1]])
    return None
