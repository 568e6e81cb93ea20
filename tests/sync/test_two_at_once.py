"""Two tabs, a double click, two workers: in two connections, as two requests would be."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from sync.exceptions import (
    ShipmentInvalid,
    SyncError,
)
from sync.models import OutboxEntry, Shipment
from sync.outbox.claims import claim_next
from sync.services.forms import LineQuantity
from tests.sync.erp import Erp
from tests.sync.together import wait_until_somebody_waits
from tests.sync.vendor import Vendor


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_two_tabs_cannot_announce_more_than_is_open(self, maria: Vendor) -> None:
        order = maria.open_order()
        line = maria.open_line(order)
        more_than_half = [LineQuantity(line.pk, (line.open * 2 / 3).quantize(Decimal("0.001")))]

        answers = at_once(lambda: maria.announce_lines(order, more_than_half))

        assert {type(answer) for answer in answers} == {Shipment, ShipmentInvalid}
        assert OutboxEntry.objects.count() == 1

    def test_a_double_click_makes_one_shipment(self, maria: Vendor) -> None:
        order, key = maria.open_order(), uuid.uuid4()
        lines = [LineQuantity(maria.open_line(order).pk, Decimal(2))]

        first, second = at_once(lambda: maria.announce_lines(order, lines, key=key))

        assert first == second
        assert OutboxEntry.objects.count() == 1

    def test_two_workers_never_hold_the_same_entry(self, maria: Vendor) -> None:
        order = maria.open_order()
        maria.announce(order)
        maria.announce(order, quantity="1")

        claims = at_once(claim_next)

        assert len({claim.entry.pk for claim in claims}) == 2
        assert claim_next() is None

    def test_a_page_that_comes_while_she_saves_takes_nothing_back(self, mirrored: Erp, maria: Vendor) -> None:
        shipment = maria.announce(maria.open_order(), notes="At first")
        mirrored.deliver()
        saved = threading.Event()

        def save_slowly() -> None:
            try:
                with transaction.atomic():
                    maria.change(shipment, notes="Two pallets")
                    saved.set()
                    wait_until_somebody_waits()
            finally:
                connection.close()

        saving = threading.Thread(target=save_slowly)
        saving.start()
        assert saved.wait(10)
        mirrored.pull("receipts", full=True)
        saving.join()

        assert maria.see(shipment).notes == "Two pallets"


def at_once(do: Callable[[], Any]) -> list[Any]:
    """What two threads get that do the same thing at the same moment; an error counts as an answer."""
    start, answers = threading.Barrier(2), []

    def run() -> None:
        try:
            start.wait()
            answers.append(do())
        except SyncError as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
