"""The package by itself."""

from __future__ import annotations

import subprocess
import sys


def test_it_imports_without_django() -> None:
    code = "import erpnet, erpnet.entities, erpnet.model, sys; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
