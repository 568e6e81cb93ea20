"""Faults 4 and 6: the doorbell's wire is cut, hangs, or forgets everything, and nobody who saves a form notices."""

from __future__ import annotations

import os
import time

import pytest

from tests.faults.books import eventually
from tests.faults.instance import Instance
from tests.faults.rig import Rig
from tests.faults.seller import Seller

# How long Redis is away: a minute is the same, and longer to wait for. FAULTS_OUTAGE_SECONDS=60 tries it.
OUTAGE = float(os.environ.get("FAULTS_OUTAGE_SECONDS", "8"))
# How long Redis has no room: long enough for the sweeps of the schedule to meet it, too.
NO_ROOM = 4.0
# A person waits for a form that long at most, though the bell cannot be rung.
FORM_SECONDS = 10.0


@pytest.mark.faults(4)
class TestRedis:
    def test_while_it_is_away_forms_are_taken_and_workers_come_back_with_it(
        self, rig: Rig, maria: Seller, john: Seller
    ) -> None:
        with rig.nobody_is_restarted():
            rig.end("redis")
            away_since = time.monotonic()
            shipments = [seller.announce() for seller in (maria, john)]
            assert time.monotonic() - away_since < 2 * FORM_SECONDS
            assert maria.see(shipments[0]).status_code == 200
            time.sleep(max(0.0, OUTAGE - (time.monotonic() - away_since)))
            assert rig.books.done(shipments) == 0

            rig.begin("redis")

            eventually("both are delivered", lambda: rig.books.done(shipments) == 2, within=60 + OUTAGE)
        rig.books.await_state(john.announce(), "DONE")

    def test_while_it_takes_connections_and_answers_nothing_forms_are_taken(
        self, rig: Rig, maria: Seller
    ) -> None:
        with rig.nobody_is_restarted():
            with rig.frozen("redis"):
                began = time.monotonic()
                shipment = maria.announce()
                assert time.monotonic() - began < FORM_SECONDS
            rig.books.await_state(shipment, "DONE")

    def test_what_it_forgets_is_rung_for_again(self, rig: Rig, maria: Seller) -> None:
        rig.end("beat")
        rig.end("worker-erpnet")
        shipments = [maria.announce() for _ in range(3)]
        with rig.redis_client() as redis:
            assert redis.llen("erpnet") >= 3
            redis.flushall()
            assert not redis.llen("erpnet")
        rig.begin("worker-erpnet")
        rig.begin("beat")

        eventually("all are delivered", lambda: rig.books.done(shipments) == 3)

    def test_forgetting_the_message_that_is_being_worked_at_harms_nothing(
        self, rig: Rig, instance: Instance, maria: Seller
    ) -> None:
        with rig.nobody_is_restarted():
            instance.fail_writing("slow", seconds=1.5)
            shipment = maria.announce()
            instance.await_meeting()
            with rig.redis_client() as redis:
                redis.flushall()
            rig.books.await_state(shipment, "DONE")
            rig.books.await_state(maria.announce(), "DONE")


@pytest.mark.faults(6)
def test_a_commit_whose_doorbell_cannot_be_rung_is_found_by_the_sweep(rig: Rig, maria: Seller) -> None:
    """Redis has no room for one more message. A worker may end over that, and its supervisor starts it again."""
    with rig.redis_client() as redis:
        redis.config_set("maxmemory", 1)
        try:
            shipment = maria.announce()
            assert rig.books.state_of(shipment) == "PENDING"
            eventually("the web says so", lambda: "not heard" in rig.log("web"))
            time.sleep(NO_ROOM)
        finally:
            redis.config_set("maxmemory", 0)
    assert rig.is_alive("web")
    assert rig.is_alive("beat")
    rig.revive()

    rig.books.await_state(shipment, "DONE")
