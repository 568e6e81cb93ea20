"""Retries without waiting, and a stage for `responses`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
import stamina


@pytest.fixture(autouse=True)
def quick_retries() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def erp() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock
