"""Faults 1, 2, 3 and 18: processes that are killed, told to stop, or brought down by what they work at."""

from __future__ import annotations

import signal
import time
import uuid
from collections.abc import Callable

import pytest

from tests.faults.books import eventually
from tests.faults.instance import Instance
from tests.faults.rig import LEASE, Rig
from tests.faults.seller import Seller

WORKER = "worker-erpnet"
# Celery's visibility timeout: what Redis would wait before it hands a killed worker's task out again.
VISIBILITY_TIMEOUT = 15 * 60
MOST_ATTEMPTS = 20


@pytest.mark.faults(1)
class TestTheChildIsKilled:
    def test_before_the_call(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        rig.kill_child()  # The next one has no token yet, and is killed while it asks for one.
        instance.fail("slow", area="token", seconds=1.5)
        shipment = maria.announce()
        instance.await_meeting()
        began = time.time()
        rig.kill_child()
        assert not instance.documents_of(shipment)

        rig.books.await_state(shipment, "DONE", within=LEASE + 20)

        assert len(instance.writes(began)) == 1
        assert rig.books.entry_of(shipment)["attempts"] == 2

    def test_during_the_call(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        instance.fail_writing("slow", seconds=1.0)
        shipment = maria.announce()
        instance.await_meeting()
        rig.kill_child()
        assert rig.books.await_state(shipment, "SENDING")
        instance.await_document(shipment)  # ERP.net goes on with what it was told.

        rig.books.let_time_pass(leases=True)

        rig.books.await_state(shipment, "DONE")

    def test_after_the_call(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        shipment = sent_and_not_yet_written_down(rig, instance, maria, rig.kill_child)
        began = time.time()

        rig.books.let_time_pass(leases=True)

        rig.books.await_state(shipment, "DONE")
        assert not instance.writes(began), "what is there was sent again"


@pytest.mark.faults(2)
class TestTheWorkerIsKilled:
    def test_its_parent_alone(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        """The child ends what it is at, while the next worker is at work already."""
        shipment = sent_and_not_yet_written_down(
            rig, instance, maria, lambda: rig.restart(WORKER, signal.SIGKILL)
        )

        rig.books.await_state(shipment, "DONE", within=LEASE + 30)

    def test_the_whole_worker(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        def kill() -> None:
            rig.running[WORKER].kill()
            rig.running[WORKER].process.wait()

        began = time.time()
        shipment = sent_and_not_yet_written_down(rig, instance, maria, kill)
        rig.begin(WORKER)

        rig.books.await_state(shipment, "DONE", within=LEASE + 30)

        assert time.time() - began < VISIBILITY_TIMEOUT / 10
        assert len(instance.writes(began)) == 1


@pytest.mark.faults(3)
@pytest.mark.parametrize("is_patient", [True, False], ids=["waits", "does not wait"])
def test_a_deploy_with_twenty_queued_loses_none_and_sends_none_twice(
    rig: Rig, instance: Instance, maria: Seller, john: Seller, is_patient: bool
) -> None:
    rig.end(WORKER)
    shipments = [seller.announce() for seller in (maria, john) for _ in range(10)]
    instance.fail_writing("slow", seconds=0.2, times=0)
    rig.begin(WORKER)
    eventually("some are sent", lambda: rig.books.done(shipments))

    if is_patient:
        assert rig.end(WORKER) == 0
    else:
        rig.running[WORKER].process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        rig.running[WORKER].kill()
        rig.running[WORKER].process.wait()
        assert rig.books.done(shipments) < 20, "there was nothing left to lose"
    rig.begin(WORKER)
    rig.books.let_time_pass(leases=True)

    eventually("all are delivered", lambda: rig.books.done(shipments) == 20)


@pytest.mark.faults(18)
class TestPoison:
    def test_a_payload_that_kills_its_worker_is_given_up_and_others_flow(
        self, rig: Rig, instance: Instance, maria: Seller, john: Seller
    ) -> None:
        rig.kill_child()
        instance.fail("slow", area="token", seconds=1.0, times=0)
        poison = maria.announce()
        rig.books.run(
            "UPDATE sync_outboxentry SET attempts = attempts + %s WHERE shipment_id = %s",
            MOST_ATTEMPTS - 2,
            poison,
        )
        kill_whoever_is_at(rig, poison)
        healthy = john.announce()
        rig.books.await_state(healthy, "DONE")
        assert rig.books.state_of(poison) == "SENDING", "the lease of the dead has not run out yet"
        rig.kill_child()  # This one has a token, and would be through before anybody could kill it.

        while rig.books.state_of(poison) != "DEAD":
            rig.books.let_time_pass(leases=True)
            kill_whoever_is_at(rig, poison)

        assert not instance.documents_of(poison)

    def test_a_payload_that_cannot_be_read_is_given_up_and_others_flow(
        self, rig: Rig, instance: Instance, maria: Seller, john: Seller
    ) -> None:
        rig.end(WORKER)
        poison, healthy = maria.announce(), john.announce()
        rig.books.run(
            "UPDATE sync_outboxentry SET payload = '{}', forms = forms || '{\"a later\": \"form\"}'"
            " WHERE shipment_id = %s",
            poison,
        )
        rig.begin(WORKER)
        rig.books.await_state(healthy, "DONE")

        rig.books.await_state(poison, "DEAD")
        assert rig.books.entry_of(poison)["attempts"] == 1
        assert not instance.documents_of(poison)


def sent_and_not_yet_written_down(
    rig: Rig, instance: Instance, seller: Seller, strike: Callable[[], object]
) -> uuid.UUID:
    """A shipment that stands in ERP.net while its worker, which cannot write that down yet, is struck."""
    instance.fail_writing("slow", seconds=1.0)
    shipment = seller.announce()
    with rig.books.locked("sync_shipment", shipment):
        instance.await_document(shipment)
        eventually("the worker waits to write it down", rig.books.somebody_waits)
        strike()
        assert rig.books.state_of(shipment) == "SENDING"
    return shipment


def kill_whoever_is_at(rig: Rig, shipment: uuid.UUID) -> None:
    """Kill the child that works at it, once one does; unless it has been given up."""

    def is_at_it() -> bool:
        rig.books.let_time_pass()
        entry = rig.books.entry_of(shipment)
        return entry["state"] == "DEAD" or (
            entry["state"] == "SENDING" and entry["lease_until"] > rig.books.now()
        )

    eventually("somebody is at it", is_at_it)
    if rig.books.state_of(shipment) == "SENDING":
        rig.kill_child()
