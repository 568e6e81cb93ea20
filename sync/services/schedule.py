"""Putting the streams and the table of schedules into the database, where the admin and the beat find them."""

from __future__ import annotations

import json
from datetime import time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from sync.models import Stream
from sync.schedule import SCHEDULE, Entry, Weekly
from sync.streams.table import STREAMS


@transaction.atomic
def put_schedule() -> list[str]:
    """Add what is missing, by name. What is there stays as ops left it. Answers the names added."""
    Stream.objects.bulk_create([Stream(pk=name) for name in STREAMS], ignore_conflicts=True)
    present = set(PeriodicTask.objects.values_list("name", flat=True))
    missing = [entry for entry in SCHEDULE if entry.name not in present]
    for entry in missing:
        _add(entry)
    return [entry.name for entry in missing]


def _add(entry: Entry) -> None:
    PeriodicTask.objects.create(
        name=entry.name,
        task=entry.task,
        args=json.dumps(entry.args),
        kwargs=json.dumps(entry.kwargs),
        queue=entry.queue,
        expire_seconds=round(entry.expires.total_seconds()),
        description=entry.description,
        **_rhythm(entry.rhythm),
    )


def _rhythm(rhythm: timedelta | time | Weekly) -> dict[str, Any]:
    if isinstance(rhythm, timedelta):
        every = round(rhythm.total_seconds())
        interval, _created = IntervalSchedule.objects.get_or_create(
            every=every, period=IntervalSchedule.SECONDS
        )
        return {"interval": interval}
    at, day = (rhythm.at, str(rhythm.day)) if isinstance(rhythm, Weekly) else (rhythm, "*")
    crontab, _created = CrontabSchedule.objects.get_or_create(
        minute=str(at.minute), hour=str(at.hour), day_of_week=day, timezone=settings.TIME_ZONE
    )
    return {"crontab": crontab}
