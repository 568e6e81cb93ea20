"""/jobz: whether the jobs run, for a monitor outside, in two words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from sync.models import Run, Stream
from sync.services.schedule import put_schedule
from sync.services.watch import note_heartbeat

ON_TIME, LATE = (200, b"on time\n"), (503, b"late\n")


@pytest.fixture
def jobs_run(db: None) -> None:
    put_schedule()
    PeriodicTask.objects.update(last_run_at=timezone.now(), total_run_count=9)
    Run.objects.bulk_create(
        Run(stream=stream, mode="full", trigger="schedule", state="done") for stream in Stream.objects.all()
    )
    for queue in ("erpnet", "default"):
        note_heartbeat(queue)


def asked(client: Client) -> tuple[int, bytes]:
    answer = client.get("/jobz")
    return answer.status_code, answer.content


def test_jobs_that_run_are_on_time(client: Client, jobs_run: None) -> None:
    assert asked(client) == ON_TIME


def test_a_beat_that_died_is_late(client: Client, jobs_run: None) -> None:
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(hours=1))
    assert asked(client) == LATE


def test_a_worker_that_takes_no_tasks_is_late(client: Client, jobs_run: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sync_heartbeat SET seen_at = now() - interval '1 hour' WHERE queue = 'default'"
        )
    assert asked(client) == LATE


def test_a_portal_without_a_schedule_is_late(client: Client) -> None:
    assert asked(client) == LATE


def test_where_nobody_knows_it_is_late(db: None) -> None:
    def gone(*anything: Any) -> Any:
        raise DatabaseError("the server is gone, and its address is 10.0.0.7")

    with connection.execute_wrapper(gone):
        assert asked(Client()) == LATE
