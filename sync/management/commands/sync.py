"""Run a stream now and watch it."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandError
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from sync.exceptions import SnapshotStays
from sync.models import Run, StreamName
from sync.selectors.differences import difference_of
from sync.services.runs import run_slice, start_run
from sync.services.snapshots import rehearse_snapshot
from sync.worker import domain_api

ANSWER_WITHIN = 1.5
LOOK_EVERY = 0.5
# The exit status of a run that was read and not believed.
NOT_BELIEVED = 3


class Command(BaseCommand):
    help = (
        "Pull a stream from ERP.net and show its progress. A worker that is alive does the work; without one it is done"
        " here, which opens a session of its own in ERP.net: one more licence slot until that session ends."
        " Exit status 3 where what was read is not believed and the old data stays (with --dry-run: would stay), 1"
        " where the run failed."
    )

    _reported = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stream", choices=StreamName.values)
        parser.add_argument(
            "--full", action="store_true", help="read everything again, not only what changed"
        )
        parser.add_argument(
            "--reconcile",
            action="store_true",
            help="compare ids: take away what is gone in ERP.net, pull what is missing here",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="stock: show what would change, and change nothing",
        )

    def handle(
        self, *args: Any, stream: str, full: bool, reconcile: bool, dry_run: bool, **options: Any
    ) -> None:
        if dry_run and stream != StreamName.STOCK:
            raise CommandError("Only the stock can be run dry: nothing else is refused.")
        run = (
            self._dry_run()
            if dry_run
            else start_run(stream, full=full, reconcile=reconcile, trigger=Run.Trigger.PERSON)
        )
        run = self._watch(run) if self._worker_is_alive() else self._work(run)
        if dry_run:
            self._show_difference(run)
        if run.state not in Run.COUNTING:
            is_refused = run.state == Run.State.REFUSED
            outcome = "It would not be taken" if dry_run and is_refused else str(run.get_state_display())
            raise CommandError(f"{outcome}. {run.message}", returncode=NOT_BELIEVED if is_refused else 1)

    def _dry_run(self) -> Run:
        try:
            return rehearse_snapshot()
        except SnapshotStays as error:
            raise CommandError(error.message) from None

    def _show_difference(self, run: Run) -> None:
        difference = difference_of(run)
        self.stdout.write(
            f"Would change {difference.balances} balances, {difference.new} of them new and {difference.gone} gone."
        )
        for place in difference.places:
            product = place.product.part_number if place.product else "a product not known here"
            store = place.store.code if place.store else "a store not known here"
            self.stdout.write(
                f"  {product} in {store}: {place.before.normalize():f} to {place.after.normalize():f} {place.unit}"
            )
        if difference.has_more:
            self.stdout.write("  ... and more: the run's page in the admin shows all.")

    def _worker_is_alive(self) -> bool:
        """Whether a worker that consumes the queue `erpnet` answers."""
        try:
            queues = current_app.control.inspect(timeout=ANSWER_WITHIN).active_queues() or {}
        except (OperationalError, RedisError, OSError):
            return False
        return any(queue["name"] == "erpnet" for consumed in queues.values() for queue in consumed)

    def _work(self, run: Run) -> Run:
        with domain_api() as api:
            while run.state in Run.OPEN:
                run = run_slice(run.pk, api)
                self._report(run)
                if run.state == Run.State.WAITING:
                    time.sleep(LOOK_EVERY)
        return run

    def _watch(self, run: Run) -> Run:
        self.stdout.write("The worker does the run.")
        while run.state in Run.OPEN:
            time.sleep(LOOK_EVERY)
            run.refresh_from_db()
            self._report(run)
        return run

    def _report(self, run: Run) -> None:
        expected = f" of {run.rows_expected}" if run.rows_expected else ""
        line = (
            f"{run.stream_id}: {run.get_state_display()}; {run.pages} pages, {run.rows_read}{expected} rows read,"
            f" {run.rows_changed} changed, {run.rows_removed} removed, {run.rows_failed} failed {run.message}".rstrip()
        )
        if line != self._reported:
            self.stdout.write(line)
        self._reported = line
