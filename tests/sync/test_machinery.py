"""Doorbells, the sweep that makes up for lost ones, the schedule, and the commands."""

from __future__ import annotations

import io
import json
import socket
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery, current_app
from celery.app import app_or_default
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from redis import Redis

from accounts.models import AccessRequest, User
from erpnet.models import ApiCall
from portal.celery import configuration
from sync import tasks, worker
from sync.doorbells import ring_deliver, ring_run
from sync.models import OutboxEntry, PurchaseOrder, Run, StockBalance, Stream
from sync.schedule import SCHEDULE
from sync.services.runs import start_run
from sync.services.sweep import prune, sweep
from tests.sync import builders as make
from tests.sync.erp import Erp
from tests.sync.vendor import Vendor, only_entry

pytestmark = pytest.mark.django_db

# Redis keeps a list for each priority of a queue; the first has no number in its name.
DELIVERIES, PEOPLE, RUNS = "erpnet", "erpnet:3", "erpnet:6"


@pytest.fixture
def new_process() -> Iterator[None]:
    """As in a process that has not called ERP.net yet."""
    worker._domain_api.cache_clear()
    worker._audit_trail.cache_clear()
    yield
    worker._domain_api.cache_clear()
    worker._audit_trail.cache_clear()


def rung(broker: Redis, queue: str) -> list[str]:
    """The names of the tasks that wait in a queue."""
    messages: Any = broker.lrange(queue, 0, -1)
    return [json.loads(message)["headers"]["task"] for message in messages]


class TestDoorbells:
    def test_ring_when_the_transaction_is_committed_in_the_queue_of_their_priority(
        self, broker: Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            start_run("orders", trigger=Run.Trigger.PERSON)
            ring_deliver()
            assert rung(broker, DELIVERIES) == []
        assert rung(broker, DELIVERIES) == ["sync.deliver"]
        assert rung(broker, RUNS) == ["sync.run_slice"]

    def test_that_nobody_can_hear_harm_nobody(
        self, caplog: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        portal = app_or_default()
        deaf = Celery("deaf", broker="redis://127.0.0.1:9/0", set_as_current=True)
        deaf.conf.update(task_publish_retry=False, broker_transport_options={"max_retries": 0})
        try:
            with django_capture_on_commit_callbacks(execute=True):
                ring_run(uuid.uuid4())
        finally:
            portal.set_current()
        assert "not heard" in caplog.text

    def test_do_not_hold_a_page_up_where_redis_hangs(
        self, caplog: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        portal = app_or_default()
        with socket.create_server(("127.0.0.1", 0)) as hung:
            address = f"redis://127.0.0.1:{hung.getsockname()[1]}/0"
            app = Celery("hung", set_as_current=True)
            app.conf.update({**configuration(), "broker_url": address})
            began = time.monotonic()
            try:
                with django_capture_on_commit_callbacks(execute=True):
                    ring_run(uuid.uuid4())
            finally:
                portal.set_current()
        assert "not heard" in caplog.text
        assert time.monotonic() - began < 10


class TestTheSweep:
    @pytest.fixture
    def sweep_rings(
        self, broker: Redis, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> Any:
        def look() -> dict[str, list[str]]:
            broker.flushdb()
            with django_capture_on_commit_callbacks(execute=True):
                sweep()
            return {queue: rung(broker, queue) for queue in (DELIVERIES, PEOPLE, RUNS)}

        return look

    def test_is_silent_when_nothing_waits(self, sweep_rings: Any) -> None:
        assert sweep_rings() == {DELIVERIES: [], PEOPLE: [], RUNS: []}

    def test_rings_for_a_delivery_whose_bell_was_lost(self, sweep_rings: Any) -> None:
        make.shipment(make.order(make.membership("Rila").partner), delivery="PENDING")
        assert sweep_rings()[DELIVERIES] == ["sync.deliver"]

    def test_has_a_dead_workers_delivery_looked_up(self, sweep_rings: Any) -> None:
        shipment = make.shipment(make.order(make.membership("Rila").partner), delivery="SENDING")
        OutboxEntry.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert sweep_rings()[DELIVERIES] == ["sync.deliver"]
        assert only_entry(shipment).state == OutboxEntry.State.UNKNOWN

    def test_leaves_a_delivery_that_is_being_sent_alone(self, sweep_rings: Any) -> None:
        make.shipment(make.order(make.membership("Rila").partner), delivery="SENDING")
        OutboxEntry.objects.update(lease_until=timezone.now() + timedelta(seconds=60))
        assert sweep_rings()[DELIVERIES] == []

    def test_rings_for_runs_that_nobody_is_at(self, sweep_rings: Any) -> None:
        long_ago = timezone.now() - timedelta(minutes=5)
        start_run("orders", trigger=Run.Trigger.PERSON)
        assert sweep_rings()[RUNS] == [], "its own bell may still be on the way"
        Run.objects.update(created_at=long_ago)
        assert sweep_rings()[RUNS] == ["sync.run_slice"]
        Run.objects.update(lease_until=timezone.now() + timedelta(seconds=60))
        assert sweep_rings()[RUNS] == []

    def test_rings_for_a_run_as_soon_as_it_has_waited_long_enough(self, sweep_rings: Any) -> None:
        """No bell is on its way for one that waits: it was not rung for."""
        start_run("orders", trigger=Run.Trigger.PERSON)
        Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert sweep_rings()[RUNS] == ["sync.run_slice"]

    def test_rings_for_people_who_wait(self, sweep_rings: Any) -> None:
        user = User.objects.create(
            issuer="https://vitosha.example/id",
            erp_id=uuid.uuid4(),
            login="m",
            user_type="ExternalCommunityUser",
        )
        AccessRequest.objects.create(user=user, requested_at=timezone.now() - timedelta(minutes=1))
        assert sweep_rings()[PEOPLE] == ["sync.look_up_person"]


@pytest.mark.usefixtures("new_process")
class TestTasks:
    """The worker's tasks, called as the worker calls them."""

    def test_a_stream_and_a_delivery_share_one_session(self, erp: Erp) -> None:
        erp.pull()
        maria = Vendor("maria@rila-textiles.example")
        shipment = maria.announce(maria.open_order())
        tasks.start_run("receipts")
        tasks.run_slice(str(Run.objects.get(state=Run.State.WAITING).pk))
        tasks.deliver()
        with worker.domain_api() as api, worker.domain_api() as same:
            assert api is same
        assert len(erp.receiving_orders(shipment)) == 1

    def test_a_persons_look_up(self, erp: Erp) -> None:
        erp.pull("directory")
        maria = Vendor("maria@rila-textiles.example")
        AccessRequest.objects.create(user=maria.user)
        tasks.look_up_person(str(maria.user.pk))
        assert AccessRequest.objects.get().state == AccessRequest.State.GRANTED


class TestTheSchedule:
    def test_is_put_into_the_database_with_every_stream(self) -> None:
        call_command("schedule", stdout=io.StringIO())
        assert set(
            PeriodicTask.objects.exclude(task__startswith="celery.").values_list("name", flat=True)
        ) == {entry.name for entry in SCHEDULE}
        assert Stream.objects.count() == 6
        nightly = PeriodicTask.objects.get(name="Sync stock").crontab
        assert (nightly.hour, nightly.minute, str(nightly.timezone)) == ("2", "30", "Europe/Sofia")

    def test_keeps_what_ops_changed_and_adds_what_is_missing(self) -> None:
        call_command("schedule", stdout=io.StringIO())
        PeriodicTask.objects.filter(name="Sync orders").update(enabled=False)
        PeriodicTask.objects.filter(name="Prune").delete()
        out = io.StringIO()
        call_command("schedule", stdout=out)
        assert out.getvalue().strip() == "Added: Prune"
        assert not PeriodicTask.objects.get(name="Sync orders").enabled

    def test_names_only_tasks_that_are_registered(self) -> None:
        current_app.loader.import_default_modules()
        assert {entry.task for entry in SCHEDULE} <= set(current_app.tasks)


@pytest.mark.usefixtures("new_process")
class TestTheCommand:
    def test_runs_a_stream_here_when_no_worker_answers(self, erp: Erp) -> None:
        out = io.StringIO()
        call_command("sync", "stock", stdout=out)
        assert StockBalance.objects.count() == 100
        assert "100 of 100 rows read" in out.getvalue()

    def test_reads_everything_again_if_asked_to(self, erp: Erp) -> None:
        for options in ([], ["--full"]):
            call_command("sync", "orders", *options, stdout=io.StringIO())
        assert PurchaseOrder.objects.count() == 40
        assert Run.objects.latest("created_at").mode == Run.Mode.FULL

    def test_fails_with_the_reason(self, erp: Erp) -> None:
        erp.fail("unauthorized", times=5)
        with pytest.raises(CommandError, match="Failed"):
            call_command("sync", "orders", stdout=io.StringIO())

    def test_knows_only_streams_that_there_are(self) -> None:
        with pytest.raises(CommandError, match="invalid choice"):
            call_command("sync", "nonsense")


def test_old_runs_and_calls_are_pruned(settings: Settings) -> None:
    old = timezone.now() - timedelta(days=91)
    stream = Stream.objects.create(pk="orders")
    Run.objects.create(stream=stream, mode="full", trigger="person", state="done", finished_at=old)
    kept = Run.objects.create(
        stream=stream, mode="full", trigger="person", state="done", finished_at=timezone.now()
    )
    prune()
    assert list(Run.objects.all()) == [kept]
    assert ApiCall.objects.count() == 0
