"""ERP.net for Python: one Trusted Application, its tokens, and the Domain API.

    from erpnet import DomainApi, F, Query, TrustedApplication

    api = DomainApi(TrustedApplication("https://mycompany.my.erp.net", "my.application", secret))
    released = Query("Logistics_Procurement_PurchaseOrders").filter(F.State.eq("Released"))
    for page in api.pages(released.select("Id", "DocumentNo")):
        print(page.rows)

Needs no Django, except for `models`, `admin`, `audit` and the management commands.
"""

from erpnet.client import DomainApi, Page
from erpnet.config import TrustedApplication
from erpnet.query import F, Query
from erpnet.values import Amount, MultilanguageString, Quantity, Reference

__all__ = [
    "Amount",
    "DomainApi",
    "F",
    "MultilanguageString",
    "Page",
    "Quantity",
    "Query",
    "Reference",
    "TrustedApplication",
]
