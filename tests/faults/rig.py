"""The whole portal as processes of its own, to be broken: PostgreSQL, Redis, ERP.net, the web, workers and beat.

Nothing of ours is replaced. What takes minutes in production is shortened by settings that operators have too; and
where a test does not sit out a wait at all, `Books.let_time_pass` moves the rows' due times, never their states.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests
from celery import Celery
from redis import Redis

from erpnet.config import TrustedApplication
from erpnet.sandbox.demo.ports import Ports
from erpnet.sandbox.demo.postgres import EmbeddedPostgres
from erpnet.sandbox.demo.processes import APPLICATION_URI, DATABASE, OWNER, WEB, WORKER, Processes
from erpnet.sandbox.demo.redis import EmbeddedRedis, free_port
from erpnet.sandbox.demo.state import State
from erpnet.sandbox.demo.supervisor import Program, Running, Supervisor
from portal.celery import configuration
from tests.faults.books import WITHIN, Books, eventually

logger = logging.getLogger(__name__)

TIMEOUT, LEASE = 2.0, 10.0
SHORT = {
    "ERPNET_TIMEOUT_SECONDS": str(TIMEOUT),
    "OUTBOX_LEASE_SECONDS": str(LEASE),
    "SYNC_SLICE_SECONDS": "2",
}
STREAMS = ("directory", "products", "orders", "receipts")
ORDERS, BALANCES = "60", "60"
SWEEP = "Sweep"
PORTAL = ("web", "worker-erpnet", "worker-default", "beat")
SHIFTED_CLOCK = Path(__file__).parent / "shifted_clock"


class Rig:
    """One portal. `start` takes about half a minute; each process can then be ended and begun again by its name."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder)
        self.ports = Ports(free_port(), free_port())
        self.postgres = EmbeddedPostgres.for_state(folder, durable=False)
        self.redis = EmbeddedRedis(self.state.redis, self.state.redis_password)
        self.supervisor = Supervisor(self.state.logs, say=logger.warning, show=False)
        self.processes = Processes(self.state, self.ports, self.postgres, self.redis)
        self.books = Books(self.postgres)
        self.running: dict[str, Running] = {}
        self.broker = Celery("rig", set_as_current=False)
        self.broker.conf.update(configuration() | {"broker_url": self.redis.url})

    @property
    def portal_url(self) -> str:
        return self.ports.portal_url

    @property
    def sandbox_url(self) -> str:
        return self.ports.sandbox_url

    @property
    def people(self) -> list[dict[str, Any]]:
        return self.state.people_list()

    # -- Life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.postgres.prepare()
        for name in ("postgres", "redis", "sandbox"):
            self.begin(name)
        eventually("PostgreSQL", self.postgres.ready)
        self._lay_out()
        self.begin("worker-erpnet")
        self.begin("web")
        eventually("Redis", self.redis.ready)
        eventually("the instance", self.instance_answers)
        for stream in STREAMS:
            self.pull(stream)
        self.begin("worker-default")
        self.begin("beat")
        eventually("the portal", self.portal_answers)

    def stop(self) -> None:
        self.broker.close()
        self.supervisor.stop()
        self.postgres.destroy()

    def _lay_out(self) -> None:
        """The database as production has it, and a schedule of which the sweep alone runs, every second."""
        self.postgres.ensure_role(OWNER, "LOGIN CREATEROLE")
        self.postgres.ensure_database(DATABASE, OWNER)
        collecting = self.supervisor.start(self.processes.manage("collectstatic", "--no-input"))
        for words in (("migrate", "--no-input"), ("schedule",)):
            self.supervisor.run(self.processes.manage(*words, role=OWNER))
        assert collecting.process.wait() == 0, self.log("collectstatic")
        for role in (WEB, WORKER):
            self.postgres.ensure_role(role, "LOGIN")
        self.books.run("UPDATE django_celery_beat_periodictask SET enabled = name = %s", SWEEP)
        self.books.run("UPDATE django_celery_beat_intervalschedule SET every = 1, period = 'seconds'")

    def pull(self, stream: str) -> None:
        """Run a stream to its end, as the schedule would have it."""
        before = self.books.value("SELECT count(*) FROM sync_run WHERE stream_id = %s", stream)
        self.ring("sync.start_run", stream)
        ended = "SELECT count(*) FROM sync_run WHERE stream_id = %s AND finished_at IS NOT NULL"
        eventually(f"a run of {stream}", lambda: self.books.value(ended, stream) > before)
        newest = "SELECT state, message FROM sync_run WHERE stream_id = %s ORDER BY created_at DESC LIMIT 1"
        (run,) = self.books.rows(newest, stream)
        assert run["state"] == "done", run

    # -- Processes ----------------------------------------------------------------------------------------------------

    def begin(self, name: str, *, clock_shift: int = 0) -> Running:
        """Start a process by its name; its clock may be some seconds off."""
        program = self._program(name)
        if clock_shift:
            shifted = {"PYTHONPATH": str(SHIFTED_CLOCK), "CLOCK_SHIFT": str(clock_shift)}
            program = replace(program, environment={**program.environment, **shifted})
        started = self.supervisor.start(program)
        self.running[name] = started
        return started

    def _program(self, name: str) -> Program:
        if name == "worker-second":
            return _named(self._program("worker-erpnet"), name, "erpnet@%h", "second@%h")
        if name == "beat-second":
            return replace(self._program("beat"), name=name)
        make: Mapping[str, Callable[[], Program]] = {
            "postgres": self.postgres.program,
            "redis": self.redis.program,
            "sandbox": self.processes.sandbox,
            "web": self.processes.web,
            "worker-erpnet": self.processes.worker_erpnet,
            "worker-default": self.processes.worker_default,
            "beat": self.processes.beat,
        }
        program = make[name]()
        if name == "sandbox":
            small = ("--orders", ORDERS, "--balances", BALANCES, "--rate-limits", "off")
            return replace(program, command=[*program.command, *small])
        return (
            program
            if name in ("postgres", "redis")
            else replace(program, environment={**program.environment, **SHORT})
        )

    def end(self, name: str, number: signal.Signals = signal.SIGTERM, *, within: float = WITHIN) -> int:
        """Send a process a signal and wait until it has ended; answers its status."""
        process = self.running[name].process
        process.send_signal(number)
        try:
            return process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{name} did not end within {within:.0f} s of {number.name}") from None

    def revive(self) -> None:
        """Start again what has ended, as a supervisor does."""
        for name in PORTAL:
            if not self.is_alive(name):
                self.begin(name)

    def restart(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        self.end(name, number)
        self.begin(name)

    def is_alive(self, name: str) -> bool:
        return self.running[name].alive

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Inside, the process takes connections and answers nothing."""
        self.running[name].process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.running[name].process.send_signal(signal.SIGCONT)

    @contextmanager
    def nobody_is_restarted(self) -> Iterator[None]:
        """Whoever works before works afterwards, without a supervisor's help."""
        before = [self.running[name].process.pid for name in PORTAL]
        yield
        assert [self.running[name].process.pid for name in PORTAL] == before
        ended = [name for name in PORTAL if not self.is_alive(name)]
        assert not ended, f"{ended} ended"

    def child_of(self, name: str) -> int:
        """The process that a worker's parent has do the work."""
        parent = self.running[name].process.pid
        return eventually(f"a child of {name}", lambda: next(iter(_children(parent)), 0))

    def kill_child(self, name: str = "worker-erpnet") -> None:
        """As the kernel does to the largest process when memory is short."""
        child = self.child_of(name)
        os.kill(child, signal.SIGKILL)
        eventually("another child", lambda: self.child_of(name) != child)

    def log(self, name: str) -> str:
        path = self.supervisor.log_of(name)
        return path.read_text(errors="replace") if path.exists() else ""

    # -- Is it there? -------------------------------------------------------------------------------------------------

    def portal_answers(self) -> bool:
        return _answers(f"{self.portal_url}/livez")

    def instance_answers(self) -> bool:
        return _answers(f"{self.sandbox_url}/tools/auto-discovery")

    def everything_answers(self) -> bool:
        return self.portal_answers() and self.instance_answers()

    def application(self) -> TrustedApplication:
        """Who the portal is to ERP.net, for a client of the test's own."""
        return TrustedApplication(self.sandbox_url, APPLICATION_URI, self.state.application_secret)

    # -- Tasks --------------------------------------------------------------------------------------------------------

    def ring(self, task: str, *args: Any, priority: int = 0) -> None:
        """Send a task as the portal would."""
        self.broker.send_task(task, args=args, priority=priority)

    def waiting_tasks(self) -> int:
        """How many the queue of the worker `erpnet` holds, of the highest priority."""
        with self.redis_client() as redis:
            return int(redis.llen("erpnet"))

    def redis_client(self) -> Redis:
        return Redis.from_url(self.redis.url)


def _named(program: Program, name: str, node: str, other: str) -> Program:
    return replace(program, name=name, command=[other if word == node else word for word in program.command])


def _children(parent: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).status_code == requests.codes.ok
    except requests.RequestException:
        return False
