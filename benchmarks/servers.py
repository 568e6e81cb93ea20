"""The processes that benchmarks pull from: the page server, and the sandbox with many balances."""

from __future__ import annotations

import re
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.made_up import BALANCES
from erpnet import TrustedApplication

ROOT = Path(__file__).parent.parent
URI = "benchmarks"
LOCAL = "http://localhost:8000"


@contextmanager
def page_server(
    rows: int, *, view: str = BALANCES, changed: float = 0.0, delay: float = 0.0
) -> Iterator[TrustedApplication]:
    """An instance that serves so many rows of one view from pages rendered beforehand, each after `delay` seconds.

    The share `changed` of them is another on every other night; `next_night` begins one.
    """
    command = [sys.executable, "-m", "benchmarks.page_server", str(rows), "--view", view]
    command += ["--changed", str(changed), "--delay", str(delay)]
    with _running(command) as url:
        yield TrustedApplication(url, URI, "any", scope=("read",))


def next_night(application: TrustedApplication) -> None:
    """From here on the page server behind `application` serves the rows of the other night."""
    requests.get(f"{application.instance_url}/night", timeout=5).raise_for_status()


@contextmanager
def sandbox(balances: int) -> Iterator[TrustedApplication]:
    """The sandbox, with so many current balances."""
    secret = secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "secret"
        file.write_text(secret)
        command = [
            sys.executable, "manage.py", "sandbox", "--port", str(_free_port()), "--balances", str(balances),
            "--rate-limits", "off",
            "--application-uri", URI, "--application-secret-file", str(file),
            "--login-url", f"{LOCAL}/signin-callback", "--logout-url", f"{LOCAL}/signout-callback",
        ]  # fmt: skip
        with _running(command) as url:
            yield TrustedApplication(url, URI, secret)


@contextmanager
def slowly(url: str, seconds: float) -> Iterator[str]:
    """The address of a door to the instance at `url` that answers each request after so many seconds."""
    with _running([sys.executable, "-m", "benchmarks.slowly", url, str(seconds)]) as door:
        yield door


@contextmanager
def _running(command: list[str]) -> Iterator[str]:
    """Run a server until the end; gives the first address that it prints."""
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        try:
            address = _address(process)
            if address is None:
                complaints.seek(0)
                raise RuntimeError(f"A server ended before it served anything: {complaints.read()[-1000:]}")
            yield address
        finally:
            process.terminate()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str | None:
    for line in process.stdout or ():
        if found := re.search(r"https?://[^\s/]+", line):
            return found[0]
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
