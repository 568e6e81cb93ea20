"""ERP.net for Python: one Trusted Application, its tokens, and the Domain API.

    from erpnet import DomainApi, F, TrustedApplication
    from erpnet.entities import PurchaseOrder

    api = DomainApi(TrustedApplication("https://mycompany.my.erp.net", "my.application", secret))
    for order in PurchaseOrder.iterate(api, F.State.eq("Released")):
        print(order.number, order.planned_delivery_date)

Needs no Django, except for `models`, `admin`, `audit` and the management commands. Manual: docs/erpnet.md.
"""

from erpnet import entities, exceptions
from erpnet.client import DomainApi, Page
from erpnet.config import TrustedApplication
from erpnet.exceptions import ErpNetError, PermanentError, TransientError
from erpnet.query import Expansion, F, Query, count
from erpnet.values import (
    AdditionalData,
    Amount,
    CustomPropertyValue,
    MultilanguageString,
    Quantity,
    Reference,
    custom_property,
)

__all__ = [
    "AdditionalData",
    "Amount",
    "CustomPropertyValue",
    "DomainApi",
    "ErpNetError",
    "Expansion",
    "F",
    "MultilanguageString",
    "Page",
    "PermanentError",
    "Quantity",
    "Query",
    "Reference",
    "TransientError",
    "TrustedApplication",
    "count",
    "custom_property",
    "entities",
    "exceptions",
]
