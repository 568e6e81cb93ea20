"""Documents of procurement and payment, with their lines."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from erpnet.entities import fields as erp
from erpnet.entities.products import Currency
from erpnet.values import Amount, MultilanguageString, Quantity, Reference


@erp.entity("Systems_Documents_DocumentTypes")
class DocumentType(erp.Entity):
    """`entity_name` is the kind of document it types, such as Scm_Receiving_Orders."""

    id: UUID = erp.guid("Id")
    code: str = erp.text("Code")
    name: MultilanguageString = erp.words("TypeName")
    entity_name: str = erp.text("EntityName")


@erp.entity("Logistics_Procurement_PurchaseOrderLines")
class PurchaseOrderLine(erp.Entity):
    id: UUID = erp.guid("Id")
    line_no: int = erp.number("LineNo")
    product: Reference = erp.link("Product")
    description: MultilanguageString = erp.words("ProductDescription")
    quantity: Quantity = erp.quantity("Quantity")
    unit: Reference = erp.link("QuantityUnit")
    price: Amount | None = erp.amount("PricePerUnit", null=True)
    planned_delivery_date: dt.date = erp.day("PlannedDeliveryDate")
    confirmed_quantity: Quantity | None = erp.quantity("ConfirmedQuantity", null=True)
    confirmed_price: Amount | None = erp.amount("ConfirmedPricePerUnit", null=True, selected=False)
    order: Reference | None = erp.link("PurchaseOrder", null=True, selected=False)


@erp.entity("Logistics_Procurement_PurchaseOrders")
class PurchaseOrder(erp.Entity):
    """Its location, parties and currency are what a receiving order made from it repeats."""

    id: UUID = erp.guid("Id")
    number: str = erp.text("DocumentNo")
    document_date: dt.date = erp.day("DocumentDate")
    state: str = erp.text("State")
    is_void: bool = erp.flag("Void")
    supplier: Reference = erp.link("Supplier")
    enterprise_company: Reference = erp.link("EnterpriseCompany")
    enterprise_company_location: Reference = erp.link("EnterpriseCompanyLocation")
    store: Reference | None = erp.link("Store", null=True)
    currency: Currency | None = erp.part("DocumentCurrency", Currency, null=True)
    planned_delivery_date: dt.date | None = erp.day("PlannedDeliveryDate", null=True)
    notes: str = erp.text("Notes")
    lines: tuple[PurchaseOrderLine, ...] = erp.children("Lines", PurchaseOrderLine)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    document_type: Reference | None = erp.link("DocumentType", null=True, selected=False)
    planned_release_date: dt.date | None = erp.day("PlannedReleaseDate", null=True, selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("Logistics_Procurement_ReceivingOrderLines")
class ReceivingOrderLine(erp.Entity):
    id: UUID = erp.guid("Id")
    line_no: int = erp.number("LineNo")
    purchase_order_line: Reference | None = erp.link("PurchaseOrderLine", null=True)
    product: Reference = erp.link("Product")
    quantity: Quantity = erp.quantity("Quantity")
    unit: Reference = erp.link("QuantityUnit")
    notes: str = erp.text("Notes")
    description: MultilanguageString = erp.words("ProductDescription", selected=False)
    lot: Reference | None = erp.link("Lot", null=True, selected=False)
    quantity_base: Quantity | None = erp.quantity("QuantityBase", null=True, selected=False)
    order: Reference | None = erp.link("ReceivingOrder", null=True, selected=False)


@erp.entity("Logistics_Procurement_ReceivingOrders")
class ReceivingOrder(erp.Entity):
    """A delivery: announced while New, received once Released.

    `object_version` is costly for ERP.net and read only where a query names ObjectVersion.
    """

    id: UUID = erp.guid("Id")
    number: str = erp.text("DocumentNo")
    document_date: dt.date = erp.day("DocumentDate")
    state: str = erp.text("State")
    is_void: bool = erp.flag("Void")
    supplier: Reference = erp.link("Supplier")
    enterprise_company: Reference = erp.link("EnterpriseCompany")
    parent: Reference | None = erp.link("Parent", null=True)
    purchase_order: Reference | None = erp.link("PurchaseOrder", null=True)
    store: Reference | None = erp.link("Store", null=True)
    planned_delivery_date: dt.date | None = erp.day("PlannedDeliveryDate", null=True)
    reference_document_no: str = erp.text("ReferenceDocumentNo")
    notes: str = erp.text("Notes")
    external_id: str = erp.text("ExternalId")
    external_system: str = erp.text("ExternalSystem")
    additional_data_json: str = erp.data("AdditionalDataJson")
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)
    lines: tuple[ReceivingOrderLine, ...] = erp.children("Lines", ReceivingOrderLine)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    document_type: Reference | None = erp.link("DocumentType", null=True, selected=False)
    enterprise_company_location: Reference | None = erp.link(
        "EnterpriseCompanyLocation", null=True, selected=False
    )
    currency: Reference | None = erp.link("DocumentCurrency", null=True, selected=False)


@erp.entity("Logistics_Procurement_PurchaseInvoiceLines")
class PurchaseInvoiceLine(erp.Entity):
    id: UUID = erp.guid("Id")
    line_no: int = erp.number("LineNo")
    product: Reference = erp.link("Product")
    description: MultilanguageString = erp.words("ProductName")
    quantity: Quantity = erp.quantity("Quantity")
    unit_price: Amount = erp.amount("UnitPrice")
    amount: Amount = erp.amount("LineAmount")
    unit: Reference | None = erp.link("QuantityUnit", null=True, selected=False)
    quantity_base: Quantity | None = erp.quantity("QuantityBase", null=True, selected=False)
    invoice: Reference | None = erp.link("PurchaseInvoice", null=True, selected=False)


@erp.entity("Logistics_Procurement_PurchaseInvoices")
class PurchaseInvoice(erp.Entity):
    """`reference_document_no` is the number that the vendor printed on it."""

    id: UUID = erp.guid("Id")
    number: str = erp.text("DocumentNo")
    document_date: dt.date = erp.day("DocumentDate")
    state: str = erp.text("State")
    is_void: bool = erp.flag("Void")
    supplier: Reference = erp.link("Supplier")
    enterprise_company: Reference = erp.link("EnterpriseCompany")
    purchase_order: Reference | None = erp.link("PurchaseOrder", null=True)
    receiving_order: Reference | None = erp.link("ReceivingOrder", null=True)
    currency: Currency = erp.part("DocumentCurrency", Currency)
    reference_document_no: str = erp.text("ReferenceDocumentNo")
    due_date: dt.date | None = erp.day("PaymentDueDate", null=True)
    lines: tuple[PurchaseInvoiceLine, ...] = erp.children("Lines", PurchaseInvoiceLine)
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    document_type: Reference | None = erp.link("DocumentType", null=True, selected=False)
    enterprise_company_location: Reference | None = erp.link(
        "EnterpriseCompanyLocation", null=True, selected=False
    )
    apply_date: dt.date | None = erp.day("ApplyDate", null=True, selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)


@erp.entity("Finance_Payments_PaymentOrders")
class PaymentOrder(erp.Entity):
    """What is to be paid to (Outgoing) or by (Incoming) `party`. Made for an invoice; closed once paid."""

    id: UUID = erp.guid("Id")
    number: str = erp.text("DocumentNo")
    state: str = erp.text("State")
    is_void: bool = erp.flag("Void")
    direction: str = erp.text("Direction")
    party: Reference = erp.link("Party")
    ref_document: Reference | None = erp.link("RefDocument", null=True)
    ref_invoice_document: Reference | None = erp.link("RefInvoiceDocument", null=True)
    due_date: dt.date | None = erp.day("DueDate", null=True)
    amount: Amount = erp.amount("TotalAmount")
    updated_at: dt.datetime | None = erp.moment("AggregateLastUpdateTimeUtc", null=True)
    document_type: Reference | None = erp.link("DocumentType", null=True, selected=False)
    enterprise_company: Reference | None = erp.link("EnterpriseCompany", null=True, selected=False)
    enterprise_company_location: Reference | None = erp.link(
        "EnterpriseCompanyLocation", null=True, selected=False
    )
    currency: Reference | None = erp.link("TotalAmountCurrency", null=True, selected=False)
    ref_document_type: Reference | None = erp.link("RefDocumentType", null=True, selected=False)
    ref_document_no: str = erp.text("RefDocumentNo", selected=False)
    object_version: int | None = erp.number("ObjectVersion", null=True, selected=False)
