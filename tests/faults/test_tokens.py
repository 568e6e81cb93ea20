"""Faults 9 and 10: ERP.net refuses the service token, once, for ever, or for fifty threads at the same moment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from erpnet import DomainApi, Query
from tests.faults.books import eventually
from tests.faults.instance import Instance
from tests.faults.rig import Rig
from tests.faults.seller import Seller

THREADS = 50


@pytest.mark.faults(9)
class TestUnauthorized:
    def test_once_costs_one_new_token(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        rig.books.await_state(maria.announce(), "DONE")
        began = instance.now()
        instance.fail("unauthorized")

        rig.books.await_state(maria.announce(), "DONE")

        assert instance.tokens(began) == 1

    def test_for_ever_raises_no_storm_of_tokens_and_waits_for_staff(
        self, rig: Rig, instance: Instance, maria: Seller
    ) -> None:
        rig.books.await_state(maria.announce(), "DONE")
        began = instance.now()
        instance.fail("unauthorized", times=0)
        shipment = maria.announce()
        eventually("it was tried", lambda: rig.books.entry_of(shipment)["message"])
        for _ in range(20):
            rig.ring("sync.deliver")
        time.sleep(3)
        assert instance.tokens(began) == 1
        assert rig.books.state_of(shipment) == "PENDING"
        assert rig.books.entry_of(shipment)["attempts"] == 0, "nothing that waits for staff wears out"
        instance.heal()

        rig.books.settle()

        rig.books.await_state(shipment, "DONE")


@pytest.mark.faults(10)
def test_fifty_threads_whose_token_ends_ask_for_one(rig: Rig, instance: Instance) -> None:
    api = DomainApi(rig.application())
    currencies = Query("General_Currencies_Currencies").top(1)
    together = Barrier(THREADS)

    def ask(_: int) -> int:
        together.wait()
        return len(api.page(currencies).rows)

    for _ in range(2):  # First none has a token yet, then that of all is good no longer.
        began = instance.now()
        with ThreadPoolExecutor(THREADS) as threads:
            assert list(threads.map(ask, range(THREADS))) == [1] * THREADS
        assert instance.tokens(began) == 1
        instance.rotate_keys(withdraw=True)
