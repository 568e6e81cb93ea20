"""`manage.py sandbox`: a small ERP.net instance on a loopback port, to point a portal or a test at."""

from __future__ import annotations

import argparse
import secrets
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from erpnet.sandbox.instance import Instance
from erpnet.sandbox.options import RateLimits
from erpnet.sandbox.server import SandboxOptions, serve

APPLICATION = "sandbox.test"
PORTAL = "http://localhost:8000"
DEFAULTS = SandboxOptions(
    application_uri=APPLICATION,
    application_secret="",
    login_urls=(f"{PORTAL}/signin-callback",),
    logout_urls=(f"{PORTAL}/signout-callback",),
)
SECRET_FILE = "the file with its secret; none: a new one, which is printed"


def _number(text: str, largest: int | None = None) -> int:
    if not text.isdecimal() or (largest is not None and int(text) > largest):
        limit = "0 or more" if largest is None else f"0 to {largest}"
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, {limit}")
    return int(text)


def _port(text: str) -> int:
    return _number(text, largest=65535)


# Each is a field of SandboxOptions of the same name.
FIELDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--application-uri", {"help": f"the Trusted Application's ApplicationUri; {APPLICATION}"}),
    ("--scope", {"help": "what it may ask for; 'read update'"}),
    ("--port", {"type": _port, "help": "where the instance listens, on this machine alone; 9000"}),
    ("--state", {"type": Path, "help": "the folder that keeps data and keys; none: memory alone"}),
    ("--people-file", {"type": Path, "help": "write the people who can sign in to this JSON file"}),
    ("--orders", {"type": _number, "help": "how many orders new data has; 300"}),
    ("--balances", {"type": _number, "help": "how many stock balances it has; 4000"}),
    ("--today", {"type": date.fromisoformat, "help": "the day new data is made for, as 2026-03-02; today"}),
    ("--licences", {"type": _number, "help": "how many sessions may be open at once; 20"}),
)
ADDRESSES: tuple[tuple[str, str], ...] = (
    ("--login-url", f"where sign-in may lead back to, exactly; may be repeated; {PORTAL}/signin-callback"),
    ("--logout-url", f"where sign-out may lead back to, exactly; may be repeated; {PORTAL}/signout-callback"),
)


class Command(BaseCommand):
    help = "Run a small ERP.net instance: site discovery, Instance ID and Domain API, with made-up data."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        for name, more in FIELDS:
            parser.add_argument(name, default=getattr(DEFAULTS, _field(name)), **more)
        for name, text in ADDRESSES:
            parser.add_argument(name, action="append", help=text)
        parser.add_argument("--application-secret-file", type=Path, help=SECRET_FILE)
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
        file = options["application_secret_file"]
        try:
            serve(settings, ready=lambda instance: self._tell(instance, secret_is_known=file is not None))
        except OSError as error:
            raise CommandError(f"Port {settings.port} cannot be opened: {error.strerror}") from None

    def _settings(self, options: dict[str, Any]) -> SandboxOptions:
        file = options["application_secret_file"]
        try:
            secret = file.read_text().strip() if file else secrets.token_urlsafe(32)
            limits = RateLimits.from_text(options["rate_limits"], retry_after=options["retry_after"])
        except OSError as error:
            raise CommandError(f"The secret cannot be read: {error}") from None
        except ValueError as error:
            raise CommandError(f"--rate-limits: {error}") from None
        return SandboxOptions(
            application_secret=secret,
            login_urls=tuple(options["login_url"] or DEFAULTS.login_urls),
            logout_urls=tuple(options["logout_url"] or DEFAULTS.logout_urls),
            truncate_date_times=not options["exact_date_times"],
            rate_limits=limits,
            **{_field(name): options[_field(name)] for name, _ in FIELDS},
        )

    def _tell(self, instance: Instance, *, secret_is_known: bool) -> None:
        self.stdout.write(f"The instance answers at {instance.url}")
        if not secret_is_known:
            self.stdout.write(f"export ERPNET_URL={instance.url}")
            self.stdout.write(f"export ERPNET_APPLICATION_URI={instance.options.application_uri}")
            self.stdout.write(f"export ERPNET_APPLICATION_SECRET={instance.options.application_secret}")
        self.stdout.flush()


def _field(option: str) -> str:
    return option[2:].replace("-", "_")
