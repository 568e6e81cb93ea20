"""The tasks: ids in, one service call. What they find to do stands in rows, so running one twice does no harm."""

from __future__ import annotations

import uuid

from celery import shared_task

from erpnet import correlation
from sync import mail
from sync.models import Run
from sync.outbox.delivery import deliver_due
from sync.services import access, refresh, runs, watch
from sync.services import sweep as sweeping
from sync.worker import domain_api


@shared_task(name="sync.deliver")
def deliver() -> None:
    with domain_api() as api:
        deliver_due(api)


@shared_task(name="sync.look_up_person")
def look_up_person(user_id: str) -> None:
    with correlation.use(), domain_api() as api:
        access.look_up_person(uuid.UUID(user_id), api)


@shared_task(name="sync.refresh_document")
def refresh_document(kind: str, document_id: str) -> None:
    with correlation.use(), domain_api() as api:
        refresh.refresh_document(kind, uuid.UUID(document_id), api)


@shared_task(name="sync.start_run")
def start_run(stream: str, full: bool = False, reconcile: bool = False) -> None:
    runs.start_run(stream, full=full, reconcile=reconcile, trigger=Run.Trigger.SCHEDULE)


@shared_task(name="sync.run_slice")
def run_slice(run_id: str) -> None:
    with correlation.use(run_id), domain_api() as api:
        runs.run_slice(uuid.UUID(run_id), api)


@shared_task(name="sync.sweep")
def sweep() -> None:
    sweeping.sweep()


@shared_task(name="sync.canary")
def canary(queue: str) -> None:
    """Sent through each queue in turn, and so of no queue of its own."""
    watch.note_heartbeat(queue)


@shared_task(name="sync.keep_watch")
def keep_watch() -> None:
    watch.keep_watch()


@shared_task(name="sync.housekeeping.send_alerts")
def send_alerts() -> None:
    mail.send_due_alerts()


@shared_task(name="sync.housekeeping.prune")
def prune() -> None:
    sweeping.prune()
