"""One instance for the tests that leave no trace, and a fresh one for those that do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api, Browser


@pytest.fixture(scope="package")
def sandbox() -> Iterator[RunningInstance]:
    """Shared: tests may add documents of their own and nothing else."""
    with running_instance() as running:
        yield running


@pytest.fixture
def fresh() -> Iterator[RunningInstance]:
    with running_instance() as running:
        yield running


@pytest.fixture(scope="module")
def api(sandbox: RunningInstance) -> Api:
    """A session for each module: all of them together ask more than one may in a minute."""
    return Api(sandbox)


@pytest.fixture
def browser(sandbox: RunningInstance) -> Browser:
    return Browser(sandbox)
