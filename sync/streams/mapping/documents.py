"""Orders, receiving orders, invoices, and what is to be paid."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from erpnet import AdditionalData
from erpnet import entities as erp
from sync.streams.mapping import id_of, words
from sync.streams.targets import Mapped

EXTERNAL_SYSTEM = "partner-portal"
"""What tells our receiving orders from others: their ExternalSystem, and our key in their AdditionalDataJson."""


def purchase_order(order: erp.PurchaseOrder) -> Mapped:
    row = (
        order.id,
        order.number,
        order.document_date,
        order.state,
        order.is_void,
        order.supplier.id,
        order.enterprise_company.id,
        order.currency.sign if order.currency else "",
        order.planned_delivery_date,
        order.notes,
        id_of(order.store),
        order.enterprise_company_location.id,
        order.currency.id if order.currency else None,
        order.updated_at,
    )
    return Mapped(row, [_order_line(order.id, line) for line in order.lines])


def _order_line(order_id: uuid.UUID, line: erp.PurchaseOrderLine) -> tuple[Any, ...]:
    return (
        line.id,
        order_id,
        line.line_no,
        line.product.id,
        words(line.description),
        line.quantity.value,
        line.quantity.unit,
        line.unit.id,
        line.price.value if line.price else None,
        line.planned_delivery_date,
        line.confirmed_quantity.value if line.confirmed_quantity else None,
    )


def receiving_order(order: erp.ReceivingOrder) -> Mapped:
    """The id is ERP.net's; writing finds the shipment that it belongs to by `portal_id`."""
    ours = own_data(order.additional_data_json)
    row = (
        order.id,
        id_of(order.purchase_order) or id_of(order.parent),
        order.supplier.id,
        order.planned_delivery_date,
        order.reference_document_no,
        ours.get("carrier", ""),
        ours.get("trackingNumber", ""),
        order.notes,
        order.id,
        order.number,
        order.state,
        order.is_void,
        order.object_version,
        _as_it_stands(order.additional_data_json),
        dt.datetime.combine(order.document_date, dt.time(), dt.UTC),
        order.updated_at,
        _portal_id(order),
    )
    return Mapped(row, [_receiving_order_line(order.id, line) for line in order.lines])


def own_data(additional_data: str) -> dict[str, str]:
    """What the portal keeps of its own in a document's AdditionalDataJson; empty where there is nothing readable."""
    try:
        ours = AdditionalData(additional_data).of(EXTERNAL_SYSTEM)
    except ValueError:
        return {}
    return {name: value for name, value in ours.items() if isinstance(value, str)}


def _as_it_stands(additional_data: str) -> str | None:
    """None, which is "not known", for what PostgreSQL keeps in no text: it would refuse the whole document."""
    return None if "\0" in additional_data else additional_data


def _portal_id(order: erp.ReceivingOrder) -> uuid.UUID | None:
    if order.external_system != EXTERNAL_SYSTEM:
        return None
    try:
        return uuid.UUID(order.external_id)
    except ValueError:
        return None


def _receiving_order_line(order_id: uuid.UUID, line: erp.ReceivingOrderLine) -> tuple[Any, ...]:
    return (
        line.id,
        order_id,
        id_of(line.purchase_order_line),
        line.product.id,
        line.line_no,
        line.quantity.value,
        line.quantity.unit,
    )


def purchase_invoice(invoice: erp.PurchaseInvoice) -> Mapped:
    row = (
        invoice.id,
        invoice.number,
        invoice.document_date,
        invoice.state,
        invoice.is_void,
        invoice.supplier.id,
        invoice.enterprise_company.id,
        invoice.currency.sign,
        invoice.reference_document_no,
        id_of(invoice.purchase_order),
        invoice.due_date,
        invoice.updated_at,
    )
    return Mapped(row, [_invoice_line(invoice.id, line) for line in invoice.lines])


def _invoice_line(invoice_id: uuid.UUID, line: erp.PurchaseInvoiceLine) -> tuple[Any, ...]:
    return (
        line.id,
        invoice_id,
        line.line_no,
        line.product.id,
        words(line.description),
        line.quantity.value,
        line.quantity.unit,
        line.unit_price.value,
        line.amount.value,
    )


def payment_order(payment: erp.PaymentOrder) -> Mapped:
    return Mapped(
        (
            payment.id,
            payment.number,
            id_of(payment.ref_invoice_document) or id_of(payment.ref_document),
            payment.party.id,
            payment.due_date,
            payment.amount.value,
            payment.amount.currency,
            payment.state,
            payment.is_void,
            payment.updated_at,
        )
    )
