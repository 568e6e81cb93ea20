"""The package by itself: what a script gets of it, and what it does without."""

from __future__ import annotations

import subprocess
import sys

import erpnet

IMPORT_ALL = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"celery", "django"}:
            raise ModuleNotFoundError(f"{name} is not here", name=name)

sys.meta_path.insert(0, Absent())
import erpnet

for path, name, is_package in pkgutil.walk_packages(erpnet.__path__, "erpnet."):
    top = name.removeprefix("erpnet.sandbox.").removeprefix("erpnet.").split(".")[0]
    if name == "erpnet.sandbox.admin" or top not in {"admin", "apps", "audit", "management", "migrations", "models"}:
        importlib.import_module(name)
"""


def test_it_imports_where_there_is_no_django() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_a_script_has_what_it_needs_at_hand() -> None:
    assert all(hasattr(erpnet, name) for name in erpnet.__all__)
    assert issubclass(erpnet.exceptions.NotFound, erpnet.PermanentError)


def test_the_sandbox_stays_out_unless_it_is_asked_for() -> None:
    code = "import erpnet, sys; sys.exit('erpnet.sandbox' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
