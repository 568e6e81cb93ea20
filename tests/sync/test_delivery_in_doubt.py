"""Deliveries of which nobody knows whether they arrived: they stand in ERP.net once all the same."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from django.utils import timezone

from erpnet import DomainApi, Reference, entities
from sync.exceptions import ShipmentInvalid
from sync.models import OutboxEntry, Shipment
from sync.outbox import outcomes
from sync.outbox.claims import ClaimLost, claim_next
from sync.outbox.delivery import deliver_due
from sync.services.deliveries import retry_delivery
from sync.services.forms import LineQuantity
from tests.deliveries import bring_to
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor, killed_worker_leaves, only_entry

pytestmark = pytest.mark.django_db

State = OutboxEntry.State


class TestNobodyKnows:
    def test_an_answer_lost_after_the_commit_makes_no_second_document(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.fail("answer-lost", methods=("POST",))
        mirrored.deliver()
        assert only_entry(shipment).state == State.UNKNOWN
        assert len(mirrored.receiving_orders(shipment)) == 1

        mirrored.deliver()

        assert only_entry(shipment).state == State.DONE
        (document,) = mirrored.receiving_orders(shipment)
        assert maria.see(shipment).number == document.number

    def test_a_request_that_got_lost_is_sent_again(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.fail("offline", methods=("POST",))
        mirrored.deliver()
        assert only_entry(shipment).state == State.UNKNOWN

        mirrored.deliver()

        assert len(mirrored.receiving_orders(shipment)) == 1

    def test_a_request_that_is_carried_out_late_changes_nothing(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order(), notes="At first")
        mirrored.fail("slow", methods=("POST",), seconds=2.5)
        carried_out = time.monotonic() + 3
        deliver_due(DomainApi(mirrored.sandbox.application(), timeout=(5, 1)))
        assert only_entry(shipment).state == State.UNKNOWN
        mirrored.deliver()
        maria.change(shipment, notes="Later")
        mirrored.deliver()
        before = mirrored.receiving_orders(shipment)

        time.sleep(max(0.0, carried_out - time.monotonic()))

        assert mirrored.receiving_orders(shipment) == before
        (document,) = before
        assert (len(document.lines), document.notes) == (1, "Later")

    def test_what_became_another_suppliers_meanwhile_is_not_the_partners(
        self, mirrored: Erp, maria: Vendor, john: Vendor
    ) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.fail("answer-lost", methods=("POST",))
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        supplier = f"{entities.Supplier.ENTITY_SET}({john.open_order().supplier_id})"
        mirrored.administer(Reference(RECEIVING_ORDERS, document.id), Supplier=supplier)
        mirrored.pull("receipts")
        theirs = Shipment.objects.get(erp_id=document.id)
        assert (theirs.partner, theirs.pk == shipment.pk) == (john.partner, False)

        mirrored.deliver()

        assert only_entry(shipment).state == State.REJECTED
        assert "another supplier" in only_entry(shipment).message
        assert maria.see(shipment).erp_id is None
        assert mirrored.receiving_orders(shipment)[0].object_version == theirs.object_version

    def test_a_look_up_that_is_refused_decides_nothing(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        mirrored.fail("answer-lost", methods=("POST",))
        mirrored.fail("business-error", methods=("GET",), times=3, message="Reading is not possible now.")
        mirrored.deliver()  # the document type cannot be read, so nothing is sent
        assert only_entry(shipment).state == State.PENDING
        mirrored.sandbox.instance.faults.clear()
        mirrored.fail("answer-lost", methods=("POST",))
        mirrored.deliver()
        mirrored.fail("business-error", methods=("GET",), times=3, message="Reading is not possible now.")

        mirrored.deliver()

        assert only_entry(shipment).state == State.UNKNOWN
        assert only_entry(shipment).message == "Reading is not possible now."
        assert maria.line(line.pk, order).open == line.open - 2, "it stands in ERP.net, seen or not"
        mirrored.sandbox.instance.faults.clear()
        mirrored.deliver()
        assert only_entry(shipment).state == State.DONE
        assert len(mirrored.receiving_orders(shipment)) == 1

    def test_an_update_whose_answer_was_lost_is_no_conflict(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        maria.change(shipment, notes="Two pallets")
        mirrored.fail("answer-lost", methods=("POST",))
        mirrored.deliver()
        mirrored.deliver()

        assert set(OutboxEntry.objects.values_list("state", flat=True)) == {State.DONE}
        (document,) = mirrored.receiving_orders(shipment)
        assert document.notes == "Two pallets"

    @pytest.mark.parametrize("sent", [False, True], ids=["before sending", "after sending"])
    def test_a_worker_killed_at_work_sends_once(self, mirrored: Erp, maria: Vendor, sent: bool) -> None:
        shipment = maria.announce(maria.open_order())
        if sent:
            mirrored.fail("answer-lost", methods=("POST",))
            mirrored.deliver()
            bring_to(only_entry(shipment), State.SENDING)
        else:
            assert claim_next() is not None
        assert mirrored.deliver() == 0, "nobody else takes it while the lease runs"
        killed_worker_leaves(only_entry(shipment))

        mirrored.deliver()

        assert only_entry(shipment).state == State.DONE
        assert len(mirrored.receiving_orders(shipment)) == 1

    def test_a_worker_that_outlived_its_lease_writes_nothing_down(self, mirrored: Erp, maria: Vendor) -> None:
        maria.announce(maria.open_order())
        claim = claim_next()
        assert claim is not None
        killed_worker_leaves(claim.entry)

        with pytest.raises(ClaimLost):
            claim.renew()
        with pytest.raises(ClaimLost):
            outcomes.settle(claim, outcomes.Outcome(State.REJECTED))
        assert OutboxEntry.objects.get().state == State.UNKNOWN

    def test_what_kills_every_worker_is_given_up_in_the_end(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        for _attempt in range(outcomes.MOST_ATTEMPTS):
            OutboxEntry.objects.update(next_attempt_at=timezone.now())
            claim = claim_next()
            assert claim is not None
            killed_worker_leaves(claim.entry)
        mirrored.deliver()

        assert only_entry(shipment).state == State.DEAD
        assert mirrored.receiving_orders(shipment) == []


def test_what_may_be_there_is_looked_up_also_after_it_was_made_ready_in_vain(
    mirrored: Erp, maria: Vendor
) -> None:
    """A worker had it in hand as its next one and came no further. What is saved after that is no announcement anew."""
    order = maria.open_order()
    line = maria.open_line(order)
    shipment = maria.announce_lines(order, [LineQuantity(line.pk, Decimal(2))])
    mirrored.fail("answer-lost", path="$batch")
    mirrored.deliver()
    entry = only_entry(shipment)
    bring_to(entry, State.DEAD)
    retry_delivery(entry, user=maria.user, reason="ERP.net is back.")
    claim = claim_next(untried=True)
    assert claim is not None
    claim.give_back()

    assert (only_entry(shipment).state, only_entry(shipment).attempts) == (State.UNKNOWN, 0)
    with pytest.raises(ShipmentInvalid):
        maria.change(shipment, lines=[LineQuantity(line.pk, Decimal(3))])
    mirrored.deliver()
    (document,) = mirrored.receiving_orders(shipment)
    assert only_entry(shipment).state == State.DONE
    assert [one.quantity.value for one in document.lines] == [2]
