"""Starts programs, shows what they print, notices one that ends, and leaves none behind.

Each program gets a session of its own, so that Ctrl-C in a terminal reaches us alone and we stop them in order.
Should we be killed outright, the kernel stops them for us (`setpriv --pdeathsig`, from util-linux).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, cast

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS = 0.2
RESTARTS = 3


class ProgramFailed(Exception):
    """A program ended with an error or did not become ready. The text is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    user: str | None = None  # another system user to run as; only root can
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM  # what the kernel sends it when we are killed outright
    patience: float = 30.0  # seconds between asking it to stop and killing it
    foundation: bool = False  # others stand on it: it stops last, and without it nothing goes on
    shown: bool = True  # what it prints goes to the terminal as well as to its log


@dataclass(slots=True)
class Running:
    program: Program
    process: subprocess.Popen[bytes]
    reader: threading.Thread
    starts: int = 1
    asked_to_stop: float | None = None

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.alive and self.asked_to_stop is None:
            self.asked_to_stop = time.monotonic()
            self.process.send_signal(self.program.stop_signal)

    def kill(self) -> None:
        """Kill the program's whole process group: after its end too, for what it may have left."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


@dataclass
class Supervisor:
    logs: Path
    say: Callable[[str], None]
    show: bool = True
    _running: dict[str, Running] = field(default_factory=dict)
    _stopping: bool = False
    _hurry: bool = False

    def catch_signals(self) -> None:
        """Turn the first stop signal into KeyboardInterrupt; a further one makes the stop hurry."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            self._hurry = True
            return
        self._stopping = True
        raise KeyboardInterrupt

    # -- Starting ------------------------------------------------------------------------------------------------------

    def start(self, program: Program) -> Running:
        """Start a program that stays."""
        running = self._spawn(program)
        self._running[program.name] = running
        return running

    def run(self, program: Program) -> None:
        """Run a program to its end; ProgramFailed if that is not a good one."""
        running = self.start(program)
        code = running.process.wait()
        running.reader.join(timeout=2)
        del self._running[program.name]
        if code:
            raise ProgramFailed(self._epitaph(running))

    def _spawn(self, program: Program) -> Running:
        self.logs.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            [*_tied_to_us(program.orphan_signal), *program.command],
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=program.user,
            group=program.user,
            extra_groups=[] if program.user else None,
        )
        output = cast(IO[bytes], process.stdout)
        reader = threading.Thread(target=self._read, args=(program, output), daemon=True)
        reader.start()
        return Running(program, process, reader)

    def _read(self, program: Program, output: IO[bytes]) -> None:
        shown = self.show and program.shown
        with output, self.log_of(program.name).open("ab", buffering=0) as log:
            for line in output:
                log.write(line)
                if shown and line.strip():
                    sys.stdout.write(f"{program.name:>14} | {line.decode(errors='replace').rstrip()}\n")
                    sys.stdout.flush()

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    # -- Watching ------------------------------------------------------------------------------------------------------

    def wait_until(self, what: str, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until `ready()` is true; ProgramFailed when a program ends meanwhile or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            self._raise_for_the_dead()
            if time.monotonic() > deadline:
                raise ProgramFailed(
                    f"{what} was not ready within {seconds:.0f} s. What the programs said is in {self.logs}."
                )
            time.sleep(POLL_SECONDS / 4)

    def watch(self) -> None:
        """Stay until a signal comes. What ends is started again a few times; a foundation's end is ours."""
        while True:
            for running in [one for one in self._running.values() if not one.alive]:
                self._revive(running)
            time.sleep(POLL_SECONDS)

    def _revive(self, running: Running) -> None:
        program = running.program
        if program.foundation or running.starts > RESTARTS:
            raise ProgramFailed(self._epitaph(running))
        running.kill()
        self.say(f"{program.name} ended (status {running.process.returncode}); starting it again.")
        fresh = self._spawn(program)
        fresh.starts = running.starts + 1
        self._running[program.name] = fresh

    def _raise_for_the_dead(self) -> None:
        for running in self._running.values():
            if not running.alive:
                raise ProgramFailed(self._epitaph(running))

    def _epitaph(self, running: Running) -> str:
        running.reader.join(timeout=2)
        log = self.log_of(running.program.name)
        tail = log.read_text(errors="replace").splitlines()[-15:]
        return "\n".join(
            [
                f"{running.program.name} ended with status {running.process.returncode}. Its last lines ({log}):"
            ]
            + [f"    {line}" for line in tail]
        )

    # -- Stopping ------------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop every program, those that others stand on last."""
        self._stopping = True
        for foundation in (False, True):
            wave = [one for one in self._running.values() if one.program.foundation is foundation]
            for running in reversed(wave):
                running.ask_to_stop()
            while any(one.alive for one in wave) and not self._hurry:
                for running in wave:
                    _kill_if_overdue(running)
                time.sleep(POLL_SECONDS / 4)
            for running in wave:
                running.kill()
                running.process.wait()
                running.reader.join(timeout=2)
        self._running.clear()


def _kill_if_overdue(running: Running) -> None:
    if (
        running.asked_to_stop is not None
        and time.monotonic() - running.asked_to_stop > running.program.patience
    ):
        running.kill()


def _tied_to_us(orphan_signal: signal.Signals) -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", orphan_signal.name.removeprefix("SIG"), "--"] if setpriv else []
