"""A provider, a browser, and the modes in which they talk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import responses
import stamina
from pytest_django import Settings

from tests.accounts.browser import Browser
from tests.accounts.provider import Provider

MODES = {
    "hybrid-form_post": ("code id_token", "form_post"),
    "code-form_post": ("code", "form_post"),
    "code-query": ("code", "query"),
}


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with stamina.set_testing(True), responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture(params=MODES.values(), ids=list(MODES))
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def provider(http: responses.RequestsMock, mode: tuple[str, str], settings: Settings) -> Provider:
    provider = Provider(http, response_type=mode[0], response_mode=mode[1])
    settings.TRUSTED_APPLICATION = provider.application
    return provider


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()
