"""`manage.py sandbox`: a small ERP.net instance on a loopback port, to point a portal or a test at."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from erpnet.sandbox.options import RateLimits
from erpnet.sandbox.server import SandboxOptions, serve

DEFAULTS = SandboxOptions(application_uri="", application_secret="", login_urls=(), logout_urls=())
# What must be given.
NEEDED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--application-uri", {"help": "the Trusted Application's ApplicationUri"}),
    ("--application-secret-file", {"type": Path, "help": "the file with its secret"}),
    ("--login-url", {"action": "append", "help": "where sign-in may lead back to, exactly; may be repeated"}),
    (
        "--logout-url",
        {"action": "append", "help": "where sign-out may lead back to, exactly; may be repeated"},
    ),
)
# What has a default; each is a field of SandboxOptions.
OPTIONAL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--port", {"type": int, "help": "where it listens, on this machine alone; 9000"}),
    ("--state", {"type": Path, "help": "the folder that keeps data and keys; none: memory alone"}),
    ("--people-file", {"type": Path, "help": "write the people who can sign in to this JSON file"}),
    ("--scope", {"help": "what the application may ask for: 'read update'"}),
    ("--orders", {"type": int, "help": "how many orders new data has; 300"}),
    ("--balances", {"type": int, "help": "how many stock balances it has; 4000"}),
    (
        "--today",
        {"type": date.fromisoformat, "help": "the day that new data is made for, as 2026-03-02; today"},
    ),
    ("--licences", {"type": int, "help": "how many sessions may be open at once; 20"}),
)


class Command(BaseCommand):
    help = "Run a small ERP.net instance: site discovery, Instance ID and Domain API, with made-up data."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        for name, more in NEEDED:
            parser.add_argument(name, required=True, **more)
        for name, more in OPTIONAL:
            parser.add_argument(name, default=getattr(DEFAULTS, name[2:].replace("-", "_")), **more)
        parser.add_argument(
            "--rate-limits",
            default="{}",
            help="as a web site is configured: '{\"SessionRpm\": 600}'; or 'off'",
        )
        parser.add_argument(
            "--retry-after",
            action="store_true",
            help="say with a 429 for too many requests when to come again",
        )
        parser.add_argument(
            "--exact-date-times",
            action="store_true",
            help="do not truncate date-times in filters to the date",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        settings = self._settings(options)
        try:
            serve(
                settings, ready=lambda instance: self.stdout.write(f"The instance answers at {instance.url}")
            )
        except OSError as error:
            raise CommandError(f"Port {settings.port} cannot be opened: {error.strerror}") from None

    def _settings(self, options: dict[str, Any]) -> SandboxOptions:
        try:
            secret = options["application_secret_file"].read_text().strip()
            limits = RateLimits.from_text(options["rate_limits"], retry_after=options["retry_after"])
        except OSError as error:
            raise CommandError(f"The secret cannot be read: {error}") from None
        except ValueError as error:
            raise CommandError(f"--rate-limits: {error}") from None
        return SandboxOptions(
            application_uri=options["application_uri"],
            application_secret=secret,
            login_urls=tuple(options["login_url"]),
            logout_urls=tuple(options["logout_url"]),
            truncate_date_times=not options["exact_date_times"],
            rate_limits=limits,
            **{field: options[field] for field in (name[2:].replace("-", "_") for name, _ in OPTIONAL)},
        )
