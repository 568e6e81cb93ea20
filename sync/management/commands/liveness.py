"""Does the worker of a queue take tasks?"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from sync.schedule import QUEUES
from sync.selectors.watch import SILENT_AFTER, queues


class Command(BaseCommand):
    help = (
        "Tell whether canaries come through a queue. Exit status 1, and why, where the beat sends them and none has"
        " come through lately: the worker is connected but takes no tasks, and whoever supervises it starts it again."
    )
    # Asked often, by a supervisor: the settings were checked when the worker started.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=QUEUES)
        parser.add_argument(
            "--within", type=int, default=SILENT_AFTER.seconds, help="how many seconds are lately"
        )

    def handle(self, *args: Any, queue: str, within: int, **options: Any) -> None:
        try:
            served = {each.queue: each for each in queues(timedelta(seconds=within))}
        except DatabaseError as error:
            # No worker is better for being started again while PostgreSQL is away.
            self.stdout.write(f"Nobody knows: PostgreSQL cannot be asked ({type(error).__name__}).")
            return
        if queue not in served:
            self.stdout.write(
                f"No canary is sent through the queue {queue}: its entry in the schedule is off."
            )
            return
        found = served[queue]
        seen = f"{found.seen_at:%Y-%m-%d %H:%M:%S} UTC" if found.seen_at else "never"
        if found.is_silent:
            raise CommandError(f"The queue {queue} is silent. A canary last came through: {seen}.")
        self.stdout.write(f"A canary last came through the queue {queue}: {seen}.")
