"""`manage.py trusted_application`: the registration sheet and new secrets."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import Settings

from erpnet.config import secret_hash
from tests.erpnet.builders import SECRET, application


def output(*arguments: str) -> str:
    written = StringIO()
    call_command("trusted_application", *arguments, stdout=written)
    return written.getvalue()


@pytest.fixture(autouse=True)
def registered(settings: Settings) -> None:
    settings.TRUSTED_APPLICATION = application(
        impersonate_login_urls=("https://portal.test/signin-callback",),
        impersonate_logout_urls=("https://portal.test/signout-callback",),
    )


def test_the_sheet_has_every_attribute_and_the_hash_but_not_the_secret() -> None:
    sheet = output()
    values = dict(line.split(maxsplit=1) for line in sheet.splitlines() if "  " in line)
    assert values["ApplicationUri"] == "portal.test"
    assert values["ClientType"] == "Confidential"
    assert values["ApplicationSecretHash"] == secret_hash(SECRET)
    assert values["ImpersonateLoginUrl"] == "https://portal.test/signin-callback"
    assert values["ImpersonateLogoutUrl"] == "https://portal.test/signout-callback"
    assert values["Scope"] == "read update"
    for flag in ("IsEnabled", "SystemUserAllowed", "ImpersonateAsInternalUserAllowed"):
        assert values[flag] == "true"
    assert values["ImpersonateAsCommunityUserAllowed"] == "true"
    assert "SystemUser" in values
    assert SECRET not in sheet


def test_a_new_secret_comes_with_its_hash_and_is_another_each_time() -> None:
    sheets = [output("--new-secret") for _ in range(2)]
    made = [dict(line.split(maxsplit=1) for line in sheet.splitlines() if "  " in line) for sheet in sheets]
    for values in made:
        assert values["ApplicationSecretHash"] == secret_hash(values["ERPNET_APPLICATION_SECRET"])
        assert len(values["ERPNET_APPLICATION_SECRET"]) >= 64
    assert made[0] != made[1]
