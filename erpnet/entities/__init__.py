"""ERP.net's entities as typed, frozen dataclasses: what each stream and each write needs of them.

    order = PurchaseOrder.fetch(api, order_id)
    for order in PurchaseOrder.iterate(api, F.State.eq("Released")):
        print(order.number, order.lines)
    ReceivingOrder.update(api, receipt_id, notes="Gate 2")

The fields of each are its own names for ERP.net's attributes. Nothing is sent that the model does not allow.
"""

from erpnet.entities.directory import (
    Company,
    CompanyEmployee,
    CompanyName,
    Customer,
    CustomerExternalAccess,
    EnterpriseCompany,
    Person,
    Store,
    Supplier,
    User,
)
from erpnet.entities.documents import (
    DocumentType,
    PaymentOrder,
    PurchaseInvoice,
    PurchaseInvoiceLine,
    PurchaseOrder,
    PurchaseOrderLine,
    ReceivingOrder,
    ReceivingOrderLine,
)
from erpnet.entities.products import (
    Currency,
    CurrentBalance,
    MeasurementUnit,
    Product,
    ProductCode,
    ProductSupply,
    PurchaseProductPrice,
)

__all__ = [
    "Company",
    "CompanyEmployee",
    "CompanyName",
    "Currency",
    "CurrentBalance",
    "Customer",
    "CustomerExternalAccess",
    "DocumentType",
    "EnterpriseCompany",
    "MeasurementUnit",
    "PaymentOrder",
    "Person",
    "Product",
    "ProductCode",
    "ProductSupply",
    "PurchaseInvoice",
    "PurchaseInvoiceLine",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseProductPrice",
    "ReceivingOrder",
    "ReceivingOrderLine",
    "Store",
    "Supplier",
    "User",
]
