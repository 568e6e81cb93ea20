"""Faults 7, 8, 11, 12, 13 and 20: answers of ERP.net that say no, say nothing, or get lost on the way."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from tests.faults.books import eventually
from tests.faults.instance import Instance
from tests.faults.rig import TIMEOUT, Rig
from tests.faults.seller import Seller

# For a process to wake up, on a machine that has other things to do.
SLACK = 5.0
DEADLINE = 2 * TIMEOUT


def stays(rig: Rig, shipment: uuid.UUID) -> bool:
    """Whether the delivery has been tried and waits for another time."""
    entry = rig.books.entry_of(shipment)
    return bool(entry["message"]) and entry["state"] in ("PENDING", "UNKNOWN")


@pytest.mark.faults(7)
def test_what_erp_net_refuses_is_told_in_its_words_and_holds_up_nobody(
    rig: Rig, instance: Instance, maria: Seller, john: Seller
) -> None:
    began = instance.now()
    instance.fail_writing("business-error", message="The store is closed for stocktaking.", code=4711)
    refused = maria.announce()
    rig.books.await_state(refused, "REJECTED")
    rig.books.await_state(john.announce(), "DONE")

    assert "The store is closed for stocktaking." in maria.see(refused).text
    assert len(instance.writes(began)) == 2
    assert not instance.documents_of(refused)


@pytest.mark.faults(8)
class TestItIsOutOfOrder:
    @pytest.mark.parametrize("kind", ["bad-gateway", "broken"])
    def test_a_page_of_a_proxy_is_no_refusal(
        self, rig: Rig, instance: Instance, maria: Seller, kind: str
    ) -> None:
        instance.fail_writing(kind)
        shipment = maria.announce()
        entry = rig.books.await_state(shipment, "UNKNOWN")
        assert entry["next_attempt_at"] is not None
        assert "Checking" in maria.see(shipment).text

        rig.books.let_time_pass()

        rig.books.await_state(shipment, "DONE")

    def test_it_is_left_alone_and_found_again(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        instance.fail("bad-gateway", area="everything", times=0)
        shipment = maria.announce()

        def is_left_alone() -> bool:
            rig.books.let_time_pass()
            rig.ring("sync.deliver")
            return "ERP.net is left alone" in rig.log("worker-erpnet")

        eventually("ten requests have failed in a row", is_left_alone)
        began, until = instance.now(), time.monotonic() + 4
        while time.monotonic() < until:
            rig.books.let_time_pass()
            rig.ring("sync.deliver")
            time.sleep(0.1)
        assert len(instance.asked(began)) <= 3, "forty bells, and one try after each pause"
        instance.heal()

        rig.books.settle()

        rig.books.await_state(shipment, "DONE")

    def test_while_it_refuses_connections_forms_are_taken(
        self, rig: Rig, instance: Instance, maria: Seller
    ) -> None:
        rig.end("sandbox")
        shipment = maria.announce()
        eventually("it was tried", lambda: stays(rig, shipment))
        assert rig.books.state_of(shipment) == "PENDING", "nothing was sent, so nothing is in doubt"
        rig.begin("sandbox")
        eventually("the instance is back", rig.instance_answers)

        rig.books.settle()

        rig.books.await_state(shipment, "DONE")


@pytest.mark.faults(11)
class TestTooManyRequests:
    def test_it_waits_as_long_as_it_is_asked_to(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        began = instance.now()
        instance.fail_writing("rate-limited", retry_after=9)
        shipment = maria.announce()

        rig.books.await_state(shipment, "DONE")

        refused, taken = instance.writes(began)
        assert (refused["status"], taken["status"] < 300) == (429, True)
        assert taken["at"] - refused["at"] >= 9
        assert instance.tokens(began) == 0

    def test_it_waits_a_while_where_it_is_not_told_how_long(
        self, rig: Rig, instance: Instance, maria: Seller
    ) -> None:
        began = instance.now()
        instance.fail_writing("rate-limited")
        shipment = maria.announce()

        rig.books.await_state(shipment, "DONE")

        refused, taken = instance.writes(began)
        assert taken["at"] - refused["at"] >= 3
        assert instance.tokens(began) == 0


@pytest.mark.faults(12)
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param("slow", {"seconds": TIMEOUT + 1}, id="no answer in time"),
        pytest.param("slow-headers", {"seconds": 60}, id="a head that drips"),
        pytest.param("slow-body", {"seconds": 60}, id="a body that drips"),
        pytest.param("half-answer", {}, id="half of what its length says"),
        pytest.param("half-json", {}, id="half of its JSON"),
    ],
)
def test_an_answer_that_is_none_leaves_it_open_and_is_looked_up(
    rig: Rig, instance: Instance, maria: Seller, kind: str, options: dict[str, Any]
) -> None:
    instance.fail_writing(kind, **options)
    shipment = maria.announce()
    instance.await_meeting()
    began = time.monotonic()
    rig.books.await_state(shipment, "UNKNOWN", within=DEADLINE + SLACK)
    assert time.monotonic() - began < DEADLINE + SLACK
    assert "Checking" in maria.see(shipment).text
    instance.await_document(shipment)
    sent = instance.now()

    rig.books.let_time_pass()

    rig.books.await_state(shipment, "DONE")
    assert not instance.writes(sent), "what is there was sent again"


@pytest.mark.faults(13)
def test_an_answer_lost_after_the_commit_makes_no_second_document(
    rig: Rig, instance: Instance, maria: Seller
) -> None:
    began = instance.now()
    instance.fail_writing("answer-lost")
    shipment = maria.announce()
    rig.books.await_state(shipment, "UNKNOWN")
    assert len(instance.documents_of(shipment)) == 1

    rig.books.let_time_pass()

    rig.books.await_state(shipment, "DONE")
    assert len(instance.writes(began)) == 1


@pytest.mark.faults(20)
class TestTheInstanceHasNoRoom:
    def test_without_a_free_licence_it_waits(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        instance.fail("no-licence", times=0)
        shipment = maria.announce()
        eventually("it was tried", lambda: stays(rig, shipment))
        entry = rig.books.entry_of(shipment)
        assert (entry["state"], entry["attempts"]) == ("PENDING", 1)
        assert "licences" in entry["message"]
        instance.heal()

        rig.books.settle()

        rig.books.await_state(shipment, "DONE")

    def test_its_nightly_restart_costs_time_alone(
        self, rig: Rig, instance: Instance, maria: Seller, john: Seller
    ) -> None:
        instance.fail_writing("slow", seconds=0.3, times=0)
        shipments = [seller.announce() for seller in (maria, john) for _ in range(3)]
        rig.restart("sandbox")
        eventually("the instance is back", rig.instance_answers)
        instance.end_sessions()

        rig.books.settle()

        assert rig.books.done(shipments) == 6
