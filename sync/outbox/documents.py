"""The receiving order that a shipment is in ERP.net: what is sent of it, and how it is found again.

Docs: https://docs.erp.net/dev/domain-api/common-tasks/working-with-documents.html
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from erpnet import AdditionalData, DomainApi, F, Page, Quantity, Query, Reference
from erpnet.batch import Changeset, Pending
from erpnet.entities import ReceivingOrder
from erpnet.exceptions import MalformedAnswer, Rejected
from sync.models import OrderLine, PurchaseOrder, Shipment
from sync.streams.mapping.documents import EXTERNAL_SYSTEM, own_data

RECEIVING_ORDERS = ReceivingOrder.ENTITY_SET
_OWN_NAMES = {"carrier": "carrier", "tracking_number": "trackingNumber"}


class StaffNeeded(Exception):
    """Nothing is wrong with what the partner saved, but it cannot go on before staff have done something."""


class AdditionalDataUnclear(StaffNeeded):
    """What other applications keep in the document cannot be read, so it could not be kept either."""


class LookUpRefused(StaffNeeded):
    """ERP.net refuses to be read: that says nothing of the shipment, which may stand there already."""


def find_receiving_order(api: DomainApi, shipment: Shipment) -> ReceivingOrder | None:
    """The shipment's receiving order as ERP.net has it now, with its version; None if there is none.

    Raises LookUpRefused.
    """
    return _only(shipment, rows_of(lambda: api.page(_query(shipment))))


class Written:
    """What one request to ERP.net has changed, and the document that it read after that."""

    def __init__(
        self, api: DomainApi, shipment: Shipment, change: Callable[[Changeset], Pending[Any]]
    ) -> None:
        """Send it. Raises what ERP.net says to the change."""
        batch = api.batch()
        with batch.changeset() as changes:
            changed = change(changes)
        self._shipment, self._shown = shipment, batch.read(_query(shipment))
        batch.send()
        changed.result()

    def document(self) -> ReceivingOrder | None:
        """As ERP.net has it now; None if it does not show it. Raises LookUpRefused."""
        return _only(self._shipment, rows_of(self._shown.result))


def create(api: DomainApi, shipment: Shipment, data: dict[str, Any]) -> Written:
    """Find the shipment's receiving order, or make it of `data` where it is not there."""
    key = {"external_id": str(shipment.pk), "external_system": EXTERNAL_SYSTEM}
    return Written(api, shipment, lambda changes: changes.find_or_create(RECEIVING_ORDERS, data, **key))


def change(
    api: DomainApi, shipment: Shipment, document_id: uuid.UUID, data: dict[str, Any], *, seen: int | None
) -> Written:
    """Change the header of the shipment's receiving order, if `seen` is its version still. Raises Conflict.

    Docs: https://docs.erp.net/dev/domain-api/data-sync/optimistic-locking.html
    """
    target = Reference(RECEIVING_ORDERS, document_id)
    return Written(api, shipment, lambda changes: changes.update(target, data, object_version=seen))


def rows_of(read: Callable[[], Page]) -> list[dict[str, Any]]:
    """The rows that a look-up finds. Raises LookUpRefused."""
    try:
        return read().rows
    except Rejected as refusal:
        raise LookUpRefused(refusal.message) from refusal


def _query(shipment: Shipment) -> Query:
    query = ReceivingOrder.query().select("ObjectVersion").top(1)
    if shipment.erp_id is not None:
        return query.filter(F.Id.eq(shipment.erp_id))
    return query.filter(F.ExternalId.eq(str(shipment.pk)) & F.ExternalSystem.eq(EXTERNAL_SYSTEM))


def _only(shipment: Shipment, rows: list[dict[str, Any]]) -> ReceivingOrder | None:
    """The document that was asked for. Raises MalformedAnswer for another one, which must not become the shipment's."""
    if not rows:
        return None
    found = ReceivingOrder.from_row(rows[0])
    own = (
        found.external_id.lower() == str(shipment.pk)
        if shipment.erp_id is None
        else found.id == shipment.erp_id
    )
    if not own:
        raise MalformedAnswer(_("ERP.net answered with another document than the one that was asked for."))
    return found


def new_document(
    payload: dict[str, Any], shipment: Shipment, document_type: Reference, lines: list[dict[str, Any]]
) -> dict[str, Any]:
    """All of a receiving order that does not exist yet; `lines` are its `new_lines`."""
    order: PurchaseOrder = shipment.order
    header = {
        "DocumentType": document_type,
        "EnterpriseCompany": _reference("General_EnterpriseCompanies", order.enterprise_company_id),
        "EnterpriseCompanyLocation": _reference(
            "General_Contacts_CompanyLocations", order.enterprise_company_location_id
        ),
        "DocumentCurrency": _reference("General_Currencies_Currencies", order.document_currency_id),
        "Supplier": _reference("Logistics_Procurement_Suppliers", shipment.supplier_id),
        "Store": _reference("Logistics_Inventory_Stores", order.store_id),
        "PurchaseOrder": _reference("Logistics_Procurement_PurchaseOrders", order.pk),
        "Parent": _reference("General_Documents_Documents", order.pk),
    }
    known = {name: reference for name, reference in header.items() if reference is not None}
    return {**known, **header_changes(payload, ""), "Lines": lines}


def header_changes(payload: dict[str, Any], additional_data: str) -> dict[str, Any]:
    """What a partner says in the header. Other applications' share of `additional_data` stays as it is.

    Raises AdditionalDataUnclear.
    """
    header = payload["header"]
    own = {theirs: header[ours] for ours, theirs in _OWN_NAMES.items()}
    try:
        kept = AdditionalData(additional_data).with_own(EXTERNAL_SYSTEM, own)
    except ValueError as fault:
        text = _(
            "The document's AdditionalDataJson in ERP.net leaves no room for the carrier: %(fault)s "
            "Nothing was sent. Mend or empty it in ERP.net; the partner is then asked to look again."
        )
        raise AdditionalDataUnclear(text % {"fault": fault}) from None
    return {
        "PlannedDeliveryDate": date.fromisoformat(header["planned_delivery_date"]),
        "ReferenceDocumentNo": header["delivery_note_number"],
        "Notes": header["notes"],
        "AdditionalDataJson": kept,
    }


def says(document: ReceivingOrder, payload: dict[str, Any]) -> bool:
    """Whether the document's header is what the partner wants it to be."""
    return bool(in_our_words(document)["header"] == payload["header"])


def holds(document: ReceivingOrder, payload: dict[str, Any]) -> bool:
    """Whether the document has as much of each order line as the partner wants it to have."""
    there, wanted = in_our_words(document)["lines"], payload["lines"]
    return _amounts(there) == _amounts(wanted)


def _amounts(lines: list[dict[str, Any]]) -> Counter[tuple[uuid.UUID | None, Decimal]]:
    return Counter((_id(line["order_line"]), Decimal(line["quantity"])) for line in lines)


def in_our_words(document: ReceivingOrder) -> dict[str, Any]:
    """What ERP.net has, as an entry's payload says it, and its version."""
    ours, day = own_data(document.additional_data_json), document.planned_delivery_date
    header = {
        "planned_delivery_date": None if day is None else day.isoformat(),
        "delivery_note_number": document.reference_document_no,
        "notes": document.notes,
        **{name: ours.get(theirs, "") for name, theirs in _OWN_NAMES.items()},
    }
    lines = [
        {
            "line_no": line.line_no,
            "order_line": str(line.purchase_order_line.id) if line.purchase_order_line else None,
            "product": str(line.product.id),
            "quantity": f"{line.quantity.value:.3f}",
            "unit": line.quantity.unit,
        }
        for line in sorted(document.lines, key=lambda line: line.line_no)
    ]
    return {"header": header, "lines": lines, "version": document.object_version}


def new_lines(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a receiving order that does not exist yet. Raises Rejected where the order has one no more."""
    wanted = payload["lines"]
    ids = [_id(line["order_line"]) for line in wanted]
    known = OrderLine.objects.in_bulk([line_id for line_id in ids if line_id is not None])
    order_lines = [known[line_id] for line_id in ids if line_id in known]
    if len(order_lines) < len(wanted):
        raise Rejected(_("The order no longer has one of the lines in this shipment. Check its quantities."))
    return [_line(line, order_line) for line, order_line in zip(wanted, order_lines, strict=True)]


def _id(text: str | None) -> uuid.UUID | None:
    """However it is spelled."""
    return None if text is None else uuid.UUID(text)


def _line(wanted: dict[str, Any], order_line: OrderLine) -> dict[str, Any]:
    line = {
        "LineNo": wanted["line_no"],
        "Product": _reference("General_Products_Products", uuid.UUID(wanted["product"])),
        "PurchaseOrderLine": _reference("Logistics_Procurement_PurchaseOrderLines", order_line.pk),
        "QuantityUnit": _reference("General_Products_MeasurementUnits", order_line.unit_id),
        "Quantity": Quantity(Decimal(wanted["quantity"]), wanted["unit"]),
        "ProductDescription": order_line.descriptions,
    }
    return {name: value for name, value in line.items() if value is not None}


def _reference(entity_set: str, object_id: uuid.UUID | None) -> Reference | None:
    return Reference(entity_set, object_id) if object_id else None
