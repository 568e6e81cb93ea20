"""All that pages read. A selector takes the membership in whose name it is read, and filters by its partner and age."""

from sync.selectors.conflicts import Conflict, Difference, QuantityChange, conflict_of
from sync.selectors.dashboard import Dashboard, dashboard_for
from sync.selectors.freshness import Copy, copy_of, freshness_for
from sync.selectors.invoices import (
    Payment,
    invoice_for,
    invoice_lines_for,
    invoices_for,
    next_payments_for,
    payment_orders_for,
)
from sync.selectors.orders import (
    can_ship_against,
    most_urgent_orders_for,
    open_lines_for,
    order_for,
    order_lines_for,
    orders_for,
)
from sync.selectors.paging import Page
from sync.selectors.shipments import (
    delivery_of,
    is_locked,
    lines_can_change,
    shipment_for,
    shipment_lines_for,
    shipments_for,
    shipments_of_order_for,
)
from sync.selectors.stock import ProductStock, StoreStock, stock_for

__all__ = [
    "Conflict",
    "Copy",
    "Dashboard",
    "Difference",
    "Page",
    "Payment",
    "ProductStock",
    "QuantityChange",
    "StoreStock",
    "can_ship_against",
    "conflict_of",
    "copy_of",
    "dashboard_for",
    "delivery_of",
    "freshness_for",
    "invoice_for",
    "invoice_lines_for",
    "invoices_for",
    "is_locked",
    "lines_can_change",
    "most_urgent_orders_for",
    "next_payments_for",
    "open_lines_for",
    "order_for",
    "order_lines_for",
    "orders_for",
    "payment_orders_for",
    "shipment_for",
    "shipment_lines_for",
    "shipments_for",
    "shipments_of_order_for",
    "stock_for",
]
