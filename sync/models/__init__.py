"""The local mirror of ERP data, the streams that feed it and the outbox that empties into ERP.net.

Ids of mirrored rows are ERP.net's GUIDs. Mirror tables point at each other without database constraints, because a
document may arrive before the record that it refers to.
"""

from sync.models.directory import (
    Company,
    Customer,
    DirectoryUser,
    Employment,
    EnterpriseCompany,
    ExternalAccess,
    Person,
    Store,
    Supplier,
)
from sync.models.invoices import Invoice, InvoiceLine, PaymentOrder
from sync.models.operations import Alert, Heartbeat
from sync.models.orders import OrderLine, PurchaseOrder
from sync.models.outbox import OutboxEntry
from sync.models.products import Product, ProductSupply
from sync.models.shipments import Shipment, ShipmentLine
from sync.models.stock import StockBalance, StockChange
from sync.models.streams import Run, Stream, StreamName, UnreadableRow

__all__ = [
    "Alert",
    "Company",
    "Customer",
    "DirectoryUser",
    "Employment",
    "EnterpriseCompany",
    "ExternalAccess",
    "Heartbeat",
    "Invoice",
    "InvoiceLine",
    "OrderLine",
    "OutboxEntry",
    "PaymentOrder",
    "Person",
    "Product",
    "ProductSupply",
    "PurchaseOrder",
    "Run",
    "Shipment",
    "ShipmentLine",
    "StockBalance",
    "StockChange",
    "Store",
    "Stream",
    "StreamName",
    "Supplier",
    "UnreadableRow",
]
