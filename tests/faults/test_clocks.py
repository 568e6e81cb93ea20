"""Fault 17: clocks that are five minutes off, of ERP.net or of one of the portal's machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.books import eventually
from tests.faults.instance import Instance
from tests.faults.rig import Rig
from tests.faults.seller import Seller
from tests.smoke.job import sign_in

pytestmark = pytest.mark.faults(17)

FIVE_MINUTES = 300
LEEWAY = 60


@contextmanager
def clock_of(rig: Rig, name: str, seconds: int) -> Iterator[None]:
    """Inside, a process goes by another clock."""
    rig.end(name)
    rig.begin(name, clock_shift=seconds)
    eventually("it is up", rig.everything_answers)
    try:
        yield
    finally:
        rig.restart(name)
        eventually("it is up", rig.everything_answers)


@pytest.mark.parametrize("seconds", [LEEWAY - 20, 20 - LEEWAY])
def test_a_clock_that_is_a_little_off_keeps_nobody_out(rig: Rig, maria: Seller, seconds: int) -> None:
    with clock_of(rig, "sandbox", seconds):
        sign_in(rig, maria.login)


@pytest.mark.parametrize(
    ("seconds", "why"), [(FIVE_MINUTES, "not_yet_valid"), (-FIVE_MINUTES - LEEWAY - 5, "expired")]
)
def test_a_clock_that_is_far_off_is_named_as_the_reason(
    rig: Rig, maria: Seller, seconds: int, why: str
) -> None:
    """A token lives for five minutes, so that it takes a little more for it to be over when it is made."""
    with clock_of(rig, "sandbox", seconds):
        with pytest.raises(AssertionError, match="the callback answered 4"):
            sign_in(rig, maria.login)
        assert f'"why":"{why}"' in rig.log("web")
        assert maria.get("/").status_code == 200
        shipment = maria.announce()
        rig.books.settle()
        rig.books.await_state(shipment, "DONE")


@pytest.mark.parametrize("seconds", [FIVE_MINUTES, -FIVE_MINUTES])
def test_a_web_server_whose_clock_is_off_delays_no_delivery(rig: Rig, maria: Seller, seconds: int) -> None:
    with clock_of(rig, "web", seconds):
        rig.books.await_state(maria.announce(), "DONE", within=30)


def test_a_worker_whose_clock_is_ahead_takes_nothing_from_another(
    rig: Rig, instance: Instance, maria: Seller
) -> None:
    """Leases are written and judged by the database's clock."""
    rig.begin("worker-second", clock_shift=FIVE_MINUTES)
    try:
        instance.fail_writing("slow", seconds=1.0)
        shipment = maria.announce()
        with rig.books.locked("sync_shipment", shipment):
            instance.await_document(shipment)
            eventually("the worker waits to write it down", rig.books.somebody_waits)
            for _ in range(6):
                rig.ring("sync.sweep")
                rig.ring("sync.deliver")
            eventually("the bells are heard", lambda: rig.waiting_tasks() == 0)
            assert rig.books.state_of(shipment) == "SENDING"
        rig.books.await_state(shipment, "DONE")
        assert rig.books.entry_of(shipment)["attempts"] == 1
    finally:
        rig.end("worker-second")
