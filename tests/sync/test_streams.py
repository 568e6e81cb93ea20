"""Pulling: the mirror is what ERP.net has, however often, in whatever order and with whatever breaks off."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from erpnet import F, entities
from sync.models import (
    Invoice,
    OrderLine,
    PaymentOrder,
    Product,
    PurchaseOrder,
    Run,
    Shipment,
    Stream,
    StreamName,
)
from sync.outbox.claims import claim_next
from sync.streams import incremental
from sync.streams.mapping.documents import purchase_order
from sync.streams.mapping.straight import purchase_order as straight_order
from sync.streams.table import STREAMS
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor

pytestmark = pytest.mark.django_db

PURCHASE_ORDERS = "Logistics_Procurement_PurchaseOrders"
ORDERS_FEED = STREAMS[StreamName.ORDERS].feeds[0]


def versions(table: str) -> set[tuple[Any, ...]]:
    """Which row versions a table has: any write makes others."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, xmin::text, ctid::text FROM {table}")
        return set(cursor.fetchall())


class TestAFirstRun:
    def test_mirrors_every_document_with_its_lines_and_partner(self, mirrored: Erp) -> None:
        known = {row["Id"] for row in mirrored.own_people.page(entities.PurchaseOrder.query().top(1000)).rows}
        orders = PurchaseOrder.objects.all()
        assert {str(order.pk) for order in orders} == known
        assert not orders.filter(partner=None).exists()
        assert not OrderLine.objects.filter(partner=None).exists()
        row = mirrored.first(entities.PurchaseOrder.query())
        order = PurchaseOrder.objects.get(pk=row["Id"])
        assert order.number == row["DocumentNo"]
        assert order.lines.count() == len(row["Lines"])

    def test_mirrors_invoices_with_what_is_to_be_paid(self, mirrored: Erp) -> None:
        assert Invoice.objects.exists()
        assert not Invoice.objects.filter(partner=None).exists()
        assert PaymentOrder.objects.filter(invoice__isnull=False).exists()

    def test_leaves_a_watermark_and_an_age(self, mirrored: Erp) -> None:
        stream = Stream.objects.get(pk="orders")
        run = Run.objects.get(stream=stream)
        assert set(stream.watermarks) == {PURCHASE_ORDERS}
        assert stream.fresh_at == run.started_at
        assert run.state == Run.State.DONE
        assert (run.rows_read, run.rows_changed, run.rows_failed) == (40, 40, 0)


class TestALaterRun:
    def test_that_finds_nothing_new_writes_nothing(self, mirrored: Erp) -> None:
        tables = (
            "sync_purchaseorder",
            "sync_orderline",
            "sync_shipment",
            "sync_shipmentline",
            "sync_supplier",
        )
        before = {table: versions(table) for table in tables}
        run = mirrored.pull("directory", "receipts", "orders", full=True)
        assert {table: versions(table) for table in tables} == before
        assert (run.rows_read, run.rows_changed) == (40, 0)

    def test_asks_for_changes_only(self, mirrored: Erp) -> None:
        order = PurchaseOrder.objects.filter(state="New").first() or PurchaseOrder.objects.first()
        assert order is not None
        Stream.objects.filter(pk="orders").update(watermarks={PURCHASE_ORDERS: timezone.now().isoformat()})
        run = mirrored.pull("orders")
        assert run.mode == Run.Mode.INCREMENTAL
        assert run.rows_read < 40

    def test_brings_a_change_of_state(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        mirrored.release(shipment)
        mirrored.pull("receipts")
        assert maria.see(shipment).state == "Released"

    def test_marks_what_was_made_void(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        mirrored.make_void(PURCHASE_ORDERS, order.pk)
        mirrored.pull("orders")
        order.refresh_from_db()
        assert order.is_void

    def test_an_older_copy_changes_nothing(self, mirrored: Erp) -> None:
        row = mirrored.first(entities.PurchaseOrder.query())
        older = {
            **row,
            "DocumentNo": "OLD",
            "Lines": [],
            "AggregateLastUpdateTimeUtc": "2001-01-01T00:00:00Z",
        }
        assert incremental.write(ORDERS_FEED, [older]).changed == 0
        order = PurchaseOrder.objects.get(pk=row["Id"])
        assert order.number == row["DocumentNo"]
        assert order.lines.count() == len(row["Lines"])

    def test_lines_are_replaced_with_their_document(self, mirrored: Erp) -> None:
        row = mirrored.first(entities.PurchaseOrder.query())
        kept, *_gone = row["Lines"]
        new = {**kept, "Id": str(uuid.uuid4()), "LineNo": 990}
        newer = {**row, "Lines": [kept, new], "AggregateLastUpdateTimeUtc": "2099-01-01T00:00:00Z"}
        incremental.write(ORDERS_FEED, [newer])
        order = PurchaseOrder.objects.get(pk=row["Id"])
        assert {str(line.pk) for line in order.lines.all()} == {kept["Id"], new["Id"]}
        assert {line.partner_id for line in order.lines.all()} == {order.partner_id}

    def test_a_document_twice_on_a_page_counts_as_its_newest(self, mirrored: Erp) -> None:
        row = mirrored.first(entities.PurchaseOrder.query())
        newer = {**row, "DocumentNo": "NEW", "AggregateLastUpdateTimeUtc": "2099-01-01T00:00:00Z"}
        incremental.write(ORDERS_FEED, [newer, row])
        assert PurchaseOrder.objects.get(pk=row["Id"]).number == "NEW"

    def test_a_document_of_another_supplier_leaves_the_partner_with_all_its_lines(
        self, mirrored: Erp, maria: Vendor, john: Vendor
    ) -> None:
        row = mirrored.first(entities.PurchaseOrder.query().filter(F.Id.eq(maria.open_order().pk)))
        supplier = john.open_order().supplier_id
        moved = {
            **row,
            "Supplier": {"@odata.id": f"Logistics_Procurement_Suppliers({supplier})"},
            "AggregateLastUpdateTimeUtc": "2099-01-01T00:00:00Z",
        }
        incremental.write(ORDERS_FEED, [moved])
        order = PurchaseOrder.objects.get(pk=row["Id"])
        assert order.partner == john.partner
        assert {line.partner_id for line in order.lines.all()} == {john.partner.pk}


class TestABadRow:
    def test_stops_neither_the_page_nor_the_run_which_is_not_called_clean(self, erp: Erp) -> None:
        erp.pull("directory")
        store = erp.sandbox.instance.store
        entity = store.model["Logistics.Procurement.PurchaseOrders"]
        row = next(iter(store.table(entity.name)))
        store.write([(entity.name, {**row, "DocumentDate": "soon"})])
        run = erp.pull("orders")
        assert run.state == Run.State.FLAWED
        assert (run.rows_failed, PurchaseOrder.objects.count()) == (1, 39)
        (kept,) = run.unreadable_rows.all()
        assert (kept.entity_set, kept.object_id) == (PURCHASE_ORDERS, row["Id"])
        assert "DocumentDate" in kept.why

    def test_that_postgresql_refuses_stands_alone(self, mirrored: Erp) -> None:
        rows = mirrored.own_people.page(entities.PurchaseOrder.query().top(5)).rows
        newer = [{**row, "Notes": "N", "AggregateLastUpdateTimeUtc": "2099-01-01T00:00:00Z"} for row in rows]
        newer[2]["DocumentNo"] = "X" * 99
        written = incremental.write(ORDERS_FEED, newer)
        assert written.changed == 4
        assert [one.object_id for one in written.unreadable] == [rows[2]["Id"]]
        assert PurchaseOrder.objects.filter(notes="N").count() == 4


class TestShipmentsComeBack:
    def test_what_the_partner_changed_and_erp_net_has_not_taken_stands(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        maria.change(shipment, notes="Two pallets")
        assert claim_next() is not None
        mirrored.change(RECEIVING_ORDERS, document.id, Notes="Call first")
        mirrored.pull("receipts")
        shipment = maria.see(shipment)
        assert shipment.notes == "Two pallets"
        assert shipment.object_version == mirrored.receiving_orders(shipment)[0].object_version

    def test_what_erp_net_changed_comes_in_otherwise(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        mirrored.change(RECEIVING_ORDERS, document.id, Notes="Call first")
        mirrored.pull("receipts")
        assert maria.see(shipment).notes == "Call first"

    def test_a_receiving_order_made_in_erp_net_keeps_its_id(self, mirrored: Erp) -> None:
        shipment = Shipment.objects.filter(erp_id__isnull=False).first()
        assert shipment is not None
        assert shipment.pk == shipment.erp_id

    def test_one_whose_answer_was_lost_is_recognised_by_the_pull(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.fail("answer-lost", methods=("POST",))
        mirrored.deliver()
        mirrored.pull("receipts")
        (document,) = mirrored.receiving_orders(shipment)
        assert maria.see(shipment).erp_id == document.id
        assert Shipment.objects.filter(erp_id=document.id).count() == 1


def test_products_come_with_names_in_both_languages(mirrored: Erp) -> None:
    product = Product.objects.first()
    assert product is not None
    assert set(product.names) == {"EN", "BG"}


def test_orders_are_read_straight_as_they_are_read_with_care(mirrored: Erp) -> None:
    rows = mirrored.own_people.page(ORDERS_FEED.query().top(1000)).rows
    bare = {**rows[0], "Store": None, "DocumentCurrency": None, "Notes": None, "PlannedDeliveryDate": None}
    for row in [*rows, bare]:
        straight, careful = straight_order(row), purchase_order(entities.PurchaseOrder.from_row(row))
        assert [str(value) for value in straight.row] == [str(value) for value in careful.row]
        for quick, slow in zip(straight.lines, careful.lines, strict=True):
            assert [_plain(value) for value in quick] == [_plain(value) for value in slow]


def _plain(value: Any) -> Any:
    """A value as PostgreSQL takes it in: amounts by their worth, texts in several languages by what they say."""
    text = str(value)
    return json.loads(text) if text.startswith("{") else Decimal(text) if text.count(".") else text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "", None, {}])
def test_no_quantity_that_is_no_number_comes_in(mirrored: Erp, number: Any) -> None:
    row = mirrored.first(ORDERS_FEED.query())
    line = {**row["Lines"][0], "Quantity": {"Value": number, "Unit": "kg"}}
    odd = {**row, "Lines": [line], "AggregateLastUpdateTimeUtc": "2099-01-01T00:00:00Z"}
    written = incremental.write(ORDERS_FEED, [odd])
    assert (written.changed, len(written.unreadable)) == (0, 1)
    assert "Quantity" in written.unreadable[0].why
