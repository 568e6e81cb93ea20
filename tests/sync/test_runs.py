"""Runs: in slices, by one worker at a time, taken up again wherever they broke off."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from sync.models import (
    PurchaseOrder,
    Run,
    Stream,
    StreamName,
)
from sync.services.runs import cancel_run, start_run
from sync.streams import incremental
from sync.streams.table import STREAMS
from sync.streams.turns import MOST_FAILURES, TurnLost, take_turn
from tests.sync.erp import Erp
from tests.sync.vendor import Vendor

pytestmark = pytest.mark.django_db


class TestSlices:
    def test_a_run_goes_on_at_the_page_where_the_last_slice_stood(self, erp: Erp, settings: Settings) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        run = start_run("directory", trigger=Run.Trigger.PERSON)
        slices = 0
        while run.state in Run.OPEN:
            run = erp.slice(run)
            slices += 1
            assert run.pages == slices
        assert slices == len(STREAMS[StreamName.DIRECTORY].feeds)
        assert run.state == Run.State.DONE

    def test_a_slice_makes_way_for_a_delivery(self, mirrored: Erp, maria: Vendor) -> None:
        maria.announce(maria.open_order())
        run = start_run("directory", trigger=Run.Trigger.PERSON)
        assert mirrored.slice(run).pages == 1

    def test_a_killed_workers_run_is_taken_up_when_its_lease_is_over(self, erp: Erp) -> None:
        run = start_run("directory", trigger=Run.Trigger.PERSON)
        assert take_turn(run.pk, erp.api) is not None
        assert take_turn(run.pk, erp.api) is None, "nobody else is at it while the lease runs"
        Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert erp.slice(run).state == Run.State.DONE

    def test_who_lost_the_run_writes_no_page(self, erp: Erp) -> None:
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        slow = take_turn(run.pk, erp.api)
        assert slow is not None
        Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert take_turn(run.pk, erp.api) is not None
        with pytest.raises(TurnLost):
            incremental.pull(slow)
        assert not PurchaseOrder.objects.exists()

    def test_a_cancelled_run_stops_and_moves_no_watermark(self, erp: Erp, settings: Settings) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        run = start_run("directory", trigger=Run.Trigger.PERSON)
        erp.slice(run)
        assert cancel_run(run.pk)
        run = erp.slice(run)
        assert (run.state, run.pages) == (Run.State.CANCELLED, 1)
        assert Stream.objects.get(pk="directory").watermarks == {}

    def test_one_run_of_a_stream_is_open_at_a_time(self, erp: Erp) -> None:
        first = start_run("orders", trigger=Run.Trigger.SCHEDULE)
        assert start_run("orders", trigger=Run.Trigger.PERSON) == first
        erp.pull("orders")
        assert start_run("orders", trigger=Run.Trigger.PERSON) != first


class TestErpNetIsAway:
    def test_the_run_waits_with_the_reason_and_goes_on(self, erp: Erp) -> None:
        erp.fail("no-licence")
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        run = erp.slice(run)
        assert run.state == Run.State.WAITING
        assert run.message
        assert run.lease_until is not None
        assert run.lease_until > timezone.now()
        Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert erp.slice(run).state == Run.State.DONE
        assert Run.objects.get(pk=run.pk).message == ""

    def test_too_many_failures_end_it(self, erp: Erp) -> None:
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        Run.objects.update(failures=MOST_FAILURES - 1)
        erp.fail("no-licence")
        assert erp.slice(run).state == Run.State.FAILED

    def test_a_run_that_kills_every_worker_ends(self, erp: Erp) -> None:
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        for _turn in range(MOST_FAILURES):
            assert take_turn(run.pk, erp.api) is not None
            Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert take_turn(run.pk, erp.api) is None
        assert Run.objects.get().state == Run.State.FAILED

    def test_a_service_without_rights_ends_it_with_the_reason(self, erp: Erp) -> None:
        erp.fail("unauthorized", times=5)
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        run = erp.slice(run)
        assert (run.state, bool(run.message)) == (Run.State.FAILED, True)
