"""Put the schedule into the database, beside whatever ops have made of it there."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from sync.services.schedule import put_schedule


class Command(BaseCommand):
    help = (
        "Add the portal's periodic tasks to the database that the beat reads. Run it after each upgrade: tasks that"
        " are there already stay as they were set in the admin."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        added = put_schedule()
        self.stdout.write("\n".join(f"Added: {name}" for name in added) or "The schedule is complete.")
