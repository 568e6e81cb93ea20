"""Fault 5: PostgreSQL goes down in the middle of a form and in the middle of a delivery."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest
import requests

from tests.faults.books import eventually
from tests.faults.instance import Instance
from tests.faults.rig import Rig
from tests.faults.seller import Seller, shipment_of

pytestmark = pytest.mark.faults(5)

_BY_KEY = "SELECT shipment_id FROM sync_outboxentry WHERE idempotency_key = %s"


def bring_back(rig: Rig, number: signal.Signals) -> None:
    rig.restart("postgres", number)
    eventually("PostgreSQL is back", rig.postgres.ready)


def test_a_form_that_meets_its_end_is_not_saved_and_can_be_sent_again(rig: Rig, maria: Seller) -> None:
    sheet = maria.sheet(notes="Sent while PostgreSQL was going down")
    with rig.nobody_is_restarted(), ThreadPoolExecutor() as threads:
        # The lock ends with the server that keeps it.
        with suppress(psycopg.OperationalError), rig.books.locked("sync_purchaseorder", sheet.order):
            answer = threads.submit(maria.post, sheet)
            eventually("the form waits for its order", rig.books.somebody_waits)
            bring_back(rig, signal.SIGINT)
        refused = answer.result()
        assert refused.status_code in (500, 503)
        assert "<h1" in refused.text
        assert not rig.books.rows(_BY_KEY, sheet.values["key"])

        shipment = maria.accept(sheet, maria.post(sheet))

        rig.books.await_state(shipment, "DONE")
    (saved,) = rig.books.rows(_BY_KEY, sheet.values["key"])
    assert saved["shipment_id"] == shipment


def test_a_form_while_it_is_down_says_so_and_is_not_saved(rig: Rig, maria: Seller) -> None:
    sheet = maria.sheet(notes="Sent while there was no PostgreSQL")
    with rig.nobody_is_restarted():
        rig.end("postgres", signal.SIGINT)
        refused = maria.post(sheet)
        rig.begin("postgres")
        eventually("PostgreSQL is back", rig.postgres.ready)
        assert refused.status_code in (500, 503)
        assert requests.get(f"{rig.portal_url}/livez", timeout=10).ok

        shipment = maria.accept(sheet, maria.post(sheet))

        assert shipment_of(maria.post(sheet)) == shipment


def test_a_delivery_that_meets_its_crash_is_taken_up_again(
    rig: Rig, instance: Instance, maria: Seller, john: Seller
) -> None:
    with rig.nobody_is_restarted():
        instance.fail_writing("slow", seconds=1.0)
        shipment = maria.announce()
        with suppress(psycopg.OperationalError), rig.books.locked("sync_shipment", shipment):
            instance.await_document(shipment)
            eventually("the worker waits to write it down", rig.books.somebody_waits)
            bring_back(rig, signal.SIGQUIT)
        rig.books.let_time_pass(leases=True)

        rig.books.await_state(shipment, "DONE")
        rig.books.await_state(john.announce(), "DONE")
