"""A document that is void, another supplier's or gone leaves its vendor's pages, with its lines."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from erpnet import Reference, entities
from sync.models import Invoice, InvoiceLine, OrderLine, PurchaseOrder, Run, Shipment, ShipmentLine
from sync.services.runs import start_run
from tests.sync.erp import Erp
from tests.sync.vendor import Vendor

pytestmark = pytest.mark.django_db

SUPPLIERS = entities.Supplier.ENTITY_SET


@dataclass(frozen=True)
class Kind:
    """A kind of document: its stream, where its lines are, and its pages."""

    stream: str
    entity_set: str
    model: Any
    lines: Any
    parent: str
    pages: str


KINDS = [
    Kind("orders", entities.PurchaseOrder.ENTITY_SET, PurchaseOrder, OrderLine, "order", "/orders/"),
    Kind("receipts", entities.ReceivingOrder.ENTITY_SET, Shipment, ShipmentLine, "shipment", "/shipments/"),
    Kind("invoices", entities.PurchaseInvoice.ENTITY_SET, Invoice, InvoiceLine, "invoice", "/invoices/"),
]
of_each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.stream)


def document_of(vendor: Vendor, kind: Kind) -> uuid.UUID:
    """A document that the vendor sees, made in ERP.net."""
    seen = kind.model.objects.filter(partner=vendor.partner, is_void=False)
    if kind.model is not Shipment:
        seen = seen.filter(state="Released")
    document: uuid.UUID = seen.order_by("pk")[0].pk
    return document


def give_to(erp: Erp, kind: Kind, document: uuid.UUID, other: Vendor) -> None:
    supplier = other.partner.suppliers.get().pk
    erp.administer(Reference(kind.entity_set, document), Supplier=f"{SUPPLIERS}({supplier})")


def owners_of_lines(kind: Kind, document: uuid.UUID) -> set[uuid.UUID | None]:
    return {line.partner_id for line in kind.lines.objects.filter(**{kind.parent: document})}


@of_each_kind
def test_one_that_is_another_suppliers_now_is_on_that_ones_pages_alone(
    mirrored: Erp, maria: Vendor, john: Vendor, client: Client, kind: Kind
) -> None:
    document = document_of(maria, kind)
    client.force_login(maria.user)
    assert client.get(f"{kind.pages}{document}/").status_code == 200
    give_to(mirrored, kind, document, john)
    mirrored.pull(kind.stream)
    assert client.get(f"{kind.pages}{document}/").status_code == 404
    assert owners_of_lines(kind, document) == {john.partner.pk}
    client.force_login(john.user)
    assert client.get(f"{kind.pages}{document}/").status_code == 200


@of_each_kind
def test_a_change_of_supplier_that_a_pull_has_missed_is_found_by_the_reconciliation(
    mirrored: Erp, maria: Vendor, john: Vendor, client: Client, kind: Kind
) -> None:
    document = document_of(maria, kind)
    give_to(mirrored, kind, document, john)
    mirrored.finish(start_run(kind.stream, reconcile=True, trigger=Run.Trigger.PERSON))
    client.force_login(maria.user)
    assert client.get(f"{kind.pages}{document}/").status_code == 404
    assert owners_of_lines(kind, document) == {john.partner.pk}


@of_each_kind
def test_one_that_is_nobodys_now_is_on_nobodys_pages(
    mirrored: Erp, maria: Vendor, client: Client, kind: Kind
) -> None:
    document = document_of(maria, kind)
    mirrored.administer(Reference(kind.entity_set, document), Supplier=f"{SUPPLIERS}({uuid.uuid4()})")
    mirrored.pull(kind.stream)
    client.force_login(maria.user)
    assert client.get(f"{kind.pages}{document}/").status_code == 404
    assert owners_of_lines(kind, document) == {None}


@of_each_kind
def test_one_that_is_gone_is_on_no_page(mirrored: Erp, maria: Vendor, client: Client, kind: Kind) -> None:
    document = document_of(maria, kind)
    mirrored.administer(Reference(kind.entity_set, document))
    mirrored.finish(start_run(kind.stream, reconcile=True, trigger=Run.Trigger.SCHEDULE))
    client.force_login(maria.user)
    assert client.get(f"{kind.pages}{document}/").status_code == 404
    assert owners_of_lines(kind, document) == set()
    assert client.get(kind.pages).status_code == 200


def test_a_void_order_takes_no_announcement_and_is_not_open(
    mirrored: Erp, maria: Vendor, client: Client
) -> None:
    order = maria.open_order()
    client.force_login(maria.user)
    page = client.get("/orders/", {"state": "open"}).content.decode()
    assert order.number in page
    mirrored.make_void(entities.PurchaseOrder.ENTITY_SET, order.pk)
    mirrored.pull("orders")
    assert order.number not in client.get("/orders/", {"state": "open"}).content.decode()
    assert "/announce" not in client.get(f"/orders/{order.pk}/").content.decode()
