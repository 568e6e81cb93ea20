"""The table of faults is whole: none is without a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.faults.table import FAULTS


def marked() -> Iterator[int]:
    """The numbers that tests of this folder carry."""
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.faults":
                yield from (int(ast.literal_eval(argument)) for argument in node.args)


def test_every_fault_is_tested() -> None:
    assert sorted(FAULTS) == list(range(1, 21))
    assert set(marked()) == set(FAULTS)
