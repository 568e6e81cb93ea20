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

from erpnet import TrustedApplication

ROOT = Path(__file__).parent.parent
URI = "benchmarks"
LOCAL = "http://localhost:8000"


@contextmanager
def page_server(rows: int) -> Iterator[TrustedApplication]:
    """An instance that serves so many current balances from pages rendered beforehand."""
    command = [sys.executable, "-m", "benchmarks.page_server", str(rows)]
    with _running(command) as url:
        yield TrustedApplication(url, URI, "any", scope=("read",))


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
