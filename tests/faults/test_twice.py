"""Faults 14, 15 and 16: the same thing done twice, and two people who do different things to one document."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from erpnet import DomainApi, Reference
from tests.faults.books import eventually
from tests.faults.instance import RECEIVING_ORDERS, Instance
from tests.faults.rig import Rig
from tests.faults.seller import Seller, shipment_of

CLICKS = 6

_OVERLAPS = """
    SELECT count(*) FROM sync_run one JOIN sync_run other
    ON one.stream_id = other.stream_id AND one.id < other.id
        AND tstzrange(one.created_at, one.finished_at) && tstzrange(other.created_at, other.finished_at)
"""
_RUNS = "SELECT count(*) FROM sync_run WHERE stream_id = 'receipts' AND state = 'done'"
_SWITCH = "UPDATE django_celery_beat_periodictask SET enabled = %s WHERE name = 'Sync receipts'"
_TELL_BEAT = "UPDATE django_celery_beat_periodictasks SET last_update = now()"
_YESTERDAY = "UPDATE sync_outboxentry SET created_at = created_at - interval '1 day' WHERE shipment_id = %s"


@pytest.mark.faults(14)
class TestDoneTwice:
    def test_a_doorbell_rung_many_times_in_two_workers_delivers_once(
        self, rig: Rig, instance: Instance, maria: Seller, john: Seller
    ) -> None:
        rig.begin("worker-second")
        try:
            instance.fail_writing("slow", seconds=0.2, times=0)
            began, shipments = instance.now(), []
            for seller in (maria, john, maria, john, maria, john):
                shipments.append(seller.announce())
                for _ in range(5):
                    rig.ring("sync.deliver")
            eventually("all are delivered", lambda: rig.books.done(shipments) == len(shipments))
            taken = [one for one in instance.writes(began) if one["status"] < 300]
            assert len(taken) == len(shipments)
            assert {rig.books.entry_of(shipment)["attempts"] for shipment in shipments} == {1}
        finally:
            rig.end("worker-second")

    def test_two_beats_start_one_run_at_a_time(self, rig: Rig, maria: Seller) -> None:
        rig.begin("beat-second")
        before = rig.books.value(_RUNS)
        rig.books.run(_SWITCH, True)
        rig.books.run(_TELL_BEAT)
        try:
            eventually("four runs", lambda: rig.books.value(_RUNS) >= before + 4)
            rig.books.await_state(maria.announce(), "DONE")
        finally:
            rig.books.run(_SWITCH, False)
            rig.books.run(_TELL_BEAT)
            rig.end("beat-second")
        assert rig.books.value(_OVERLAPS) == 0
        assert rig.is_alive("beat")


@pytest.mark.faults(15)
class TestTheSameFormTwice:
    def test_six_clicks_at_once_make_one_shipment(self, rig: Rig, instance: Instance, maria: Seller) -> None:
        sheet = maria.sheet(notes="Clicked six times")
        with ThreadPoolExecutor(CLICKS) as threads:
            answers = list(threads.map(maria.post, [sheet] * CLICKS))

        shipment = maria.accept(sheet, answers[0])
        assert {shipment_of(answer) for answer in answers} == {shipment}
        rig.books.await_state(shipment, "DONE")
        assert len(instance.documents_of(shipment)) == 1

    def test_two_tabs_cannot_announce_the_same_goods(self, rig: Rig, john: Seller) -> None:
        tabs = [john.sheet(quantity="all") for _ in range(2)]
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(john.post, tabs))

        assert sorted(answer.status_code for answer in answers) == [302, 422]
        for tab, answer in zip(tabs, answers, strict=True):
            if answer.status_code == 302:
                rig.books.await_state(john.accept(tab, answer), "DONE")

    def test_the_same_form_the_next_day_gets_the_same_answer(
        self, rig: Rig, instance: Instance, maria: Seller
    ) -> None:
        sheet = maria.sheet(notes="Sent again by a browser that came back")
        shipment = maria.accept(sheet, maria.post(sheet))
        rig.books.await_state(shipment, "DONE")
        rig.books.run(_YESTERDAY, shipment)

        assert shipment_of(maria.post(sheet)) == shipment
        sheet.values["notes"] = "And with other words"
        assert shipment_of(maria.post(sheet)) == shipment

        time.sleep(1)
        (document,) = instance.documents_of(shipment)
        assert document["Notes"] == "Sent again by a browser that came back"


@pytest.mark.faults(16)
def test_what_changed_between_reading_and_saving_is_not_overwritten(
    rig: Rig, instance: Instance, maria: Seller
) -> None:
    shipment = maria.announce(notes="At first")
    rig.books.await_state(shipment, "DONE")
    document = instance.await_document(shipment)
    DomainApi(rig.application()).update(
        Reference(RECEIVING_ORDERS, uuid.UUID(document["Id"])), {"Notes": "By the warehouse"}
    )

    maria.change(shipment, notes="By the vendor")

    rig.books.await_state(shipment, "CONFLICT")
    assert instance.await_document(shipment)["Notes"] == "By the warehouse"
