"""`manage.py doctor`: is everything that the portal relies on there, and does it do its part?"""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from portal.doctor import Finding, examine


class Command(BaseCommand):
    help = "Check the live connection to ERP.net, PostgreSQL, Redis, workers and beat. Exit status 1 if anything fails."
    # A broken database is something to report, not a reason not to start.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--patience", type=float, default=6.0, help="Seconds that the workers have to answer."
        )

    def handle(self, *args: Any, patience: float, **options: Any) -> None:
        all_well = True
        for finding in examine(settings.TRUSTED_APPLICATION, patience=patience):
            self._tell(finding)
            all_well = all_well and finding.passed
        if not all_well:
            sys.exit(1)

    def _tell(self, finding: Finding) -> None:
        mark = self.style.SUCCESS("pass") if finding.passed else self.style.ERROR("FAIL")
        self.stdout.write(f"{mark}  {finding.step}: {finding.detail}")
        if finding.cure:
            self.stdout.write(f"      What to do: {finding.cure}")
