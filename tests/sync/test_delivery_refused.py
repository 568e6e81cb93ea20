"""Deliveries that ERP.net refuses or cannot take now: nothing is lost, and the reason is told."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from erpnet import DomainApi
from sync.checks import check_settings
from sync.models import OutboxEntry, Shipment
from sync.outbox import outcomes
from sync.outbox.claims import claim_next
from sync.outbox.delivery import deliver_due
from sync.services.deliveries import retry_delivery
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor, only_entry

pytestmark = pytest.mark.django_db

State = OutboxEntry.State


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

    @pytest.mark.parametrize("kind", ["no-licence", "rate-limited", "bad-gateway", "offline"])
    def test_an_outage_wears_nothing_out_however_long_it_is(
        self, mirrored: Erp, maria: Vendor, kind: str
    ) -> None:
        shipment = maria.announce(maria.open_order())
        OutboxEntry.objects.update(attempts=outcomes.MOST_ATTEMPTS - 2)
        for _attempt in range(4):
            mirrored.fail(kind, times=2)
            mirrored.deliver()
            mirrored.sandbox.instance.faults.clear()

        assert only_entry(shipment).state == State.PENDING
        assert mirrored.deliver() == 1

    def test_what_was_sent_many_times_without_an_answer_is_told_to_staff(
        self, mirrored: Erp, maria: Vendor, caplog: Any
    ) -> None:
        shipment = maria.announce(maria.open_order())
        OutboxEntry.objects.update(attempts=outcomes.MOST_ATTEMPTS - 1)
        mirrored.fail("broken", methods=("POST",))
        mirrored.deliver()

        assert only_entry(shipment).state == State.DEAD
        assert "was given up" in caplog.text
        retry_delivery(only_entry(shipment), user=maria.user, reason="ERP.net is back.")
        assert mirrored.deliver() == 1


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


class TestAdditionalDataThatLeavesNoRoom:
    def test_is_not_overwritten_and_waits_for_staff(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order())
        mirrored.deliver()
        (document,) = mirrored.receiving_orders(shipment)
        theirs = json.dumps({"other-app": "x" * 31_950})
        mirrored.change(RECEIVING_ORDERS, document.id, AdditionalDataJson=theirs)
        mirrored.pull("receipts")
        maria.change(shipment, carrier="Econt")
        mirrored.deliver()

        entry = OutboxEntry.objects.latest("pk")
        assert entry.state == State.PENDING
        assert "AdditionalDataJson" in entry.message
        (document,) = mirrored.receiving_orders(shipment)
        assert document.additional_data_json == theirs

        mirrored.change(RECEIVING_ORDERS, document.id, AdditionalDataJson="{}")
        OutboxEntry.objects.update(next_attempt_at="2000-01-01T00:00Z")
        mirrored.deliver()
        assert OutboxEntry.objects.latest("pk").state == State.CONFLICT


def test_a_lease_is_longer_than_any_one_request() -> None:
    assert not any(fault.id == "sync.E007" for fault in check_settings(None))


def test_a_lease_that_a_slow_answer_outlives_is_refused(settings: Settings) -> None:
    settings.OUTBOX_LEASE_SECONDS = 2 * settings.ERPNET_TIMEOUT_SECONDS
    assert "sync.E007" in [fault.id for fault in check_settings(None)]


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
