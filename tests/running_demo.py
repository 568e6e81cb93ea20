"""A demo that really runs, on free ports, for the tests that look at the portal from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from erpnet.sandbox.demo.redis import free_port

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN = 240.0
STOPPED_WITHIN = 90.0
ENDED_WITHIN = 30.0


class RunningDemo:
    """One demo on the state folder `state`. `command` starts it; the ports go by the environment."""

    def __init__(self, state: Path, command: Sequence[str] = ()) -> None:
        self.state = state
        self.command = command or (sys.executable, str(ROOT / "manage.py"), "demo", "--state", str(state))
        self.portal_port, self.sandbox_port = free_port(), free_port()
        self.portal_url = f"http://localhost:{self.portal_port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.lines: list[str] = []
        self._ready = threading.Event()

    def start(self) -> float:
        """Start and wait until the portal is ready; how many seconds that took."""
        began = time.monotonic()
        ports = {"PORTAL_PORT": str(self.portal_port), "SANDBOX_PORT": str(self.sandbox_port)}
        self._ready.clear()
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=_environment() | ports,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        while not self._ready.wait(0.1):
            if self.process.poll() is not None or time.monotonic() - began > READY_WITHIN:
                self.stop()
                raise AssertionError("The demo did not become ready:\n" + "\n".join(self.lines))
        return time.monotonic() - began

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip())
            if line.startswith("Portal ready: "):
                self._ready.set()

    def stop(self) -> set[int]:
        """Stop it as Ctrl-C in a terminal would, for the whole group; the processes that are still there afterwards."""
        started = _descendants(self.process.pid)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOPPED_WITHIN)
        finally:
            self._kill()
            self._reader.join(timeout=5)
            if self.process.stdout:
                self.process.stdout.close()
        return {one for one in started if _exists(one)}

    def kill(self) -> set[int]:
        """Kill it outright, so that it can stop nothing itself; the processes that are still there afterwards."""
        started = _descendants(self.process.pid)
        self._kill()
        deadline = time.monotonic() + ENDED_WITHIN
        while any(map(_exists, started)) and time.monotonic() < deadline:
            time.sleep(0.2)
        return {one for one in started if _exists(one)}

    def _kill(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def forget(self) -> None:
        """Delete its data, also what root keeps elsewhere."""
        command = [sys.executable, str(ROOT / "manage.py"), "demo", "--state", str(self.state), "--reset"]
        subprocess.run(command, cwd=ROOT, env=_environment(), check=True, capture_output=True)
        shutil.rmtree(self.state, ignore_errors=True)

    # -- What stands in ERP.net ----------------------------------------------------------------------------------------

    @property
    def people(self) -> list[dict[str, Any]]:
        people: list[dict[str, Any]] = json.loads((self.state / "people.json").read_text())
        return people

    def receiving_orders(self) -> list[dict[str, Any]]:
        """The documents that the portal made, as the instance holds them."""
        address = f"{self.sandbox_url}/sandbox/documents"
        documents = requests.get(address, params={"external_system": "partner-portal"}, timeout=10).json()
        return [one for one in documents if one["EntitySet"] == "Logistics_Procurement_ReceivingOrders"]

    def disturb(self, **fault: Any) -> None:
        """Let the next request to the instance fail or linger: see erpnet/sandbox/faults.py."""
        requests.post(f"{self.sandbox_url}/sandbox/faults", json=fault, timeout=10).raise_for_status()

    def let_a_night_pass(self, **changes: int) -> None:
        requests.post(f"{self.sandbox_url}/sandbox/balances", json=changes, timeout=10).raise_for_status()


def _environment() -> dict[str, str]:
    """Ours, without what the test run has set for itself."""
    foreign = ("DJANGO_", "ERPNET_", "PORTAL_", "DATABASE_URL", "REDIS_URL", "LOG_LEVEL", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def _descendants(process_id: int) -> set[int]:
    """Those that it started and those that they started, by what /proc says."""
    facts = (path.read_text() for path in Path("/proc").glob("[0-9]*/stat"))
    after_name = [(int(text.split(" ", 1)[0]), text.rpartition(")")[2].split()) for text in facts]
    parents = {child: int(rest[1]) for child, rest in after_name}
    found = {process_id}
    while grown := {child for child, parent in parents.items() if parent in found} - found:
        found |= grown
    return found - {process_id}


def _exists(process_id: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process_id}/status").read_text()
    except FileNotFoundError:
        return False
