"""Set-up that every test shares: services of its own, quick settings, and a client that reads as the web process does.

The services start when this file is imported, before Django reads its settings.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from django.db import connection
from django.test import Client
from django.utils import translation
from redis import Redis

from tests.services import services

services.start()


def pytest_configure(config: pytest.Config) -> None:
    """Quick settings: no manifest of static files is built for tests."""
    from django.conf import settings

    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # Static files are looked up when asked for, so that nothing has to be collected first.
    settings.WHITENOISE_AUTOREFRESH = True
    Redis.from_url(settings.REDIS_URL).flushdb()
    # At a desk the properties are tried on new examples each time; what lands is tried on the same ones as before.
    hypothesis.settings.register_profile("ci", derandomize=True)
    if os.environ.get("CI"):
        hypothesis.settings.load_profile("ci")


def pytest_unconfigure(config: pytest.Config) -> None:
    services.stop()


class PortalClient(Client):
    """Every request uses the database as the web process does: as `portal_web`, under row-level security."""

    def request(self, **request: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE portal_web")
        try:
            return super().request(**request)
        finally:
            if connection.connection is not None and not connection.needs_rollback:
                with connection.cursor() as cursor:
                    cursor.execute("RESET ROLE")


@pytest.fixture
def client(db: None) -> PortalClient:
    return PortalClient()


@pytest.fixture(autouse=True)
def no_language_is_left_over() -> Iterator[None]:
    """A request leaves its language with the thread, which in the tests is that of the next test."""
    yield
    translation.deactivate()


@pytest.fixture
def broker() -> Iterator[Redis]:
    """The Redis that tasks are sent to, empty before and after."""
    from django.conf import settings

    redis = Redis.from_url(settings.REDIS_URL)
    redis.flushdb()
    yield redis
    redis.flushdb()
    redis.close()
