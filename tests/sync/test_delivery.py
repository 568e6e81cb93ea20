"""Deliveries: whatever happens on the way, what a partner saved stands in ERP.net once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from erpnet import DomainApi, Quantity
from sync.models import OutboxEntry, Shipment
from sync.outbox import claims, outcomes
from sync.outbox.claims import ClaimLost, claim_next, give_back_expired
from sync.outbox.delivery import deliver_due
from sync.services.deliveries import retry_delivery
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor, only_entry

pytestmark = pytest.mark.django_db

State = OutboxEntry.State


def killed_worker_leaves(entry: OutboxEntry) -> None:
    """The lease of a worker that does not come back has run out."""
    OutboxEntry.objects.filter(pk=entry.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    give_back_expired()


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
        assert only_entry(shipment).state == State.DONE

    def test_goes_on_counting_once_when_the_pull_brings_it_back(self, mirrored: Erp, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        mirrored.deliver()
        mirrored.pull("receipts", full=True)

        assert maria.line(line.pk, order).open == line.open - 2
        assert Shipment.objects.filter(erp_id=maria.see(shipment).erp_id).count() == 1


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

    def test_of_a_document_that_is_gone_is_refused(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        Shipment.objects.filter(pk=shipment.pk).update(erp_id=shipment.pk)
        maria.change(shipment, notes="Two pallets")
        mirrored.deliver()

        assert OutboxEntry.objects.latest("pk").state == State.REJECTED


class TestErpNetRefuses:
    def test_its_words_stand_beside_what_was_entered(self, mirrored: Erp, maria: Vendor) -> None:
        mirrored.fail("business-error", methods=("POST",), message="The store is closed for stocktaking.")
        order = maria.open_order()
        line = maria.open_line(order)
        shipment = maria.announce(order)
        mirrored.deliver()

        entry = only_entry(shipment)
        assert (entry.state, entry.message) == (State.REJECTED, "The store is closed for stocktaking.")
        assert mirrored.receiving_orders(shipment) == []
        assert maria.line(line.pk, order).open == line.open, "what never came to be takes nothing"

    def test_a_corrected_shipment_is_sent_again(self, mirrored: Erp, maria: Vendor) -> None:
        mirrored.fail("business-error", methods=("POST",))
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        maria.change(shipment, delivery_note_number="DN-7")
        mirrored.deliver()

        (document,) = mirrored.receiving_orders(shipment)
        assert document.reference_document_no == "DN-7"
        assert OutboxEntry.objects.latest("pk").state == State.DONE

    def test_staff_send_it_again_unchanged(self, mirrored: Erp, maria: Vendor) -> None:
        mirrored.fail("business-error", methods=("POST",))
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        retry_delivery(only_entry(shipment), user=maria.user, reason="The store is open again.")
        mirrored.deliver()

        assert len(mirrored.receiving_orders(shipment)) == 1


class TestErpNetIsAway:
    # A read is tried twice in the tests, except where waiting for a free licence would take too long.
    @pytest.mark.parametrize(("kind", "times"), [("no-licence", 1), ("rate-limited", 2), ("bad-gateway", 2)])
    def test_the_entry_waits_with_the_reason_and_is_sent_later(
        self, mirrored: Erp, maria: Vendor, kind: str, times: int
    ) -> None:
        mirrored.fail(kind, times=times)
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()

        entry = only_entry(shipment)
        assert entry.state == State.PENDING
        assert entry.message
        assert entry.next_attempt_at > timezone.now()
        mirrored.deliver()
        assert len(mirrored.receiving_orders(shipment)) == 1
        assert only_entry(shipment).message == ""

    def test_nobody_answering_at_all_loses_nothing(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        away = DomainApi(mirrored.sandbox.application(instance_url="http://127.0.0.1:9"))

        assert deliver_due(away) == 0

        assert only_entry(shipment).state == State.PENDING
        assert mirrored.deliver() == 1

    def test_later_entries_are_not_worn_out_meanwhile(
        self, mirrored: Erp, maria: Vendor, john: Vendor
    ) -> None:
        first, second = maria.announce(maria.open_order()), john.announce(john.open_order())
        mirrored.fail("no-licence")
        mirrored.deliver()

        assert only_entry(first).attempts == 1
        assert only_entry(second).attempts == 0

    def test_a_service_that_is_not_let_in_waits_for_staff_however_long(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        shipment = maria.announce(maria.open_order())
        wrong = DomainApi(mirrored.sandbox.application(application_secret="no longer the right one"))
        for _attempt in range(outcomes.MOST_ATTEMPTS + 2):
            OutboxEntry.objects.update(next_attempt_at=timezone.now())
            deliver_due(wrong)

        assert only_entry(shipment).state == State.PENDING
        assert only_entry(shipment).message
        assert mirrored.deliver() == 1

    def test_after_many_attempts_staff_are_told(self, mirrored: Erp, maria: Vendor, caplog: Any) -> None:
        shipment = maria.announce(maria.open_order())
        OutboxEntry.objects.update(attempts=outcomes.MOST_ATTEMPTS - 1)
        mirrored.fail("no-licence")
        mirrored.deliver()

        assert only_entry(shipment).state == State.DEAD
        assert "was given up" in caplog.text
        retry_delivery(only_entry(shipment), user=maria.user, reason="ERP.net is back.")
        assert mirrored.deliver() == 1


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
        mirrored.fail("answer-lost", methods=("PATCH",))
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
            OutboxEntry.objects.update(state=State.SENDING)
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


class TestWhoseItIs:
    def test_acl_03_an_order_that_changed_hands_is_not_announced_for_the_old_partner(
        self, mirrored: Erp, maria: Vendor, john: Vendor
    ) -> None:
        order = maria.open_order()
        shipment = maria.announce(order)
        type(order).objects.filter(pk=order.pk).update(partner=john.partner)
        mirrored.deliver()

        assert only_entry(shipment).state == State.REJECTED
        assert mirrored.receiving_orders(shipment) == []


class TestTheDocumentType:
    def test_several_types_wait_for_staff_to_choose(
        self, mirrored: Erp, maria: Vendor, settings: Settings
    ) -> None:
        settings.SHIPMENT_DOCUMENT_TYPE = "NO-SUCH-TYPE"
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()

        entry = only_entry(shipment)
        assert (entry.state, entry.attempts) == (State.PENDING, 0)
        assert "SHIPMENT_DOCUMENT_TYPE" in entry.message
        settings.SHIPMENT_DOCUMENT_TYPE = ""
        assert mirrored.deliver() == 1


def test_a_lease_is_longer_than_any_one_request() -> None:
    connect, read = 5, 60
    assert connect + read < claims.LEASE_SECONDS


@pytest.mark.django_db(transaction=True)
def test_writing_down_the_outcome_waits_for_a_change_that_is_being_saved(
    mirrored: Erp, maria: Vendor
) -> None:
    """Both lock the shipment before its entries: the other way round each would wait for the other."""
    shipment = maria.announce(maria.open_order())
    mirrored.fail("answer-lost", methods=("POST",))
    mirrored.deliver()
    OutboxEntry.objects.update(next_attempt_at="2000-01-01T00:00Z")
    claim = claim_next()
    assert claim is not None
    (document,) = mirrored.receiving_orders(shipment)
    done = outcomes.Outcome(State.DONE, document=document)

    with ThreadPoolExecutor(1) as worker:
        with transaction.atomic():
            Shipment.objects.select_for_update().get(pk=shipment.pk)
            settling = worker.submit(in_a_connection_of_its_own, outcomes.settle, claim, done)
            time.sleep(0.5)
            list(OutboxEntry.objects.select_for_update().filter(shipment=shipment))
        settling.result(timeout=10)

    assert only_entry(shipment).state == State.DONE


def in_a_connection_of_its_own(do: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return do(*arguments)
    finally:
        connection.close()
