"""What tests against the sandbox order and receive."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from erpnet import DomainApi, F, Quantity, Reference
from erpnet.entities import DocumentType, PurchaseOrder, PurchaseOrderLine


def released_order(api: DomainApi) -> PurchaseOrder:
    """A released order with more than one line."""
    released = F.State.eq("Released") & F.Void.eq(False)
    return next(one for one in PurchaseOrder.iterate(api, released) if len(one.lines) > 1)


def receipt_head(api: DomainApi, order: PurchaseOrder) -> dict[str, Any]:
    """What a receiving order for it needs before its lines."""
    document_type = next(DocumentType.iterate(api, F.EntityName.eq("Scm_Receiving_Orders")))
    assert order.currency is not None
    return {
        "DocumentType": document_type,
        "EnterpriseCompany": order.enterprise_company,
        "EnterpriseCompanyLocation": order.enterprise_company_location,
        "DocumentCurrency": Reference("General_Currencies_Currencies", order.currency.id),
        "Supplier": order.supplier,
        "Store": order.store,
        "PurchaseOrder": order,
    }


def receipt_line(ordered: PurchaseOrderLine) -> dict[str, Any]:
    """What a line of a receiving order for it needs, but for its number."""
    return {
        "Product": ordered.product,
        "ProductDescription": ordered.description,
        "PurchaseOrderLine": ordered,
        "Quantity": Quantity(Decimal(1), ordered.quantity.unit),
        "QuantityUnit": ordered.unit,
    }
