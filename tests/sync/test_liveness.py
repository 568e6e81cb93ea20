"""`manage.py liveness`: a worker that is connected but takes no tasks is found out."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from sync import tasks
from sync.models import Heartbeat
from sync.services.schedule import put_schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def beat() -> None:
    put_schedule()
    PeriodicTask.objects.update(last_run_at=timezone.now(), total_run_count=1)


def ask(*words: str) -> str:
    out = io.StringIO()
    call_command("liveness", *words, stdout=out)
    return out.getvalue()


def test_a_queue_whose_canaries_come_through_is_alive() -> None:
    tasks.canary("erpnet")
    assert "last came through" in ask("erpnet")


def test_one_that_none_came_through_lately_is_not() -> None:
    tasks.canary("erpnet")
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=9))
    with pytest.raises(CommandError, match="erpnet is silent"):
        ask("erpnet")
    assert ask("erpnet", "--within", "600")


def test_a_worker_has_time_until_enough_canaries_were_sent_to_it() -> None:
    assert "never" in ask("default")
    PeriodicTask.objects.update(total_run_count=9)
    with pytest.raises(CommandError, match="never"):
        ask("default")


def test_while_the_beat_sends_none_no_worker_is_to_blame() -> None:
    tasks.canary("erpnet")
    Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=9))
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=9))
    assert ask("erpnet")
    PeriodicTask.objects.filter(task="sync.canary").update(enabled=False)
    assert "is off" in ask("erpnet")


def test_while_the_database_is_away_no_worker_is_to_blame() -> None:
    def gone(*anything: Any) -> Any:
        raise DatabaseError("the server is gone")

    with connection.execute_wrapper(gone):
        assert "Nobody knows" in ask("erpnet")


def test_each_canary_goes_through_its_own_queue() -> None:
    sent = PeriodicTask.objects.filter(task="sync.canary").values_list("queue", "args").order_by("queue")
    assert list(sent) == [("default", '["default"]'), ("erpnet", '["erpnet"]')]
