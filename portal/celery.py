"""The Celery application: two queues, and every setting with its reason.

The database row is the truth and a task is a doorbell: losing one costs the time until the sweep, running one twice
costs a look at the row. So the settings favour "at least once".
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Exchange, Queue

VISIBILITY_TIMEOUT = 15 * 60
TASK_TIME_LIMIT = 10 * 60
BROKER_SECONDS = 2


def configuration() -> dict[str, Any]:
    """Read when the first worker or publisher needs it, not when Django is still loading its settings."""
    return {
        "broker_url": settings.REDIS_URL,
        # Results are rows of ours; nobody waits on Celery for one.
        "task_ignore_result": True,
        "result_expires": None,
        # Each with a key of its own: by Celery's defaults both would be bound to the same one.
        "task_queues": [Queue(name, Exchange(name), routing_key=name) for name in ("erpnet", "default")],
        "task_default_queue": "default",
        # What needs ERP.net, or must not wait behind mails, is for `erpnet`. A canary names its queue itself.
        "task_routes": {"sync.housekeeping.*": {"queue": "default"}, "sync.*": {"queue": "erpnet"}},
        # A worker that dies gives its task back; the row's lease decides whether anything is left to do.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # One at a time in hand, so that a delivery never waits behind prefetched slices.
        "worker_prefetch_multiplier": 1,
        # Redis hands an unacknowledged task out again after this long: longer than any task may run.
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT,
            # A list for each of these steps, the lowest first; `sync.doorbells` says what is worth which. What says
            # nothing, as the beat's tasks do, is of the first: they are short, and make the rows that then wait.
            "queue_order_strategy": "priority",
            "priority_steps": [0, 3, 6, 9],
            "sep": ":",
            # A page that rings while Redis is down goes on at once, instead of after the retries of two seconds.
            "max_retries": 0,
            "socket_timeout": BROKER_SECONDS,
            "socket_connect_timeout": BROKER_SECONDS,
        },
        # No task takes minutes: a slice and a delivery end by themselves. What hangs is told so first, then killed.
        "task_time_limit": TASK_TIME_LIMIT,
        "task_soft_time_limit": TASK_TIME_LIMIT - 60,
        # A page hardly waits for the broker, not even for one that takes connections and answers nothing: the sweep
        # finds what a lost doorbell left behind.
        "task_publish_retry": False,
        "broker_connection_timeout": BROKER_SECONDS,
        # Worker and Redis may start in any order.
        "broker_connection_retry_on_startup": True,
        # What can no longer be acknowledged comes again: it is not to be at work twice.
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        # A deploy lets a slice or a delivery come to its end; what takes longer is given back.
        "worker_soft_shutdown_timeout": 20,
        # Logs are those of Django's settings: a JSON line for each event.
        "worker_hijack_root_logger": False,
        # Beat notes at once what it has set off, so that `manage.py doctor` can see it alive.
        "beat_sync_every": 1,
        # Ops change the schedule in the admin; it takes effect without a restart.
        "beat_scheduler": "django_celery_beat.schedulers:DatabaseScheduler",
        "timezone": settings.TIME_ZONE,
    }


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
app = Celery("portal")
app.add_defaults(configuration)
app.autodiscover_tasks()
# By its name: it reads rows, and can be imported once Django is ready.
app.steps["worker"].add("sync.watchman:Watchman")
