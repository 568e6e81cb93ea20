"""Which balances a filter lets through, found column by column: each value of a column is looked at once."""

from array import array
from collections.abc import Callable, Sequence

from erpnet.sandbox.balances import Balances, quantity_text
from erpnet.sandbox.odata.filter import Filter
from erpnet.sandbox.odata.parse import Condition


def fitting_places(balances: Balances, tests: Filter, conditions: Sequence[Condition]) -> Sequence[int]:
    """The places of the balances that fit all conditions, in their order."""
    places: Sequence[int] = range(len(balances))
    for condition in conditions:
        test = tests.test_of(condition)
        columned = _column(balances, condition.path[0])
        if columned is None:
            places = [place for place in places if test(balances[place])]
        else:
            column, name, value_of = columned
            fitting = {one for one in set(column) if test({name: value_of(one)})}
            places = [place for place in places if column[place] in fitting]
    return places


def _column(balances: Balances, name: str) -> "tuple[array[int], str, Callable[[int], str | None]] | None":
    """The column that decides about an attribute or reference, and what one of its values puts into a row."""
    match name:
        case "Product":
            return balances.products, name, balances.reference
        case "Store":
            return balances.stores, name, balances.reference
        case "EnterpriseCompany":
            return balances.stores, name, balances.company
        case "QuantityBaseValue":
            return balances.quantities, "QuantityBase", quantity_text
    return None
