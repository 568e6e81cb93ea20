"""ERP.net's entities as typed, frozen dataclasses: what each stream and each write needs of them.

for page in api.pages(PurchaseOrder.changed_since(watermark)):
    orders = [PurchaseOrder.from_row(row) for row in page.rows]
"""

from erpnet.entities.directory import (
    Company,
    CompanyEmployee,
    CompanyName,
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
    ProductSupply,
    PurchaseProductPrice,
)

__all__ = [
    "Company",
    "CompanyEmployee",
    "CompanyName",
    "Currency",
    "CurrentBalance",
    "DocumentType",
    "EnterpriseCompany",
    "MeasurementUnit",
    "PaymentOrder",
    "Person",
    "Product",
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
