"""The demo's course: services, sandbox, database, first sync, the portal's processes, and then the watch."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import requests

from erpnet.sandbox.demo.ports import Ports
from erpnet.sandbox.demo.postgres import EmbeddedPostgres
from erpnet.sandbox.demo.processes import DATABASE, OWNER, ROOT, WEB, WORKER, Processes
from erpnet.sandbox.demo.redis import EmbeddedRedis
from erpnet.sandbox.demo.state import State, digest_of
from erpnet.sandbox.demo.supervisor import ProgramFailed, Supervisor
from erpnet.sandbox.demo.words import greeting

STREAMS = ("directory", "products", "orders", "receipts", "invoices", "stock")
WORKER_WITHIN = 60.0
STAFF = "ops@vitosha.example"


class Demo:
    """One run of the demo on one state folder."""

    def __init__(
        self, state: State, ports: Ports, *, write: Callable[[str], None], verbose: bool = False
    ) -> None:
        self.state = state
        self.ports = ports
        self.write = write
        self.postgres = EmbeddedPostgres.for_state(state.folder)
        self.redis = EmbeddedRedis(state.redis, state.redis_password)
        self.supervisor = Supervisor(state.logs, say=self._say)
        level = "INFO" if verbose else "WARNING"
        self.processes = Processes(state, ports, self.postgres, self.redis, level)
        self._began = time.monotonic()

    def run(self) -> None:
        """Start everything, greet, and stay until a signal comes or something ends that should not."""
        self.supervisor.catch_signals()
        try:
            self._start_services()
            self._prepare_database()
            self._start_workers()
            self._start_portal()
            self.write(greeting(self.ports, self.state, self._seconds()))
            self.supervisor.watch()
        except KeyboardInterrupt:
            self.write("\nStopping ...")
        finally:
            self.supervisor.stop()
        self.write("Everything has stopped.")

    def _start_services(self) -> None:
        self.state.write_environment(self.processes.portal(WORKER))
        self._say("Starting PostgreSQL, Redis and a small ERP.net instance ...")
        shutil.rmtree(self.state.logs, ignore_errors=True)
        # Root's data is kept elsewhere and may be that of a folder which somebody has deleted since.
        self.state.once("fresh", "1", self.postgres.destroy)
        self.postgres.prepare()
        for program in (self.postgres.program(), self.redis.program(), self.processes.sandbox()):
            self.supervisor.start(program)
        self.supervisor.wait_until("PostgreSQL", self.postgres.ready, seconds=30)
        self.supervisor.wait_until("Redis", self.redis.ready, seconds=30)

    def _prepare_database(self) -> None:
        """As in production: one login owns and migrates, and the processes use two that own nothing."""
        self.postgres.ensure_role(OWNER, "LOGIN CREATEROLE")
        self.postgres.ensure_database(DATABASE, OWNER)
        self.state.once("migrate", digest_of(ROOT.glob("*/migrations/*.py")) + _pins(), self._migrate)
        for role in (WEB, WORKER):
            self.postgres.ensure_role(role, "LOGIN")
        static_files = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
        self.state.once("static", digest_of(static_files) + _pins(), self._collect_static)

    def _migrate(self) -> None:
        self._say("Laying out the database ...")
        self.supervisor.run(self.processes.manage("migrate", "--no-input", role=OWNER))
        self.supervisor.run(self.processes.manage("schedule", role=OWNER))

    def _collect_static(self) -> None:
        self._say("Collecting style sheets and scripts ...")
        self.supervisor.run(self.processes.manage("collectstatic", "--no-input", "--clear"))

    def _start_workers(self) -> None:
        """Before the first sync, so that they do it: whoever else talks to ERP.net takes a licence slot of its own."""
        instance = f"{self.ports.sandbox_url}/tools/auto-discovery"
        self.supervisor.wait_until("The ERP.net instance", lambda: _answers(instance), seconds=60)
        for program in (self.processes.worker_erpnet(), self.processes.worker_default()):
            self.supervisor.start(program)
        self.state.once("first-sync", "1", self._fill_mirror)

    def _await_worker(self) -> None:
        deadline = time.monotonic() + WORKER_WITHIN
        while True:
            try:
                return self.supervisor.run(self.processes.ping())
            except ProgramFailed:
                if time.monotonic() > deadline:
                    raise

    def _fill_mirror(self) -> None:
        self._await_worker()
        for stream in STREAMS:
            self.state.once(f"sync-{stream}", "1", partial(self._sync, stream))
        self.supervisor.run(self.processes.manage("grant_staff", STAFF))

    def _sync(self, stream: str) -> None:
        self._say(f"First sync from ERP.net: {stream} ...")
        self.supervisor.run(self.processes.manage("sync", stream, "--full"))

    def _start_portal(self) -> None:
        self._say("Starting the portal: web and beat ...")
        for program in (self.processes.web(), self.processes.beat()):
            self.supervisor.start(program)
        self.supervisor.wait_until(
            "The portal", lambda: _answers(f"{self.ports.portal_url}/readyz"), seconds=90
        )

    def _say(self, text: str) -> None:
        self.write(f"[{self._seconds():4.0f} s] {text}")

    def _seconds(self) -> float:
        return time.monotonic() - self._began


def reset(state: State) -> None:
    """Delete all that the demo keeps."""
    with state.lock():
        EmbeddedPostgres.for_state(state.folder).destroy()
        shutil.rmtree(state.folder)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=2).status_code == requests.codes.ok
    except requests.RequestException:
        return False


def _pins() -> str:
    """Changes whenever another release of a dependency or of Python is in use."""
    return digest_of([ROOT / "requirements" / "base.txt"]) + sys.version


def default_folder() -> Path:
    return ROOT / ".demo"
