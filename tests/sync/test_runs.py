"""Runs: in slices, by one worker at a time, taken up again wherever they broke off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from erpnet import DomainApi
from sync.doorbells import DELIVERY_PRIORITY, PERSON_WAITS_PRIORITY
from sync.exceptions import NothingToResume
from sync.models import PurchaseOrder, Run, Stream, StreamName
from sync.services.runs import can_resume, cancel_run, resume_run, run_slice, start_run
from sync.streams import incremental
from sync.streams.progress import estimated_end
from sync.streams.table import STREAMS, priority_of
from sync.streams.turns import KEPT_FREE, MOST_FAILURES, TurnLost, take_turn
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

    def test_a_run_leaves_a_share_of_each_minute_to_deliveries(self, erp: Erp) -> None:
        """What is left of the rate limit is enough for an announcement, which waits for no minute."""
        hasty = DomainApi(erp.sandbox.application(), requests_per_minute=KEPT_FREE + 2)
        run = start_run("directory", trigger=Run.Trigger.PERSON)
        while run.turn == 0 or run.state == Run.State.RUNNING:
            run = run_slice(run.pk, hasty)
        assert run.state == Run.State.WAITING
        assert "deliveries" in run.message
        assert run.lease_until is not None
        assert timedelta(0) < run.lease_until - timezone.now() < timedelta(seconds=62)
        assert hasty.seconds_until_free(KEPT_FREE - 5) == 0.0
        Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert erp.slice(run).state == Run.State.DONE, "with another minute it goes on"

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


class TestGoingOn:
    def test_a_run_that_was_cancelled_goes_on_at_its_page(self, erp: Erp, settings: Settings) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        run = start_run("directory", trigger=Run.Trigger.PERSON)
        erp.slice(erp.slice(run))
        cancel_run(run.pk)
        run.refresh_from_db()
        resumed = erp.finish(resume_run(run))
        assert (resumed.trigger, resumed.of, resumed.mode) == (Run.Trigger.RESUME, run, run.mode)
        feeds = len(STREAMS[StreamName.DIRECTORY].feeds)
        assert (resumed.state, resumed.pages) == (Run.State.DONE, feeds - 2)
        assert len(Stream.objects.get(pk="directory").watermarks) == feeds - 1, "also of what was read before"
        assert Stream.objects.get(pk="directory").fresh_at == run.started_at, "as old as its first page"

    def test_a_reconciliation_knows_what_was_seen_before_it_broke_off(
        self, mirrored: Erp, settings: Settings
    ) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        run = start_run("products", reconcile=True, trigger=Run.Trigger.PERSON)
        mirrored.slice(mirrored.slice(run))
        Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED, finished_at=timezone.now())
        run.refresh_from_db()
        resumed = mirrored.finish(resume_run(run))
        assert (resumed.state, resumed.pages, resumed.rows_removed) == (Run.State.DONE, 1, 0)

    def test_what_could_not_be_read_before_still_counts(self, erp: Erp, settings: Settings) -> None:
        settings.SYNC_SLICE_SECONDS = 0
        run = start_run("directory", trigger=Run.Trigger.PERSON)
        erp.slice(run)
        Run.objects.filter(pk=run.pk).update(rows_failed=1)
        cancel_run(run.pk)
        assert erp.finish(resume_run(Run.objects.get())).state == Run.State.FLAWED

    def test_nothing_is_left_to_go_on_with_once_another_run_has_done_it(self, erp: Erp) -> None:
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        Run.objects.update(state=Run.State.FAILED, cursor={"feed": 0, "next": "x"})
        run.refresh_from_db()
        assert can_resume(run)
        erp.pull("orders")
        assert not can_resume(run)
        with pytest.raises(NothingToResume):
            resume_run(run)

    def test_no_watermark_passes_the_beginning_of_its_reading(self, erp: Erp) -> None:
        began = timezone.now() - timedelta(days=4000)
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        Run.objects.update(started_at=began)
        erp.finish(run)
        (reached,) = Stream.objects.get(pk="orders").watermarks.values()
        assert reached == began.isoformat()


class TestWhatARunTells:
    def test_how_much_it_has_before_it_and_where_its_time_went(self, erp: Erp) -> None:
        run = erp.pull("orders")
        assert (run.rows_expected, run.rows_read, run.requests, run.throttled) == (40, 40, 2, 0)
        assert min(run.bytes, run.seconds_fetching, run.seconds_parsing, run.seconds_writing) > 0

    def test_a_pull_of_changes_has_nothing_counted(self, mirrored: Erp) -> None:
        run = mirrored.pull("orders")
        assert (run.rows_expected, run.requests) == (None, 1)

    def test_how_often_erp_net_asked_it_to_wait(self, erp: Erp) -> None:
        erp.fail("rate-limited")
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        erp.slice(run)
        run.refresh_from_db()
        assert run.throttled == 1

    def test_when_it_will_be_done(self) -> None:
        stream = Stream.objects.create(pk="stock")
        begun = timezone.now() - timedelta(seconds=30)
        run = Run(stream=stream, state="running", started_at=begun, rows_expected=400, rows_read=100)
        ends_at = estimated_end(run)
        assert ends_at is not None
        assert abs((ends_at - timezone.now()).total_seconds() - 90) < 2
        run.rows_read = 0
        assert estimated_end(run) is None
        run.rows_read, run.state = 400, "done"
        assert estimated_end(run) is None

    def test_its_title_is_in_local_time(self) -> None:
        run = Run(stream_id="orders", mode="full", created_at=datetime(2026, 1, 5, 23, 30, tzinfo=UTC))
        assert str(run) == "Orders, Everything, 2026-01-06 01:30"


class TestWhoGoesFirst:
    def test_quick_runs_go_before_those_that_read_whole_tables(self) -> None:
        quick, whole, stock = (
            priority_of(Run(stream_id=stream, mode=mode))
            for stream, mode in (("orders", "incremental"), ("orders", "reconcile"), ("stock", "snapshot"))
        )
        assert DELIVERY_PRIORITY < PERSON_WAITS_PRIORITY < quick < whole == stock


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

    def test_to_be_counted_is_no_progress(self, erp: Erp) -> None:
        """ERP.net answers how many orders there are, and never which."""
        run = start_run("orders", full=True, trigger=Run.Trigger.PERSON)
        for _turn in range(MOST_FAILURES):
            erp.sandbox.instance.faults.clear()
            erp.fail("offline", times=0, after=1)
            run = erp.slice(run)
            Run.objects.filter(state__in=Run.OPEN).update(lease_until=timezone.now() - timedelta(seconds=1))
        assert (run.state, run.rows_expected, run.rows_read) == (Run.State.FAILED, 40, 0)

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
