"""The dead man's handle: what did not start in time is told, by whoever is still alive to tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from sync import tasks
from sync.models import Alert, Heartbeat, OutboxEntry, Run, Stream
from sync.selectors.watch import is_anything_late, scheduled
from sync.services.schedule import put_schedule
from sync.services.watch import WATCH, keep_watch, note_heartbeat
from sync.watchman import look
from tests.deliveries import bring_to, delivery
from tests.sync import builders as make

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def ago(**ages: int) -> datetime:
    return timezone.now() - timedelta(**ages)


@pytest.fixture
def all_well() -> None:
    """A schedule all of whose entries started just now, in time, and workers that take tasks."""
    put_schedule()
    set_off(timezone.now())
    for stream in Stream.objects.all():
        Run.objects.create(stream=stream, mode="full", trigger="schedule", state="done")
    for queue in ("erpnet", "default", WATCH):
        note_heartbeat(queue)


def set_off(at: datetime, **which: Any) -> None:
    PeriodicTask.objects.filter(**which).update(last_run_at=at, date_changed=at, total_run_count=9)


def ran(at: datetime, *streams: str) -> None:
    Run.objects.filter(stream__in=streams).update(created_at=at)


def late() -> set[str]:
    return {entry.name for entry in scheduled() if entry.is_late}


def open_alerts() -> set[tuple[str, str]]:
    return set(Alert.objects.filter(closed_at=None).values_list("kind", "subject"))


@pytest.mark.usefixtures("all_well")
class TestLate:
    def test_nothing_is_where_all_is_well(self) -> None:
        keep_watch()
        assert open_alerts() == set()
        assert not is_anything_late()

    def test_is_an_entry_that_the_beat_has_not_set_off(self) -> None:
        set_off(ago(minutes=4), name="Sweep")
        assert late() == set(), "its own rhythm is twenty seconds, but clocks differ"
        set_off(ago(minutes=6), name="Sweep")
        assert late() == {"Sweep"}

    def test_is_a_stream_whose_message_led_to_no_run(self) -> None:
        ran(ago(minutes=11), "orders")
        assert late() == set(), "what was sent a moment ago may still be on its way"
        set_off(ago(minutes=3), name="Sync orders")
        assert late() == {"Sync orders"}

    def test_is_no_stream_that_is_being_run(self) -> None:
        ran(ago(hours=3), "orders")
        set_off(ago(minutes=3), name="Sync orders")
        Run.objects.filter(stream="orders").update(state="running")
        assert late() == set()

    def test_is_nothing_that_was_switched_off_or_only_just_on(self) -> None:
        ran(ago(days=30), "orders")
        set_off(ago(days=30), name="Sync orders")
        for is_on in (False, True):
            entry = PeriodicTask.objects.get(name="Sync orders")
            entry.enabled = is_on
            entry.save()
            assert late() == set()

    @pytest.mark.parametrize(("now", "is_late"), [("02:40", False), ("02:46", True)])
    def test_is_a_nightly_run_a_quarter_of_an_hour_after_its_time(self, now: str, is_late: bool) -> None:
        """02:30 in Sofia is 00:30 in winter."""
        ran(NOON, "stock")
        set_off(NOON, name="Sync stock")
        with time_machine.travel(f"2026-11-21T{now}:00+02:00", tick=False):
            assert ("Sync stock" in late()) is is_late

    @pytest.mark.parametrize("state", ["done", "running"])
    @pytest.mark.parametrize("kind", [{"dry_run": True, "mode": "snapshot"}, {"mode": "restore"}])
    def test_is_a_nightly_run_in_whose_place_another_brought_nothing(
        self, kind: dict[str, Any], state: str
    ) -> None:
        ran(NOON, "stock")
        set_off(NOON, name="Sync stock")
        with time_machine.travel("2026-11-21T02:46:00+02:00", tick=False):
            Run.objects.create(stream_id="stock", trigger="person", state=state, **kind)
            assert "Sync stock" in late()

    def test_is_no_nightly_run_that_waits_for_the_end_of_another(self) -> None:
        ran(NOON, "stock")
        set_off(NOON, name="Sync stock")
        with time_machine.travel("2026-11-21T02:46:00+02:00", tick=False):
            Run.objects.create(stream_id="stock", mode="restore", trigger="person", state="running")
            tasks.start_run("stock")
            assert "Sync stock" not in late()

    def test_is_no_nightly_run_that_a_person_has_started_meanwhile(self) -> None:
        ran(NOON, "stock")
        set_off(NOON, name="Sync stock")
        with time_machine.travel("2026-11-21T02:46:00+02:00", tick=False):
            Run.objects.create(stream_id="stock", mode="snapshot", trigger="person", state="done")
            assert "Sync stock" not in late()

    def test_is_read_with_as_many_queries_however_much_there_is(self) -> None:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            is_anything_late()
        assert len(queries) == 4


@pytest.mark.usefixtures("all_well")
class TestTheWatch:
    def test_tells_of_what_is_late_until_it_has_started_again(self) -> None:
        set_off(ago(minutes=6), name="Sweep")
        keep_watch()
        assert open_alerts() == {("schedule", "Sweep")}
        set_off(timezone.now(), name="Sweep")
        keep_watch()
        assert open_alerts() == set()

    def test_does_not_take_a_message_on_its_way_for_a_start(self) -> None:
        ran(ago(minutes=11), "orders")
        set_off(ago(minutes=3), name="Sync orders")
        keep_watch()
        set_off(timezone.now(), name="Sync orders")
        keep_watch()
        assert open_alerts() == {("schedule", "Sync orders")}
        ran(timezone.now(), "orders")
        keep_watch()
        assert open_alerts() == set()

    def test_waits_no_longer_for_what_was_switched_off(self) -> None:
        set_off(ago(minutes=6), name="Sweep")
        keep_watch()
        PeriodicTask.objects.filter(name="Sweep").update(enabled=False)
        keep_watch()
        assert open_alerts() == set()

    def test_tells_of_a_worker_through_which_no_canary_comes(self) -> None:
        Heartbeat.objects.filter(pk="erpnet").update(seen_at=ago(minutes=9))
        keep_watch()
        assert open_alerts() == {("worker", "erpnet")}
        assert is_anything_late()
        tasks.canary("erpnet")
        keep_watch()
        assert open_alerts() == set()

    def test_tells_of_a_worker_that_was_never_there(self) -> None:
        Heartbeat.objects.filter(pk="default").delete()
        keep_watch()
        assert open_alerts() == {("worker", "default")}

    def test_blames_no_worker_for_a_beat_that_stands_still(self) -> None:
        Heartbeat.objects.exclude(pk=WATCH).update(seen_at=ago(minutes=9))
        set_off(ago(minutes=9))
        keep_watch()
        assert open_alerts() == {("schedule", "beat")}, "one says it all"
        set_off(timezone.now())
        keep_watch()
        assert open_alerts() == set(), "the first canaries after it are still on their way"

    def test_tells_of_deliveries_that_wait_for_somebody(self) -> None:
        partner = make.membership("Rila").partner
        entry = delivery(make.shipment(make.order(partner)), "PENDING", message="No document type fits.")
        OutboxEntry.objects.update(created_at=ago(minutes=29))
        keep_watch()
        assert open_alerts() == set()
        OutboxEntry.objects.update(created_at=ago(minutes=31))
        keep_watch()
        keep_watch()
        assert open_alerts() == {("waiting", "outbox")}
        assert "No document type fits." in Alert.objects.get().message
        bring_to(entry, "DONE")
        keep_watch()
        assert open_alerts() == set()

    def test_judges_nothing_at_its_first_look_after_a_while(self) -> None:
        """A portal that was switched off over night is not late in the morning before it could begin."""
        Heartbeat.objects.filter(pk=WATCH).update(seen_at=ago(minutes=9))
        set_off(ago(minutes=9))
        tasks.keep_watch()
        assert open_alerts() == set()
        tasks.keep_watch()
        assert open_alerts() == {("schedule", "beat")}


class TestTheWatchman:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.usefixtures("all_well")
    def test_looks_with_a_connection_of_his_own_and_leaves_none_open(self) -> None:
        set_off(ago(minutes=6), name="Sweep")
        look()
        assert open_alerts() == {("schedule", "Sweep")}

    @pytest.mark.django_db(transaction=True)
    def test_outlives_a_look_that_went_wrong(self, caplog: pytest.LogCaptureFixture) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sync_heartbeat RENAME TO lost")
        try:
            look()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE lost RENAME TO sync_heartbeat")
        assert "could not look" in caplog.text
