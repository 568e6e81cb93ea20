"""Settings that cannot work are told before anything runs, with their cure."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids() -> set[str]:
    return {message.id or "" for message in run_checks() if (message.id or "").startswith("sync.")}


def test_the_settings_of_the_house_pass() -> None:
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DEFAULT_PARTNER_ROLE", "Emperor", "sync.E001"),
        ("STOCK_COUNT_TOLERANCE", 1.5, "sync.E002"),
        ("STOCK_LARGEST_FALL", -0.1, "sync.E002"),
        ("SYNC_SLICE_SECONDS", 600, "sync.E003"),
        ("SYNC_OVERLAP_SECONDS", -1, "sync.E004"),
        ("ALERT_MAIL", ["nobody"], "sync.E005"),
        ("ERPNET_WEB_HOOK_SECRET", "guess me", "sync.E011"),
    ],
)
def test_one_that_cannot_work_is_named(settings: Settings, name: str, value: Any, told: str) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    setattr(settings, name, value)
    assert ids() == {told}


def test_alerts_that_nothing_can_mail_are_told(settings: Settings) -> None:
    settings.EMAIL_URL, settings.ALERT_MAIL = "", ["ops@vitosha.example"]
    assert ids() == {"sync.E006"}
