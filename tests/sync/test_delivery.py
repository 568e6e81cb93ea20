"""Deliveries: what a partner saved stands in ERP.net once, and what ERP.net made of it comes back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from erpnet import Quantity
from sync.models import OutboxEntry, Shipment
from sync.outbox.claims import claim_next
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor, killed_worker_leaves, only_entry

pytestmark = pytest.mark.django_db

State = OutboxEntry.State


class TestAnAnnouncement:
    def test_stands_in_erp_net_once_in_state_new(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order, carrier="Speedy", tracking_number="T-1", notes="Two pallets")

        assert mirrored.deliver() == 1

        (document,) = mirrored.receiving_orders(shipment)
        assert (document.state, document.is_void) == ("New", False)
        assert document.purchase_order is not None
        assert document.purchase_order.id == order.pk
        assert document.supplier.id == order.supplier_id
        assert document.reference_document_no == "DN-1"
        assert document.notes == "Two pallets"
        assert document.planned_delivery_date == shipment.planned_delivery_date
        assert '"trackingNumber":"T-1"' in document.additional_data_json
        assert [received.quantity for received in document.lines] == [Quantity(Decimal(2), line.unit)]
        assert document.lines[0].purchase_order_line is not None
        assert document.lines[0].purchase_order_line.id == line.pk

    def test_brings_back_its_number_version_and_state(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()

        (document,) = mirrored.receiving_orders(shipment)
        shipment = maria.see(shipment)
        assert shipment.number == document.number
        assert shipment.erp_id == document.id
        assert shipment.object_version == document.object_version
        assert shipment.state == "New"
        entry = only_entry(shipment)
        assert (entry.state, entry.base, entry.theirs) == (State.DONE, None, None)

    def test_goes_on_counting_once_when_the_pull_brings_it_back(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        mirrored.deliver()
        mirrored.pull("receipts", full=True)

        assert maria.line(line.pk, order).open == line.open - 2
        assert Shipment.objects.filter(erp_id=maria.see(shipment).erp_id).count() == 1

    def test_finds_its_order_lines_however_their_ids_are_spelled(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        with connection.cursor() as cursor:
            cursor.execute(
                'UPDATE sync_outboxentry SET forms = forms || \'{"a later": "form"}\','
                " payload = replace(payload::text, %s, %s)::jsonb WHERE shipment_id = %s",
                [str(line.pk), line.pk.hex.upper(), shipment.pk],
            )
        assert only_entry(shipment).payload["lines"][0]["order_line"] == line.pk.hex.upper()

        assert mirrored.deliver() == 1

        (document,) = mirrored.receiving_orders(shipment)
        assert document.lines[0].purchase_order_line is not None
        assert document.lines[0].purchase_order_line.id == line.pk


class TestAChange:
    def test_arrives_as_an_update_of_the_same_document(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        later = timezone.localdate() + timedelta(days=9)
        maria.change(shipment, planned_delivery_date=later, tracking_number="T-2")

        assert mirrored.deliver() == 1

        (document,) = mirrored.receiving_orders(shipment)
        assert document.planned_delivery_date == later
        assert '"trackingNumber":"T-2"' in document.additional_data_json
        assert len(document.lines) == 1
        assert maria.see(shipment).object_version == document.object_version

    def test_leaves_what_other_applications_keep_in_the_document(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        mirrored.change(RECEIVING_ORDERS, document.id, AdditionalDataJson='{"other-app": {"kept": "yes"}}')
        mirrored.pull("receipts")
        maria.change(shipment, carrier="Econt")
        mirrored.deliver()

        (document,) = mirrored.receiving_orders(shipment)
        assert '"kept":"yes"' in document.additional_data_json
        assert '"carrier":"Econt"' in document.additional_data_json

    def test_saved_before_the_announcement_left_goes_with_it(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        maria.change(shipment, delivery_note_number="DN-2")
        mirrored.deliver()

        (document,) = mirrored.receiving_orders(shipment)
        assert document.reference_document_no == "DN-2"
        assert only_entry(shipment).state == State.DONE

    def test_saved_while_the_announcement_is_sent_follows_it(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        claim = claim_next()
        assert claim is not None
        maria.change(shipment, delivery_note_number="DN-2")
        assert claim_next() is None, "two entries of one shipment are never under way together"
        killed_worker_leaves(claim.entry)

        mirrored.deliver()

        (document,) = mirrored.receiving_orders(shipment)
        assert document.reference_document_no == "DN-2"
        assert set(OutboxEntry.objects.values_list("state", flat=True)) == {State.DONE}

    def test_of_what_erp_net_changed_meanwhile_overwrites_nothing(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        mirrored.change(RECEIVING_ORDERS, document.id, Notes="Call before you come")
        maria.change(shipment, notes="Two pallets")
        mirrored.deliver()

        (document,) = mirrored.receiving_orders(shipment)
        assert document.notes == "Call before you come"
        entry = OutboxEntry.objects.latest("pk")
        assert entry.state == State.CONFLICT
        assert maria.see(shipment).notes == "Two pallets", "what she entered stands beside the message"
        assert maria.see(shipment).object_version == document.object_version

        maria.change(shipment, notes="Two pallets, calling first")
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        assert document.notes == "Two pallets, calling first"

    def test_keeps_what_she_saw_and_what_erp_net_has_beside_what_she_wants(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        shipment = maria.announce(maria.open_order(), notes="At first")
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        mirrored.change(RECEIVING_ORDERS, document.id, Notes="Call before you come")
        maria.change(shipment, notes="Two pallets")
        mirrored.deliver()

        entry = OutboxEntry.objects.latest("pk")
        sides = (entry.base, entry.payload, entry.theirs)
        assert [side["header"]["notes"] for side in sides] == [
            "At first",
            "Two pallets",
            "Call before you come",
        ]
        assert entry.base["lines"] == entry.payload["lines"] == entry.theirs["lines"]

        maria.change(shipment, notes="Two pallets, calling first")
        corrected = OutboxEntry.objects.latest("pk")
        assert corrected.base["header"]["notes"] == "Call before you come", "by now she has seen that"
        mirrored.deliver()
        corrected.refresh_from_db()
        assert (corrected.state, corrected.theirs) == (State.DONE, None)

    def test_of_a_document_that_is_gone_is_refused(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        Shipment.objects.filter(pk=shipment.pk).update(erp_id=shipment.pk)
        maria.change(shipment, notes="Two pallets")
        mirrored.deliver()

        assert OutboxEntry.objects.latest("pk").state == State.REJECTED
