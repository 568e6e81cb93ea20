"""A production install has the client and not the sandbox: none of its packages, and nothing that asks for them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
# What the sandbox wants and the client does not; the client signs nothing, but checks signatures with cryptography.
SHARED = {"cryptography"}
IMPORT_NAMES = {"authlib", "jinja2", "joserfc", "pydyf", "werkzeug"}

# Imports every module of the client but those that Django loads, in a world without the sandbox and its packages.
IMPORT_THE_CLIENT = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r} or name.startswith("erpnet.sandbox"):
            raise ImportError(f"{{name}} is not installed in production")

sys.meta_path.insert(0, Absent())
import erpnet

DJANGO = ("erpnet.admin", "erpnet.apps", "erpnet.audit", "erpnet.models", "erpnet.migrations", "erpnet.management")
names = ["erpnet"]
for module in pkgutil.walk_packages(erpnet.__path__, "erpnet.", onerror=lambda name: None):
    if not module.name.startswith(("erpnet.sandbox", *DJANGO)):
        importlib.import_module(module.name)
        names.append(module.name)
print(*names)
"""


def extra() -> set[str]:
    """The packages of the extra `sandbox`."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][
        "sandbox"
    ]
    return {re.split(r"[<>=~ \[;]", one)[0].lower() for one in listed}


def test_production_installs_none_of_the_sandboxs_packages() -> None:
    base = (ROOT / "requirements" / "base.txt").read_text().lower()
    pinned = set(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==", base, re.M))
    assert len(pinned) > 20
    assert extra() & pinned <= SHARED


def test_the_extra_is_what_the_sandbox_imports() -> None:
    imported = {
        name.lower()
        for file in (ROOT / "erpnet" / "sandbox").rglob("*.py")
        for name in re.findall(r"^(?:from|import) (\w+)", file.read_text(), re.M)
    }
    assert {name for name in IMPORT_NAMES if name in imported} == IMPORT_NAMES
    assert extra() - SHARED == IMPORT_NAMES


def test_the_client_works_without_them() -> None:
    code = IMPORT_THE_CLIENT.format(absent=sorted(IMPORT_NAMES))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert {"erpnet.client", "erpnet.query", "erpnet.entities"} <= set(done.stdout.split())
