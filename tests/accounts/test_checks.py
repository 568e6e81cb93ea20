"""The settings that signing in relies on."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from accounts.checks import check_database_login, check_sign_in


def test_the_settings_in_use_pass() -> None:
    assert check_sign_in() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"], "accounts.E001"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.cache", "accounts.E002"),
        ("OIDC_TIMEOUT", None, "accounts.E003"),
        ("OIDC_TIMEOUT", 0, "accounts.E003"),
        ("SESSION_IDLE_SECONDS", 60, "accounts.E004"),
        ("SESSION_LIFE_SECONDS", 3600, "accounts.E004"),
    ],
)
def test_weaker_settings_are_errors(settings: Settings, name: str, value: object, code: str) -> None:
    setattr(settings, name, value)
    assert [message.id for message in check_sign_in()] == [code]


@pytest.mark.django_db
def test_a_login_that_passes_row_security_is_warned_of() -> None:
    """The login of the tests is one."""
    assert [message.id for message in check_database_login(databases=["default"])] == ["accounts.W001"]
    assert check_database_login() == []
