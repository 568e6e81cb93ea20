"""Queries for the Domain API. The one place that writes OData literals and names: no value leaves its quotes.

    Query("Logistics_Procurement_PurchaseOrders").filter(F.State.eq("Released") & F.Void.eq(False)).top(100)

The Domain API has no `or`, `ne`, `gt`, `lt` and `not`, so neither has this package.
"""

from erpnet.query.conditions import Condition, Term
from erpnet.query.expansion import Expansion, expanded, selected
from erpnet.query.fields import F, Field
from erpnet.query.grouping import Aggregate, Grouping, Interval, count
from erpnet.query.literals import literal
from erpnet.query.names import checked_name
from erpnet.query.query import LARGEST_PAGE, Query, options_text

__all__ = [
    "LARGEST_PAGE",
    "Aggregate",
    "Condition",
    "Expansion",
    "F",
    "Field",
    "Grouping",
    "Interval",
    "Query",
    "Term",
    "checked_name",
    "count",
    "expanded",
    "literal",
    "options_text",
    "selected",
]
