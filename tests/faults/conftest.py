"""One rig for all tests of this folder, and after each of them the same question: is all well?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.table import FAULTS

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from tests.faults.instance import Instance
    from tests.faults.rig import Rig
    from tests.faults.seller import Seller
    from tests.faults.wellness import Wellness

HERE = Path(__file__).parent
# The rig's start counts towards the first test's time; a busy machine takes several times what a free one does.
SECONDS = 300
LAST_WORDS = 1500


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    from tests.faults.rig import Rig

    rig = Rig(tmp_path_factory.mktemp("faults"))
    try:
        rig.start()
        yield rig
    finally:
        rig.stop()


@pytest.fixture(scope="session")
def instance(rig: Rig) -> Instance:
    from tests.faults.instance import Instance

    return Instance(rig)


@pytest.fixture(scope="session")
def maria(rig: Rig) -> Seller:
    from tests.faults.seller import Seller

    return Seller(rig, "maria@rila-textiles.example")


@pytest.fixture(scope="session")
def john(rig: Rig) -> Seller:
    from tests.faults.seller import Seller

    return Seller(rig, "john@northwind-metals.example")


@pytest.fixture(scope="session")
def wellness(rig: Rig, instance: Instance, maria: Seller, john: Seller) -> Wellness:
    from tests.faults.wellness import Wellness

    return Wellness(rig, instance, [maria, john])


@pytest.fixture(autouse=True)
def all_is_well_afterwards(request: pytest.FixtureRequest) -> Iterator[None]:
    """For every test that breaks something: once it is over and the dust has settled."""
    if "rig" not in request.fixturenames:
        yield
        return
    rig, instance = request.getfixturevalue("rig"), request.getfixturevalue("instance")
    wellness = request.getfixturevalue("wellness")
    yield
    instance.heal()
    rig.books.settle()
    wellness.all_is_well()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Beside a failure, what the processes said last."""
    report = yield
    rig = getattr(item, "funcargs", {}).get("rig")
    if report.failed and rig is not None:
        for name in rig.running:
            report.sections.append((f"the last words of {name}", rig.log(name)[-LAST_WORDS:]))
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """The table of faults, with what became of their tests in this run."""
    outcomes: dict[int, list[str]] = defaultdict(list)
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", ()):
                if name == "fault":
                    outcomes[value].append(outcome)
    if not outcomes:
        return
    terminalreporter.section("what was broken on purpose")
    for number, fault in FAULTS.items():
        tests = outcomes.get(number, [])
        verdict = "not run" if not tests else "held" if set(tests) == {"passed"} else "DID NOT HOLD"
        terminalreporter.line(f"{number:2}  {fault.broken}: {fault.holds} -- {verdict} ({len(tests)})")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("faults"):
        item.user_properties.extend(("fault", number) for number in mark.args)
