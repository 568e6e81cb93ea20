"""What the process refuses to start with, and what `manage.py check --deploy` finds."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import override_settings

from portal import checks
from tests.erpnet import builders
from tests.running_demo import ROOT

PRODUCTION = {
    "DJANGO_SECRET_KEY": "k" * 50,
    "DJANGO_DEBUG": "off",
    "PORTAL_URL": "https://portal.example.com",
    "DATABASE_URL": "postgresql://portal@localhost/portal",
    "REDIS_URL": "redis://localhost/0",
    "ERPNET_URL": "https://example.my.erp.net",
    "ERPNET_APPLICATION_URI": "portal.example.com",
    "ERPNET_APPLICATION_SECRET": "a plain secret",
}


def load(**changes: str | None) -> str:
    """What loading the settings answers: nothing, or why not."""
    wanted = {**os.environ, "DJANGO_ALLOWED_HOSTS": "", **PRODUCTION, **changes}
    environment = {name: value for name, value in wanted.items() if value is not None}
    code = "import portal.settings, sys; sys.stdout.write(portal.settings.SESSION_COOKIE_NAME)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout or done.stderr


def manage(*words: str) -> subprocess.CompletedProcess[str]:
    """What `manage.py` answers where nothing is set: an empty name counts as unset, and outranks a file `.env`."""
    bare = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings", **dict.fromkeys(PRODUCTION, "")}
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(command, env=bare, capture_output=True, text=True, check=False)


def test_a_complete_environment_loads_with_the_strictest_cookies() -> None:
    assert load() == "__Host-session"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"DJANGO_SECRET_KEY": None}, "DJANGO_SECRET_KEY is not set"),
        ({"DJANGO_SECRET_KEY": "short"}, "shorter than 50 characters"),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "sqlite:///x.db"}, "must name a PostgreSQL"),
        ({"REDIS_URL": None}, "REDIS_URL is not set"),
        ({"PORTAL_URL": None, "ERPNET_APPLICATION_URI": None}, "ERPNET_APPLICATION_URI is not set"),
        ({"PORTAL_URL": "http://portal.example.com"}, "PORTAL_URL"),
        ({"ERPNET_URL": "http://example.my.erp.net"}, "ERPNET_URL"),
        ({"DJANGO_DEBUG": "on"}, "DJANGO_DEBUG is on"),
    ],
)
def test_a_process_with_a_faulty_environment_refuses_to_start_and_names_it(
    changes: dict[str, str | None], words: str
) -> None:
    """CFG-01"""
    said = load(**changes)
    assert "ImproperlyConfigured" in said
    assert words in said
    assert "a plain secret" not in said


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"SECURE_SITE": False}, "portal.E001"),
        ({"TRUSTED_APPLICATION": builders.application(instance_url="http://127.0.0.1:9000")}, "portal.E002"),
        ({"ALLOWED_HOSTS": ["*"]}, "portal.E003"),
        (
            {
                "CONTENT_SECURITY_POLICY": {
                    "DIRECTIVES": {"default-src": [], "script-src": ["'unsafe-inline'"], "style-src": []}
                }
            },
            "portal.E004",
        ),
        ({"SECURE_SITE": True, "SECURE_PROXY_SSL_HEADER": None}, "portal.I001"),
    ],
)
def test_what_must_not_face_the_public_is_found(settings: dict[str, Any], code: str) -> None:
    safe = {"SECURE_SITE": True, "SECURE_PROXY_SSL_HEADER": ("X", "y")}
    with override_settings(**{**safe, **settings}):
        found = [message.id for check in checks.PRODUCTION for message in check(None)]
    assert found == [code]


def test_a_secret_can_be_made_before_there_is_an_environment() -> None:
    answer = manage("trusted_application", "--new-secret")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "ApplicationSecretHash" in answer.stdout


def test_a_command_says_what_the_environment_lacks_without_the_insides_of_the_program() -> None:
    answer = manage("doctor")
    assert answer.returncode == 1
    assert "ERPNET_URL is not set. Set it to" in answer.stderr
    assert "Traceback" not in answer.stderr
