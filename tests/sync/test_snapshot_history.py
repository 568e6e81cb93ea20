"""The differences that snapshots leave behind: on to what was refused, and back to what was."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, User
from sync.exceptions import SnapshotStays
from sync.models import Run, StockBalance, StockChange, Stream
from sync.services.runs import start_run
from sync.services.snapshots import place_snapshot, prune_snapshots, rehearse_snapshot
from sync.services.sweep import sweep
from sync.streams.snapshot.tables import KEY
from tests.sync.erp import Erp

pytestmark = pytest.mark.django_db

Stock = dict[tuple[Any, ...], tuple[Decimal, str]]
Place = Callable[[Run], Run]


def stock() -> Stock:
    rows = StockBalance.objects.values_list(*KEY, "quantity", "unit")
    return {tuple(key): (quantity, unit) for *key, quantity, unit in rows}


def rows_written() -> tuple[int, ...]:
    """How many rows of the stock this transaction, which is the test, has inserted, updated and deleted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables WHERE relname = %s",
            ["sync_stockbalance"],
        )
        return tuple(cursor.fetchone())


@pytest.fixture
def ops() -> User:
    return User.objects.create(
        issuer="https://vitosha.example/id", erp_id=uuid.uuid4(), login="ops", user_type="InternalUser"
    )


@pytest.fixture
def place(erp: Erp, ops: User) -> Place:
    """Put a snapshot in place, worker's part included."""
    return lambda run: erp.finish(place_snapshot(run, user=ops, reason="It is true."))


@pytest.fixture
def night(erp: Erp) -> Callable[..., tuple[Run, Stock]]:
    """A night after the warehouse has changed so many balances and removed so many."""

    def pull(change: int = 0, remove: int = 0) -> tuple[Run, Stock]:
        erp.sandbox.instance.balances.shift(change=change, remove=remove)
        return erp.pull("stock"), stock()

    return pull


Night = Callable[..., tuple[Run, Stock]]


class TestADifference:
    def test_is_kept_with_the_run_that_merged_it(self, night: Night) -> None:
        night()
        before = stock()
        run, after = night(change=3, remove=5)
        changes = {
            tuple(getattr(change, name) for name in KEY): (change.quantity_before, change.quantity_after)
            for change in StockChange.objects.filter(run=run)
        }
        gone = {key: (quantity, None) for key, (quantity, _unit) in before.items() if key not in after}
        changed = {
            key: (before[key][0], quantity)
            for key, (quantity, _unit) in after.items()
            if before[key][0] != quantity
        }
        assert (len(gone), len(changed)) == (5, 3)
        assert changes == gone | changed

    def test_is_no_more_than_what_is_written(self, night: Night) -> None:
        night()
        inserted, updated, deleted = rows_written()
        night(change=3, remove=5)
        assert rows_written() == (inserted, updated + 3, deleted + 5)

    def test_of_a_night_in_which_nothing_changed_is_none(self, night: Night) -> None:
        night()
        before = rows_written()
        run, _stock = night()
        assert rows_written() == before
        assert (run.state, StockChange.objects.count()) == (Run.State.DONE, 0)

    def test_of_a_first_load_is_not_kept(self, night: Night) -> None:
        run, _stock = night()
        assert run.rows_changed == 100
        assert not StockChange.objects.exists()

    def test_is_forgotten_after_some_days(self, night: Night, settings: Settings) -> None:
        night()
        old, _stock = night(change=3)
        new, _stock = night(change=2)
        settings.STOCK_SNAPSHOTS_KEPT_DAYS = 7
        Run.objects.filter(pk=old.pk).update(finished_at=timezone.now() - timedelta(days=8))
        assert prune_snapshots() == 3
        assert set(StockChange.objects.values_list("run", flat=True)) == {new.pk}


class TestAccepting:
    def test_makes_the_stock_what_was_refused(self, night: Night, place: Place) -> None:
        _first, before = night()
        refused, kept = night(change=4, remove=70)
        assert (refused.state, kept) == (Run.State.REFUSED, before)
        run = place(refused)
        assert (run.state, run.mode, run.of) == (Run.State.DONE, Run.Mode.RESTORE, refused)
        assert run.rows_removed == 70
        assert len(stock()) == 30
        assert Stream.objects.get(pk="stock").fresh_at == refused.started_at

    def test_is_what_the_next_night_would_find(self, night: Night, place: Place) -> None:
        night()
        place(night(change=4, remove=70)[0])
        again, _stock = night()
        assert (again.state, again.rows_changed, again.rows_removed) == (Run.State.DONE, 0, 0)

    def test_is_kept_with_its_reason(self, night: Night, place: Place, ops: User) -> None:
        night()
        place(night(remove=70)[0])
        event = AuditEvent.objects.get(kind=AuditEvent.Kind.STAFF)
        assert (event.user_id, event.detail) == (
            ops.pk,
            {"action": "accept_snapshot", "reason": "It is true."},
        )

    def test_takes_a_first_snapshot_that_was_not_complete(
        self, erp: Erp, night: Night, place: Place, settings: Settings
    ) -> None:
        settings.STOCK_COUNT_TOLERANCE = -1
        refused, kept = night()
        assert (refused.state, kept) == (Run.State.REFUSED, {})
        place(refused)
        assert len(stock()) == 100

    def test_what_a_newer_snapshot_has_overtaken_is_refused(
        self, night: Night, place: Place, settings: Settings
    ) -> None:
        night()
        refused, _stock = night(remove=70)
        settings.STOCK_LARGEST_FALL = 0.9
        _newer, before = night()
        with pytest.raises(SnapshotStays, match="newer"):
            place(refused)
        assert stock() == before
        assert not Run.objects.filter(mode=Run.Mode.RESTORE).exists()

    def test_twice_is_refused(self, night: Night, place: Place) -> None:
        night()
        refused, _stock = night(remove=70)
        place(refused)
        with pytest.raises(SnapshotStays, match="was accepted"):
            place(refused)

    def test_what_the_database_lost_is_refused(self, erp: Erp, night: Night, place: Place) -> None:
        night()
        run = start_run("stock", trigger=Run.Trigger.PERSON)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                "CREATE TRIGGER lose BEFORE INSERT ON sync_stock_staging FOR EACH ROW EXECUTE FUNCTION lose()"
            )
        run = erp.finish(run)
        assert run.state == Run.State.REFUSED
        assert "restarted" in run.message
        with pytest.raises(SnapshotStays, match="nothing to accept"):
            place(run)

    def test_waits_while_a_run_is_open(self, night: Night, place: Place) -> None:
        night()
        refused, _stock = night(remove=70)
        start_run("stock", trigger=Run.Trigger.PERSON)
        with pytest.raises(SnapshotStays, match="open"):
            place(refused)


class TestPuttingBack:
    def test_leads_back_over_every_run_since(self, night: Night, place: Place) -> None:
        nights = [night(), night(change=5), night(change=7, remove=6), night(change=3, remove=2)]
        run, wanted = nights[1]
        assert stock() != wanted
        back = place(run)
        assert (back.state, stock()) == (Run.State.DONE, wanted)
        assert Stream.objects.get(pk="stock").fresh_at == run.started_at

    def test_can_itself_be_taken_back(self, night: Night, place: Place) -> None:
        first, _stock = night()
        latest, wanted = night(change=7, remove=6)
        place(first)
        assert stock() != wanted
        place(latest)
        assert stock() == wanted
        assert Stream.objects.get(pk="stock").fresh_at == latest.started_at

    def test_a_run_that_put_something_back_is_as_old_as_that(self, night: Night, place: Place) -> None:
        first, wanted = night()
        night(change=7)
        back = place(first)
        night(change=2)
        place(back)
        assert stock() == wanted
        assert Stream.objects.get(pk="stock").fresh_at == first.started_at

    def test_leads_past_what_was_refused(self, night: Night, place: Place) -> None:
        first, wanted = night()
        night(change=3)
        night(remove=70)
        place(first)
        assert stock() == wanted

    def test_what_lies_there_now_is_refused(self, night: Night, place: Place) -> None:
        run, _stock = night()
        night()
        with pytest.raises(SnapshotStays, match="Nothing has changed"):
            place(run)

    def test_there_is_no_way_over_a_run_whose_difference_is_gone(self, night: Night, place: Place) -> None:
        first, _stock = night()
        gap, _stock = night(change=3)
        _latest, before = night(change=3)
        StockChange.objects.filter(run=gap).delete()
        with pytest.raises(SnapshotStays, match="no way back"):
            place(first)
        assert place(gap).state == Run.State.DONE, "the gap is before it"
        assert stock() != before

    def test_there_is_no_way_over_a_first_load(self, night: Night, place: Place) -> None:
        first, _stock = night()
        StockBalance.objects.all().delete()
        night()
        with pytest.raises(SnapshotStays, match="no way back"):
            place(first)

    def test_a_run_that_failed_has_nothing_to_put_back(self, erp: Erp, night: Night, place: Place) -> None:
        night()
        erp.fail("unauthorized", times=5)
        run = erp.finish(start_run("stock", trigger=Run.Trigger.PERSON))
        assert run.state == Run.State.FAILED
        with pytest.raises(SnapshotStays, match="no snapshot"):
            place(run)

    def test_differences_that_were_pruned_meanwhile_end_it(self, erp: Erp, night: Night, ops: User) -> None:
        first, _stock = night()
        night(change=3)
        before = stock()
        run = place_snapshot(first, user=ops, reason="It is true.")
        StockChange.objects.all().delete()
        run = erp.finish(run)
        assert (run.state, stock()) == (Run.State.FAILED, before)
        assert "no way back" in run.message

    def test_differences_that_are_pruned_while_it_reads_them_put_nothing_back(
        self, erp: Erp, night: Night, ops: User
    ) -> None:
        """Half of the way back would be a stock of no night at all."""
        first, _stock = night()
        old, _stock = night(change=3)
        _latest, before = night(change=5)
        run = place_snapshot(first, user=ops, reason="It is true.")
        with pruned_before_it_compares(old):
            run = erp.finish(run)
        assert not StockChange.objects.filter(run=old).exists()
        assert (run.state, stock()) == (Run.State.FAILED, before)
        assert "no way back" in run.message

    def test_a_refused_difference_that_is_pruned_while_it_is_read_is_not_accepted(
        self, erp: Erp, night: Night, ops: User
    ) -> None:
        night()
        refused, before = night(remove=70)
        run = place_snapshot(refused, user=ops, reason="It is true.")
        with pruned_before_it_compares(refused):
            run = erp.finish(run)
        assert (run.state, stock()) == (Run.State.FAILED, before)
        assert "nothing to accept" in run.message


@contextmanager
def pruned_before_it_compares(run: Run) -> Iterator[None]:
    """What another process may commit between two statements of the worker's: the difference of a run is gone."""

    def prune(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if "CREATE TEMPORARY TABLE stock_difference" in sql:
            StockChange.objects.filter(run=run).delete()
        return execute(sql, *arguments)

    with connection.execute_wrapper(prune):
        yield


class TestADryRun:
    def test_shows_what_would_change_and_changes_nothing(self, erp: Erp, night: Night) -> None:
        _first, before = night()
        fresh_at = Stream.objects.get(pk="stock").fresh_at
        erp.sandbox.instance.balances.shift(change=3, remove=5)
        written = rows_written()
        run = erp.finish(rehearse_snapshot())
        assert (run.state, run.rows_changed, run.rows_removed) == (Run.State.DONE, 3, 5)
        assert StockChange.objects.filter(run=run).count() == 8
        assert (rows_written(), stock()) == (written, before)
        assert Stream.objects.get(pk="stock").fresh_at == fresh_at

    def test_of_a_first_load_fills_nothing(self, erp: Erp) -> None:
        run = erp.finish(rehearse_snapshot())
        assert (run.rows_changed, StockBalance.objects.count()) == (100, 0)
        assert Stream.objects.get(pk="stock").fresh_at is None

    def test_tells_what_would_be_refused(self, erp: Erp, night: Night, place: Place) -> None:
        night()
        erp.sandbox.instance.balances.shift(change=0, remove=70)
        run = erp.finish(rehearse_snapshot())
        assert run.state == Run.State.REFUSED
        with pytest.raises(SnapshotStays, match="no snapshot"):
            place(run)

    def test_is_no_link_of_the_chain(self, erp: Erp, night: Night, place: Place) -> None:
        first, wanted = night()
        erp.sandbox.instance.balances.shift(change=3, remove=0)
        erp.finish(rehearse_snapshot())
        night()
        place(first)
        assert stock() == wanted

    def test_waits_while_a_run_is_open(self, night: Night) -> None:
        start_run("stock", trigger=Run.Trigger.PERSON)
        with pytest.raises(SnapshotStays, match="open"):
            rehearse_snapshot()

    def test_lets_the_nightly_run_begin_when_it_has_ended(self, erp: Erp) -> None:
        rehearsal = rehearse_snapshot()
        assert start_run("stock", trigger=Run.Trigger.SCHEDULE) == rehearsal
        erp.finish(rehearsal)
        assert not StockBalance.objects.exists()
        sweep()
        assert erp.finish(Run.objects.get(state__in=Run.OPEN)).trigger == Run.Trigger.SCHEDULE
        assert StockBalance.objects.exists()


def test_the_nightly_run_begins_when_a_snapshot_has_been_put_in_place(
    erp: Erp, night: Callable[..., tuple[Run, Stock]], ops: User
) -> None:
    earlier, _stock = night(change=5)
    night(change=5)
    placing = place_snapshot(earlier, user=ops, reason="It is true.")
    assert start_run("stock", trigger=Run.Trigger.SCHEDULE) == placing
    erp.finish(placing)
    sweep()
    assert Run.objects.get(state__in=Run.OPEN).mode == Run.Mode.SNAPSHOT
