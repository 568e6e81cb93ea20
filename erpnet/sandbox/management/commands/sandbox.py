"""`manage.py sandbox`: a small ERP.net instance on a loopback port, to point a portal or a test at."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from erpnet.sandbox.server import SandboxOptions, serve

# Option, its default and its help; what has no default must be given.
ADDRESSES = (
    ("--login-url", "where sign-in may lead back to, exactly; may be repeated"),
    ("--logout-url", "where sign-out may lead back to, exactly; may be repeated"),
)


class Command(BaseCommand):
    help = "Run a small ERP.net instance: site discovery, Instance ID and Domain API, with made-up data."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        defaults = SandboxOptions(application_uri="", application_secret="", login_urls=(), logout_urls=())
        parser.add_argument("--port", type=int, default=defaults.port)
        parser.add_argument(
            "--state", type=Path, help="the folder that keeps data and keys; none: memory alone"
        )
        parser.add_argument(
            "--application-uri", required=True, help="the Trusted Application's ApplicationUri"
        )
        parser.add_argument(
            "--application-secret-file", type=Path, required=True, help="the file with its secret"
        )
        for name, text in ADDRESSES:
            parser.add_argument(name, action="append", required=True, help=text)
        parser.add_argument(
            "--people-file", type=Path, help="write the people who can sign in to this JSON file"
        )
        parser.add_argument(
            "--orders", type=int, default=defaults.orders, help="how many orders new data has"
        )
        parser.add_argument(
            "--balances", type=int, default=defaults.balances, help="how many stock balances it has"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            secret = options["application_secret_file"].read_text().strip()
        except OSError as error:
            raise CommandError(f"The secret cannot be read: {error}") from None
        settings = SandboxOptions(
            application_uri=options["application_uri"],
            application_secret=secret,
            login_urls=tuple(options["login_url"]),
            logout_urls=tuple(options["logout_url"]),
            port=options["port"],
            state=options["state"],
            people_file=options["people_file"],
            orders=options["orders"],
            balances=options["balances"],
        )
        try:
            serve(
                settings, ready=lambda instance: self.stdout.write(f"The instance answers at {instance.url}")
            )
        except OSError as error:
            raise CommandError(f"Port {settings.port} cannot be opened: {error.strerror}") from None
