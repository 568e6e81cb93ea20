"""`manage.py demo`: the portal and everything it needs, in the foreground, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from erpnet.sandbox.demo.ports import Ports, PortTrouble
from erpnet.sandbox.demo.postgres import NoPostgres
from erpnet.sandbox.demo.redis import NoRedis
from erpnet.sandbox.demo.run import Demo, default_folder, reset
from erpnet.sandbox.demo.state import AlreadyRuns, State
from erpnet.sandbox.demo.supervisor import ProgramFailed


class Command(BaseCommand):
    help = "Run the portal with embedded PostgreSQL and Redis against a small ERP.net instance of its own."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--state", type=Path, default=default_folder(), help="where the demo keeps its data"
        )
        parser.add_argument("--reset", action="store_true", help="delete that data, start nothing")
        parser.add_argument(
            "--chatty", action="store_true", help="show what the processes log, not warnings alone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        state = State(options["state"].resolve())
        try:
            if options["reset"]:
                reset(state)
                self.stdout.write("The demo's data is gone. 'make demo' starts afresh.")
                return
            ports = Ports.from_environment(os.environ)
            with state.lock():
                ports.ensure_free()
                Demo(state, ports, write=self._write, verbose=options["chatty"]).run()
        except (AlreadyRuns, NoPostgres, NoRedis, PortTrouble, ProgramFailed) as error:
            raise CommandError(str(error)) from None

    def _write(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
