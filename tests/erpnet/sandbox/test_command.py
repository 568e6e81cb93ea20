"""`manage.py sandbox`, as a person starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from erpnet import DomainApi, Query, TrustedApplication
from erpnet.sandbox.testing import running_instance

ROOT = Path(__file__).parents[3]


@contextmanager
def started(*options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "manage.py", "sandbox", *options],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_what_it_prints_is_all_that_a_client_needs() -> None:
    small = ("--balances", "10", "--orders", "60", "--today", "2026-03-02")
    with started("--port", free_port(), *small) as process:
        assert process.stdout
        lines = [process.stdout.readline().strip() for _ in range(4)]
        given = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:])
        assert lines[0] == f"The instance answers at {given['ERPNET_URL']}"
        api = DomainApi(
            TrustedApplication(
                given["ERPNET_URL"], given["ERPNET_APPLICATION_URI"], given["ERPNET_APPLICATION_SECRET"]
            )
        )
        orders = list(api.rows(Query("Logistics_Procurement_PurchaseOrders").select("DocumentDate")))
        assert len(orders) == 60
        assert max(one["DocumentDate"] for one in orders) <= "2026-03-03"
        process.terminate()
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--rate-limits", "many"), "--rate-limits: Rate limits are a JSON object"),
        (("--rate-limits", '{"Rpm": 1}'), "SessionRpm"),
        (("--application-secret-file", "nowhere"), "The secret cannot be read"),
        (("--today", "tomorrow"), "--today"),
        (("--port", "99999"), "'99999' is not a whole number, 0 to 65535"),
        (("--orders", "-1"), "'-1' is not a whole number, 0 or more"),
    ],
)
def test_what_it_cannot_start_with_is_told(options: tuple[str, ...], told: str) -> None:
    with started(*options) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    assert told in errors
    assert "Traceback" not in errors


def test_a_port_that_is_taken_is_told() -> None:
    with running_instance() as sandbox, started("--port", sandbox.url.rpartition(":")[2]) as process:
        _, errors = process.communicate(timeout=30)
    assert "cannot be opened" in errors
