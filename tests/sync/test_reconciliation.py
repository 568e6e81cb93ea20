"""Reconciliation: what ERP.net deleted leaves the mirror, what the mirror lacks comes in, and all else stays."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Membership
from erpnet import Reference, entities
from sync import tasks
from sync.models import (
    Company,
    Invoice,
    InvoiceLine,
    OrderLine,
    ProductSupply,
    PurchaseOrder,
    Run,
    Shipment,
    ShipmentLine,
    Stream,
)
from sync.schedule import SCHEDULE
from sync.services.runs import start_run
from sync.services.sweep import prune, sweep
from sync.streams.falls import FEW
from tests.sync import builders as make
from tests.sync.erp import PULLED, RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor

pytestmark = pytest.mark.django_db

PURCHASE_ORDERS = entities.PurchaseOrder.ENTITY_SET
PRICES = entities.PurchaseProductPrice.ENTITY_SET


def reconcile(erp: Erp, stream: str) -> Run:
    return erp.finish(start_run(stream, reconcile=True, trigger=Run.Trigger.PERSON))


def delete(erp: Erp, entity_set: str, object_id: Any) -> None:
    erp.administer(Reference(entity_set, object_id))


def ids_noted() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sync_seen")
        return int(cursor.fetchone()[0])


def crash_of_postgresql() -> None:
    """It comes back with its unlogged tables empty."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sync_seen")


class TestWhatIsGone:
    def test_leaves_the_mirror_with_its_lines_and_the_pages_of_its_vendor(
        self, mirrored: Erp, maria: Vendor, client: Any
    ) -> None:
        order = maria.open_order()
        client.force_login(maria.user)
        delete(mirrored, PURCHASE_ORDERS, order.pk)
        mirrored.pull("orders", full=True)
        assert client.get(f"/orders/{order.pk}/").status_code == 200, "what is gone is in no pull"

        run = reconcile(mirrored, "orders")
        assert (run.state, run.rows_read, run.rows_changed, run.rows_removed) == (Run.State.DONE, 39, 0, 1)
        assert client.get(f"/orders/{order.pk}/").status_code == 404
        assert not OrderLine.objects.filter(order_id=order.pk).exists()
        assert ids_noted() == 0

    def test_leaves_pages_that_spoke_of_it_standing(self, mirrored: Erp, maria: Vendor, client: Any) -> None:
        order = maria.open_order()
        shipment = maria.announce(order)
        client.force_login(maria.user)
        delete(mirrored, PURCHASE_ORDERS, order.pk)
        reconcile(mirrored, "orders")
        assert client.get(f"/shipments/{shipment.pk}/").status_code == 200
        assert client.get("/shipments/").status_code == 200

    def test_may_be_an_invoice(self, mirrored: Erp, maria: Vendor) -> None:
        invoice = first_id(mirrored, entities.PurchaseInvoice.query())
        delete(mirrored, entities.PurchaseInvoice.ENTITY_SET, invoice)
        assert reconcile(mirrored, "invoices").rows_removed == 1
        assert not InvoiceLine.objects.filter(invoice_id=invoice).exists()

    def test_may_be_a_receipt(self, mirrored: Erp) -> None:
        receipt = Shipment.objects.filter(erp_id__isnull=False)[0].pk
        delete(mirrored, RECEIVING_ORDERS, receipt)
        assert reconcile(mirrored, "receipts").rows_removed == 1
        assert not Shipment.objects.filter(pk=receipt).exists()
        assert not ShipmentLine.objects.filter(shipment_id=receipt).exists()

    def test_may_be_one_price_beside_the_other_rules_of_supply(self, mirrored: Erp) -> None:
        before = ProductSupply.objects.count()
        price = first_id(mirrored, entities.PurchaseProductPrice.query())
        delete(mirrored, PRICES, price)
        assert reconcile(mirrored, "products").rows_removed == 1
        assert ProductSupply.objects.count() == before - 1

    def test_is_switched_off_where_there_is_a_switch_and_on_again_when_it_is_back(
        self, mirrored: Erp
    ) -> None:
        company = Company.objects.filter(is_active=True)[0]
        Company.objects.filter(pk=company.pk).update(id=uuid.uuid4())
        run = reconcile(mirrored, "directory")
        assert (run.rows_changed, run.rows_removed) == (1, 1)
        stranger = Company.objects.exclude(is_active=True).get(code=company.code)
        Company.objects.filter(pk=company.pk).delete()
        Company.objects.filter(pk=stranger.pk).update(id=company.pk)
        reconcile(mirrored, "directory")
        assert Company.objects.get(pk=company.pk).is_active, "the very version that it had before"


class TestWhatThePortalAnnounced:
    def test_stays_while_erp_net_does_not_have_it(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        assert reconcile(mirrored, "receipts").rows_removed == 0
        assert not maria.see(shipment).is_void

    def test_is_void_once_it_was_deleted_there_and_can_be_announced_again(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        mirrored.deliver()
        assert maria.line(line.pk, order).open == line.open - 2
        earlier(Shipment, shipment.pk)

        delete(mirrored, RECEIVING_ORDERS, mirrored.receiving_orders(shipment)[0].id)
        assert reconcile(mirrored, "receipts").rows_removed == 1
        assert maria.see(shipment).is_void
        assert maria.line(line.pk, order).open == line.open
        assert reconcile(mirrored, "receipts").rows_removed == 0, "it is put away once"


class TestWhatTheMirrorLacks:
    def test_is_pulled_and_so_is_what_it_has_in_an_older_state(self, mirrored: Erp) -> None:
        missing, outdated, *_rest = PurchaseOrder.objects.all()
        OrderLine.objects.filter(order=missing).delete()
        PurchaseOrder.objects.filter(pk=missing.pk).delete()
        before = timezone.now() - timedelta(days=4000)
        PurchaseOrder.objects.filter(pk=outdated.pk).update(number="OLD", erp_updated_at=before)

        run = reconcile(mirrored, "orders")
        assert (run.rows_read, run.rows_changed, run.rows_removed) == (40, 2, 0)
        assert PurchaseOrder.objects.get(pk=missing.pk).lines.exists()
        assert PurchaseOrder.objects.get(pk=outdated.pk).number == outdated.number

    def test_may_be_everything(self, erp: Erp) -> None:
        erp.pull("directory")
        assert reconcile(erp, "orders").rows_changed == 40
        assert Stream.objects.get(pk="orders").watermarks == {}, "only a pull may move the watermark"

    def test_where_it_lacks_nothing_costs_a_count_and_a_request_for_a_thousand_ids(
        self, mirrored: Erp
    ) -> None:
        run = reconcile(mirrored, "orders")
        assert (run.requests, run.pages, run.rows_expected) == (2, 1, 40)


class TestItIsCareful:
    def test_what_was_copied_after_it_began_stays(self, mirrored: Erp, settings: Settings) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        run = mirrored.slice(start_run("products", reconcile=True, trigger=Run.Trigger.PERSON))
        late = make.mirrored(ProductSupply, kind="price")
        mirrored.finish(run)
        assert ProductSupply.objects.filter(pk=late.pk).exists()

    def test_a_crash_that_lost_its_notes_deletes_nothing(self, mirrored: Erp, settings: Settings) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        before = ProductSupply.objects.count()
        delete(mirrored, PRICES, first_id(mirrored, entities.PurchaseProductPrice.query()))
        run = mirrored.slice(start_run("products", reconcile=True, trigger=Run.Trigger.PERSON))
        run = mirrored.slice(run)
        assert ids_noted() > 0
        crash_of_postgresql()
        run = mirrored.slice(run)
        assert ProductSupply.objects.count() == before
        run = mirrored.finish(run)
        assert (run.state, run.pages, run.rows_removed) == (Run.State.DONE, 5, 1), (
            "both feeds were read again"
        )

    def test_what_pages_did_not_show_is_asked_for_before_it_is_taken_away(
        self, mirrored: Erp, settings: Settings
    ) -> None:
        """As where a row moves to a page that has been read."""
        settings.SYNC_SLICE_SECONDS = 0
        before = ProductSupply.objects.count()
        overlooked, gone = (
            first_id(mirrored, query)
            for query in (entities.ProductSupply.query(), entities.PurchaseProductPrice.query())
        )
        run = mirrored.slice(start_run("products", reconcile=True, trigger=Run.Trigger.PERSON))
        run = mirrored.slice(run)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sync_seen WHERE object_id = %s", [overlooked])
            assert cursor.rowcount == 1
        Run.objects.filter(pk=run.pk).update(cursor={**run.cursor, "ids": run.cursor["ids"] - 1})
        delete(mirrored, PRICES, gone)
        run = mirrored.finish(run)
        assert (run.state, run.rows_removed) == (Run.State.DONE, 1)
        assert ProductSupply.objects.count() == before - 1
        assert ProductSupply.objects.filter(pk=overlooked).exists()

    def test_more_than_is_believed_is_not_taken_away(self, mirrored: Erp, settings: Settings) -> None:
        for order in PurchaseOrder.objects.all()[:11]:
            delete(mirrored, PURCHASE_ORDERS, order.pk)
        run = reconcile(mirrored, "orders")
        assert run.state == Run.State.REFUSED
        assert "11 rows of purchase orders" in run.message
        assert PurchaseOrder.objects.count() == 40
        settings.RECONCILIATION_LARGEST_FALL = 0.5
        assert reconcile(mirrored, "orders").rows_removed == 11

    def test_nothing_at_all_is_not_believed_however_small_the_table(self, mirrored: Erp) -> None:
        """The service may have lost its right to see them."""
        before = Invoice.objects.count()
        assert 0 < before <= FEW
        for invoice in Invoice.objects.all():
            delete(mirrored, entities.PurchaseInvoice.ENTITY_SET, invoice.pk)
        assert reconcile(mirrored, "invoices").state == Run.State.REFUSED
        assert Invoice.objects.count() == before

    def test_notes_of_a_run_that_broke_off_are_pruned(self, mirrored: Erp, settings: Settings) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        run = start_run("products", reconcile=True, trigger=Run.Trigger.PERSON)
        mirrored.slice(mirrored.slice(run))
        prune()
        assert ids_noted() > 0, "somebody may go on with it"
        Run.objects.filter(pk=run.pk).update(state="failed", finished_at=timezone.now() - timedelta(days=2))
        prune()
        assert ids_noted() == 0


class TestItsTurn:
    def test_comes_when_the_run_that_is_open_has_ended(self, mirrored: Erp) -> None:
        open_run = start_run("orders", trigger=Run.Trigger.SCHEDULE)
        assert start_run("orders", reconcile=True, trigger=Run.Trigger.PERSON) == open_run
        sweep()
        assert Run.objects.filter(state__in=Run.OPEN).get() == open_run
        mirrored.finish(open_run)
        sweep()
        run = Run.objects.get(state__in=Run.OPEN)
        assert (run.mode, run.trigger) == (Run.Mode.RECONCILIATION, Run.Trigger.PERSON)
        mirrored.finish(run)
        sweep()
        assert not Run.objects.filter(state__in=Run.OPEN).exists(), "it is asked for once"

    def test_is_given_by_whoever_starts_the_stream_first(self, mirrored: Erp) -> None:
        mirrored.finish(ask_during_a_pull())
        tasks.start_run("orders")
        assert Run.objects.get(state__in=Run.OPEN).mode == Run.Mode.RECONCILIATION

    def test_comes_every_week_for_each_stream_that_is_no_snapshot(self) -> None:
        weekly = [entry for entry in SCHEDULE if entry.kwargs == {"reconcile": True}]
        assert {entry.args[0] for entry in weekly} == {*PULLED}
        tasks.start_run(*weekly[0].args, **weekly[0].kwargs)
        assert Run.objects.get().mode == Run.Mode.RECONCILIATION

    def test_can_be_taken_by_hand(self, mirrored: Erp) -> None:
        delete(mirrored, PURCHASE_ORDERS, PurchaseOrder.objects.all()[0].pk)
        out = io.StringIO()
        call_command("sync", "orders", "--reconcile", stdout=out)
        assert "1 removed" in out.getvalue()

    def test_of_the_directory_closes_and_opens_the_same_doors(self, mirrored: Erp) -> None:
        members = set(Membership.objects.filter(is_active=True).values_list("pk", flat=True))
        assert reconcile(mirrored, "directory").state == Run.State.DONE
        assert set(Membership.objects.filter(is_active=True).values_list("pk", flat=True)) == members


def ask_during_a_pull() -> Run:
    open_run = start_run("orders", trigger=Run.Trigger.SCHEDULE)
    start_run("orders", reconcile=True, trigger=Run.Trigger.PERSON)
    return open_run


def first_id(erp: Erp, query: Any) -> uuid.UUID:
    """The id of the first object of a query."""
    return uuid.UUID(erp.first(query)["Id"])


def earlier(model: Any, pk: Any) -> None:
    """Let a row have been copied a while ago."""
    model.objects.filter(pk=pk).update(fetched_at=timezone.now() - timedelta(minutes=1))
