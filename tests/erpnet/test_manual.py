"""Every example of the manual runs, in its order, and prints what the page says that it prints.

A ```python block is run; a ```text block right after it is what it prints, where `...` stands for anything.
The examples of a section share their names, and begin with those of the first lines that the page names.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from erpnet.sandbox.testing import OPTIONS, RunningInstance, running_instance

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "erpnet.md"
WIDTH = 100
TODAY = dt.date(2026, 5, 4)

_PART = re.compile(
    r"^## (?P<title>[^\n]+)$|^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```$)?",
    re.M | re.S,
)


@dataclass(frozen=True, slots=True)
class Example:
    line: int
    code: str
    printed: str | None

    def run(self, names: dict[str, Any]) -> str:
        """Run with and into `names`; what it printed."""
        # Line numbers in a failure's traceback are those of the page.
        source = "\n" * (self.line - 1) + self.code
        compiled = compile(source, str(PAGE), "exec", dont_inherit=True)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compiled, names)  # noqa: S102 - the page is ours
        return out.getvalue()


def sections() -> dict[str, list[Example]]:
    """The examples of the page, by the title of their section."""
    text, title = PAGE.read_text(), ""
    found: dict[str, list[Example]] = {}
    for part in _PART.finditer(text):
        if part["title"]:
            title = part["title"]
        else:
            line = text.count("\n", 0, part.start("code")) + 1
            found.setdefault(title, []).append(Example(line, part["code"], part["printed"]))
    return found


SECTIONS = sections()
FIRST_CALL = SECTIONS.pop("The first call")[0]
FIRST_LINES = SECTIONS.pop("The lines that all examples begin with")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningInstance]:
    with running_instance(today=TODAY) as running:
        yield running


@pytest.fixture(scope="module")
def environment(sandbox: RunningInstance) -> dict[str, str]:
    """What a script is told: the instance, and who it is to it."""
    application = sandbox.application()
    return {
        "ERPNET_URL": application.instance_url,
        "ERPNET_APPLICATION_URI": application.application_uri,
        "ERPNET_APPLICATION_SECRET": application.application_secret,
    }


@pytest.fixture(scope="module")
def first_names(environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        names: dict[str, Any] = {"__name__": "__main__"}
        for example in FIRST_LINES:
            example.run(names)
        yield names


def test_the_first_call_takes_ten_lines_and_neither_django_nor_settings(environment: dict[str, str]) -> None:
    assert len(FIRST_CALL.code.splitlines()) <= 10
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    code = f"import sys\nsys.modules['django'] = None\n{FIRST_CALL.code}"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert_prints(run.stdout, FIRST_CALL)


def with_a_database(title: str) -> Any:
    """The section, and a database for it if its examples want one."""
    wants_one = any("erpnet.models" in example.code for example in SECTIONS[title])
    return pytest.param(title, marks=pytest.mark.django_db(transaction=True) if wants_one else ())


@pytest.mark.parametrize("title", [with_a_database(title) for title in SECTIONS])
def test_the_examples_do_what_the_page_says(title: str, first_names: dict[str, Any]) -> None:
    names = dict(first_names)
    for example in SECTIONS[title]:
        assert_prints(example.run(names), example)


def test_the_page_starts_the_instance_that_its_examples_run_on() -> None:
    data = f"--orders {OPTIONS.orders} --balances {OPTIONS.balances} --today {TODAY}"
    assert f"    .venv/bin/python manage.py sandbox {data}\n" in PAGE.read_text()


def test_every_example_fits_on_the_page() -> None:
    examples = [FIRST_CALL, *FIRST_LINES, *(one for section in SECTIONS.values() for one in section)]
    assert len(examples) == PAGE.read_text().count("```python\n")
    assert [one for one in examples if any(len(line) > WIDTH for line in one.code.splitlines())] == []


def assert_prints(printed: str, example: Example) -> None:
    """Compare what was printed with what the page shows, if it does."""
    if example.printed is None:
        return
    pattern = "(?s:.*?)".join(map(re.escape, example.printed.split("...")))
    assert re.fullmatch(pattern, printed), (
        f"{PAGE.name}:{example.line} prints\n{printed}\nand not\n{example.printed}"
    )
