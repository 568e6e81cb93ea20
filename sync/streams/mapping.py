"""From ERP.net's entities to rows of the mirror. Pure functions, in the column order of `targets`."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import orjson

from erpnet import entities as erp
from erpnet.values import MultilanguageString, Reference
from sync.models import ProductSupply
from sync.streams.targets import Mapped

EXTERNAL_SYSTEM = "partner-portal"
"""What tells our receiving orders from others: their ExternalSystem, and our key in their AdditionalDataJson."""


def _id(reference: Reference | None) -> uuid.UUID | None:
    return reference.id if reference else None


def _words(text: MultilanguageString) -> str:
    return orjson.dumps(text).decode()


# -- Directory ----------------------------------------------------------------------------------------------------


def enterprise_company(company: erp.EnterpriseCompany) -> Mapped:
    return Mapped((company.id, company.company.name.best(), company.updated_at))


def store(store: erp.Store) -> Mapped:
    return Mapped((store.id, store.code, _words(store.name), store.updated_at))


def company(company: erp.Company) -> Mapped:
    return Mapped((company.id, company.name.best(), company.code, company.is_active, company.updated_at))


def supplier(supplier: erp.Supplier) -> Mapped:
    return Mapped(
        (
            supplier.id,
            supplier.number,
            supplier.party.id,
            _id(supplier.enterprise_company),
            supplier.is_active,
            supplier.updated_at,
        )
    )


def person(person: erp.Person) -> Mapped:
    employments = [
        (work.id, person.id, work.company.id, work.is_active, work.starts_on, work.ends_on, person.updated_at)
        for work in person.employments
    ]
    return Mapped((person.id, person.name.best(), _id(person.parent_party), person.updated_at), employments)


def user(user: erp.User) -> Mapped:
    return Mapped(
        (
            user.id,
            user.login,
            user.name.best(),
            user.email,
            user.user_type,
            user.is_active,
            _id(user.person),
            user.updated_at,
        )
    )


# -- Products -----------------------------------------------------------------------------------------------------


def product(product: erp.Product) -> Mapped:
    words = _words(product.name)
    return Mapped(
        (product.id, product.part_number, words, product.unit.code, product.is_active, product.updated_at)
    )


def product_supply(rule: erp.ProductSupply) -> Mapped:
    complete = rule.product is not None and rule.preferred_supplier is not None
    return Mapped(
        (
            rule.id,
            ProductSupply.Kind.SUPPLY.value,
            _id(rule.product),
            _id(rule.preferred_supplier),
            _id(rule.enterprise_company),
            rule.is_active and complete,
            None,
            None,
            rule.updated_at,
        )
    )


def purchase_price(price: erp.PurchaseProductPrice) -> Mapped:
    return Mapped(
        (
            price.id,
            ProductSupply.Kind.PRICE.value,
            price.product.id,
            _id(price.supplier),
            _id(price.enterprise_company),
            price.supplier is not None,
            price.from_date,
            price.thru_date,
            price.updated_at,
        )
    )


# -- Documents ----------------------------------------------------------------------------------------------------


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
        _id(order.store),
        order.enterprise_company_location.id,
        order.currency.id if order.currency else None,
        order.from_party.id,
        _id(order.to_party),
        order.updated_at,
    )
    return Mapped(row, [_order_line(order.id, line) for line in order.lines])


def _order_line(order_id: uuid.UUID, line: erp.PurchaseOrderLine) -> tuple[Any, ...]:
    return (
        line.id,
        order_id,
        line.line_no,
        line.product.id,
        _words(line.description),
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
        _id(order.purchase_order) or _id(order.parent),
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
        dt.datetime.combine(order.document_date, dt.time(), dt.UTC),
        order.updated_at,
        _portal_id(order),
    )
    return Mapped(row, [_receiving_order_line(order.id, line) for line in order.lines])


def own_data(additional_data: str) -> dict[str, str]:
    """What the portal keeps of its own in a document's AdditionalDataJson; empty where there is nothing readable."""
    try:
        data = orjson.loads(additional_data or "{}")
        ours = data.get(EXTERNAL_SYSTEM, {})
        return {name: value for name, value in ours.items() if isinstance(value, str)}
    except (orjson.JSONDecodeError, AttributeError):
        return {}


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
        _id(line.purchase_order_line),
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
        _id(invoice.purchase_order),
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
        _words(line.description),
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
            _id(payment.ref_invoice_document) or _id(payment.ref_document),
            payment.party.id,
            payment.due_date,
            payment.amount.value,
            payment.amount.currency,
            payment.state,
            payment.is_void,
            payment.updated_at,
        )
    )


# -- Stock --------------------------------------------------------------------------------------------------------


def balance(row: dict[str, Any]) -> tuple[Any, ...]:
    """One current balance, straight from the JSON: there may be a million of them.

    References end in `(guid)`, which PostgreSQL reads as it stands. Raises KeyError, TypeError or IndexError.
    """
    quantity = row["QuantityBase"]
    return (
        row["EnterpriseCompany"]["@odata.id"][-37:-1],
        row["Store"]["@odata.id"][-37:-1],
        _guid(row.get("StoreBin")),
        row["Product"]["@odata.id"][-37:-1],
        _guid(row.get("ProductVariant")),
        _guid(row.get("Lot")),
        _guid(row.get("SerialNumber")),
        quantity["Value"],
        quantity["Unit"] or "",
    )


def _guid(reference: dict[str, str] | None) -> str | None:
    return reference["@odata.id"][-37:-1] if reference else None
