"""One document read again from ERP.net because somebody opened it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from erpnet import Reference, entities
from sync import selectors
from sync.checks import check_settings
from sync.models import Invoice, OrderLine, OutboxEntry, PaymentOrder, PurchaseOrder, Shipment, UnreadableRow
from sync.services.refresh import refresh_document
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor

pytestmark = pytest.mark.django_db

ORDERS, INVOICES = entities.PurchaseOrder.ENTITY_SET, entities.PurchaseInvoice.ENTITY_SET
A_WHILE_AGO = timezone.now() - timedelta(hours=3)


def refresh(erp: Erp, kind: str, document: Any) -> bool:
    with erp.worker() as api:
        return refresh_document(kind, document.pk, api)


def an_invoice(maria: Vendor) -> Any:
    with maria.acting():
        return next(
            invoice
            for invoice in selectors.invoices_for(maria.membership)
            if selectors.payment_orders_for(maria.membership, invoice.pk)
        )


class TestWhatChanged:
    def test_an_order_comes_with_its_lines(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = OrderLine.objects.filter(order=order).first()
        assert line is not None
        mirrored.administer(Reference(ORDERS, order.pk), Notes="Ring at gate 4")
        line_set = entities.PurchaseOrderLine.ENTITY_SET
        mirrored.administer(Reference(line_set, line.pk), PlannedDeliveryDate="2031-05-06")

        assert refresh(mirrored, "order", order)

        order.refresh_from_db()
        line.refresh_from_db()
        assert order.notes == "Ring at gate 4"
        assert str(line.planned_delivery_date) == "2031-05-06"

    def test_an_order_comes_with_the_receipts_on_its_page(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        shipment = maria.announce(order)
        mirrored.deliver()
        mirrored.release(shipment)
        asked = mirrored.api.counters.requests

        assert refresh(mirrored, "order", order)

        assert mirrored.api.counters.requests - asked == 2, "however many there are"
        shipment.refresh_from_db()
        assert shipment.state == "Released"

    def test_a_shipment_comes_with_its_version(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        mirrored.release(shipment)

        assert refresh(mirrored, "shipment", shipment)

        (document,) = mirrored.receiving_orders(shipment)
        shipment.refresh_from_db()
        assert (shipment.state, shipment.object_version) == ("Released", document.object_version)

    def test_an_invoice_comes_with_what_is_to_be_paid(self, mirrored: Erp, maria: Vendor) -> None:
        invoice = an_invoice(maria)
        payment = PaymentOrder.objects.filter(invoice=invoice.pk).first()
        assert payment is not None
        mirrored.administer(
            Reference(entities.PaymentOrder.ENTITY_SET, payment.pk), DueDate="2031-05-06T00:00:00Z"
        )

        assert refresh(mirrored, "invoice", invoice)

        payment.refresh_from_db()
        assert str(payment.due_date) == "2031-05-06"

    def test_what_a_partner_wants_stands_until_erp_net_has_taken_it(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        shipment = maria.announce(maria.open_order(), notes="At first")
        mirrored.deliver()
        maria.change(shipment, notes="Two pallets")

        assert refresh(mirrored, "shipment", shipment)

        assert maria.see(shipment).notes == "Two pallets"


class TestNothingChanged:
    @pytest.mark.parametrize("kind", ["order", "invoice", "shipment"])
    def test_the_copy_is_fresh_all_the_same(self, mirrored: Erp, maria: Vendor, kind: str) -> None:
        model: Any = {"order": PurchaseOrder, "invoice": Invoice, "shipment": Shipment}[kind]
        document = model.objects.filter(partner=maria.partner).exclude(fetched_at=None).first()
        model.objects.filter(pk=document.pk).update(fetched_at=A_WHILE_AGO)

        assert refresh(mirrored, kind, document)

        document.refresh_from_db()
        assert document.fetched_at > A_WHILE_AGO + timedelta(hours=1)

    def test_an_older_answer_does_not_win(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        newer = timezone.now() + timedelta(days=1)
        PurchaseOrder.objects.filter(pk=order.pk).update(notes="The newest", erp_updated_at=newer)

        refresh(mirrored, "order", order)

        order.refresh_from_db()
        assert order.notes == "The newest"


class TestWhoseItIs:
    def test_a_document_of_another_supplier_leaves_the_partner_with_its_lines(
        self, mirrored: Erp, maria: Vendor, john: Vendor
    ) -> None:
        order = maria.open_order()
        supplier = f"{entities.Supplier.ENTITY_SET}({john.partner.suppliers.all()[0].pk})"
        mirrored.administer(Reference(ORDERS, order.pk), Supplier=supplier)

        refresh(mirrored, "order", order)

        with maria.acting(), pytest.raises(PurchaseOrder.DoesNotExist):
            selectors.order_for(maria.membership, order.pk)
        assert set(OrderLine.objects.filter(order=order).values_list("partner", flat=True)) == {
            john.partner.pk
        }


class TestGone:
    def test_an_order_that_is_gone_there_is_gone_here(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        with_nothing = PurchaseOrder.objects.create(
            id=uuid.uuid4(),
            fetched_at=A_WHILE_AGO,
            partner=maria.partner,
            number="gone",
            document_date=order.document_date,
            state="Released",
        )

        assert refresh(mirrored, "order", with_nothing)
        assert not PurchaseOrder.objects.filter(pk=with_nothing.pk).exists()

    def test_a_shipment_of_the_partner_stays_with_its_story_as_void(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        mirrored.deliver()
        Shipment.objects.filter(pk=shipment.pk).update(erp_id=uuid.uuid4())

        assert refresh(mirrored, "shipment", shipment)

        assert maria.see(shipment).is_void
        assert maria.line(line.pk, order).open == line.open


class TestWhatIsNotShown:
    """The service may have lost its right to read such documents: then none that people open may vanish."""

    def test_stays_where_nothing_like_it_is_shown(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        PurchaseOrder.objects.filter(pk=order.pk).update(fetched_at=A_WHILE_AGO)
        for each in PurchaseOrder.objects.all():
            mirrored.administer(Reference(ORDERS, each.pk))

        assert not refresh(mirrored, "order", order)

        order.refresh_from_db()
        assert order.fetched_at == A_WHILE_AGO, "its page says how old it is"

    def test_stays_where_only_other_suppliers_are_shown(
        self, mirrored: Erp, maria: Vendor, john: Vendor
    ) -> None:
        order = maria.open_order()
        theirs = PurchaseOrder.objects.filter(supplier=order.supplier)
        assert theirs.count() > 1
        for each in theirs:
            mirrored.administer(Reference(ORDERS, each.pk))
        assert john.open_order()

        assert not refresh(mirrored, "order", order)
        assert PurchaseOrder.objects.filter(pk=order.pk).exists()

    def test_is_gone_where_another_of_its_supplier_is_shown(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        mirrored.administer(Reference(ORDERS, order.pk))

        assert refresh(mirrored, "order", order)
        assert not PurchaseOrder.objects.filter(pk=order.pk).exists()


class TestWhatCannotBeRead:
    def test_is_kept_as_a_run_would_keep_it_until_it_is_read_well(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        mirrored.administer(Reference(ORDERS, order.pk), DocumentDate="soon")

        assert not refresh(mirrored, "order", order)

        kept = UnreadableRow.objects.get()
        assert (kept.stream_id, kept.object_id, kept.run) == ("orders", str(order.pk), None)
        assert kept.row["DocumentDate"] == "soon"
        assert "DocumentDate" in kept.why
        mirrored.administer(Reference(ORDERS, order.pk), DocumentDate="2026-01-05T00:00:00Z")
        assert refresh(mirrored, "order", order)
        assert not UnreadableRow.objects.exists()

    def test_stays_with_the_run_that_met_it(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        mirrored.administer(Reference(ORDERS, order.pk), DocumentDate="soon")
        run = mirrored.pull("orders")

        refresh(mirrored, "order", order)

        assert UnreadableRow.objects.get().run == run

    def test_may_stand_beside_what_can(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        shipment = maria.announce(order)
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        mirrored.administer(Reference(ORDERS, order.pk), Notes="Ring at gate 4")
        mirrored.administer(Reference(RECEIVING_ORDERS, document.id), DocumentDate="soon")

        assert refresh(mirrored, "order", order)

        order.refresh_from_db()
        assert order.notes == "Ring at gate 4"
        assert UnreadableRow.objects.get().stream_id == "receipts"


class TestErpNetCannotBeAsked:
    def test_the_copy_stays_as_it_is(self, mirrored: Erp, maria: Vendor, caplog: Any) -> None:
        order = maria.open_order()
        PurchaseOrder.objects.filter(pk=order.pk).update(fetched_at=A_WHILE_AGO)
        mirrored.fail("bad-gateway", times=2)

        assert not refresh(mirrored, "order", order)

        order.refresh_from_db()
        assert order.fetched_at == A_WHILE_AGO
        assert "could not be read again" in caplog.text

    def test_what_has_never_been_there_is_not_asked_for(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.fail("bad-gateway", times=1)

        assert not refresh(mirrored, "shipment", shipment)
        assert mirrored.sandbox.instance.faults.waiting(), "nobody asked"


class TestAConflict:
    def test_shows_what_erp_net_has_by_now(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        mirrored.change(RECEIVING_ORDERS, document.id, Notes="Call before you come")
        maria.change(shipment, notes="Two pallets")
        mirrored.deliver()
        mirrored.change(RECEIVING_ORDERS, document.id, Notes="Call twice")

        refresh(mirrored, "shipment", shipment)

        entry = OutboxEntry.objects.latest("pk")
        (document,) = mirrored.receiving_orders(shipment)
        assert entry.theirs["header"]["notes"] == "Call twice"
        assert entry.theirs["version"] == document.object_version
        assert entry.payload["header"]["notes"] == "Two pallets"


class TestHowOldACopyIs:
    def test_a_run_makes_what_it_did_not_bring_as_fresh_as_itself(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        order.fetched_at = A_WHILE_AGO
        assert not selectors.copy_of("order", order).is_old

    def test_a_shipment_that_erp_net_does_not_have_is_never_old(self, db: None) -> None:
        assert not selectors.copy_of("shipment", Shipment(erp_id=None, fetched_at=None)).is_old

    def test_without_any_run_a_document_is_as_old_as_its_copy(self, db: None) -> None:
        assert selectors.copy_of("order", PurchaseOrder(fetched_at=A_WHILE_AGO)).is_old
        assert not selectors.copy_of("order", PurchaseOrder(fetched_at=timezone.now())).is_old

    def test_no_time_at_all_is_refused(self, settings: Settings) -> None:
        settings.REFRESH_AFTER_SECONDS = 0
        assert "sync.E010" in [fault.id for fault in check_settings(None)]
