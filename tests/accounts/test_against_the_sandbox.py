"""The whole way over real HTTP, against an Instance ID that others wrote."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from pytest_django import Settings

from accounts.models import User
from erpnet.sandbox.testing import OPTIONS, RunningInstance, running_instance
from tests.accounts.browser import Browser, query_of
from tests.erpnet.sandbox.builders import form_fields

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningInstance]:
    with running_instance(balances=1) as instance:
        yield instance


def sign_in(browser: Browser, login: str, *, by_form: bool, location: str = "") -> str:
    """Where somebody gets who signs in with the sandbox's own form."""
    form = {"login": login, "password": OPTIONS.password}
    there = requests.post(location or browser.begin(), data=form, allow_redirects=False, timeout=10)
    if by_form:
        back = browser.post_from_another_site("/signin-callback", form_fields(there))
    else:
        back = browser.get("/signin-callback", query_of(there.headers["Location"]))
    assert back.status_code == 303, back.content.decode()
    return str(back["Location"])


def test_people_come_in_and_leave(
    sandbox: RunningInstance, browser: Browser, settings: Settings, mode: tuple[str, str]
) -> None:
    response_type, response_mode = mode
    settings.TRUSTED_APPLICATION = sandbox.application(
        response_type=response_type, response_mode=response_mode
    )
    by_form = response_mode == "form_post"
    assert sign_in(browser, "maria@rila-textiles.example", by_form=by_form) == "/welcome/"
    assert sign_in(Browser(), "ops@vitosha.example", by_form=by_form) == "/welcome/"
    people = {user.login: (user.name, user.user_type) for user in User.objects.all()}
    assert people == {
        "maria@rila-textiles.example": ("Maria Ivanova", User.UserType.COMMUNITY),
        "ops@vitosha.example": ("Petar Stoyanov", User.UserType.INTERNAL),
    }

    again = browser.get("/signin", {"fresh": "1", "next": "/sessions"})["Location"]
    assert "prompt=login" in again
    back = sign_in(browser, "maria@rila-textiles.example", by_form=by_form, location=again)
    assert back == "/sessions"
    again = browser.get("/signin", {"fresh": "1"})["Location"]
    with pytest.raises(AssertionError, match="PP111"):
        sign_in(browser, "ops@vitosha.example", by_form=by_form, location=again)

    leaving = browser.post("/signout")
    goodbye = requests.get(leaving["Location"], allow_redirects=False, timeout=10)
    assert goodbye.headers["Location"].startswith("http://localhost:8000/signout-callback?state=")
