"""Signing out of the Instance ID: at once with proof, after a question without, and back to registered addresses alone.

Docs: https://docs.erp.net/dev/auth/sessions/session-revocation.html
"""

from __future__ import annotations

import time

import jwt
import pytest
import requests

from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import LOGOUT_URL, MARIA, Browser, form_fields, registration

PETAR = "ops@vitosha.example"


def end_session(browser: Browser, **params: str) -> requests.Response:
    return browser.session.get(f"{browser.url}/id/connect/endsession", params=params, allow_redirects=False)


def is_signed_in(browser: Browser) -> bool:
    return "code" in form_fields(browser.authorize())


def test_it_leads_back_with_the_state_and_forgets_the_browser(browser: Browser) -> None:
    hint = form_fields(browser.sign_in())["id_token"]
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT_URL, state="b y&e")
    assert answer.headers["Location"] == f"{LOGOUT_URL}?state=b+y%26e"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not is_signed_in(browser)


def test_it_leads_back_without_a_state_where_none_was_sent(browser: Browser) -> None:
    hint = form_fields(browser.sign_in())["id_token"]
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT_URL)
    assert answer.headers["Location"] == LOGOUT_URL


@pytest.mark.parametrize(
    "target",
    [
        LOGOUT_URL + "/",
        LOGOUT_URL + "?x=1",
        LOGOUT_URL.upper(),
        "https://evil.example/",
        "//evil.example",
        "",
    ],
)
def test_it_leads_to_registered_addresses_alone(browser: Browser, target: str) -> None:
    hint = form_fields(browser.sign_in())["id_token"]
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=target)
    assert "You are signed out" in answer.text
    assert "evil.example" not in answer.text
    assert not is_signed_in(browser)


def test_an_expired_id_token_is_proof_enough(fresh: RunningInstance) -> None:
    browser = Browser(fresh)
    fresh.instance.tokens.clock = lambda: time.time() - 3600
    hint = form_fields(browser.sign_in())["id_token"]
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT_URL)
    assert answer.headers["Location"] == LOGOUT_URL


def test_without_proof_the_person_is_asked_first(browser: Browser) -> None:
    browser.sign_in()
    assert "Sign out?" in end_session(browser, post_logout_redirect_uri=LOGOUT_URL).text
    assert is_signed_in(browser)
    form = {"confirmed": "yes", "post_logout_redirect_uri": LOGOUT_URL}
    answer = browser.session.post(f"{browser.url}/id/connect/endsession", form, allow_redirects=False)
    assert "You are signed out" in answer.text
    assert not is_signed_in(browser)


def test_another_site_cannot_answer_for_the_person(browser: Browser) -> None:
    browser.sign_in()
    url, foreign = f"{browser.url}/id/connect/endsession", {"Origin": "https://evil.example"}
    assert browser.session.post(url, {"confirmed": "yes"}, headers=foreign).status_code == 403
    assert is_signed_in(browser)


def test_the_id_token_of_somebody_else_proves_nothing(browser: Browser, sandbox: RunningInstance) -> None:
    hint = form_fields(Browser(sandbox).sign_in(PETAR))["id_token"]
    browser.sign_in(MARIA)
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT_URL)
    assert "Sign out?" in answer.text
    assert is_signed_in(browser)


@pytest.mark.parametrize("kind", ["forged", "access token", "garbage"])
def test_what_is_no_id_token_of_this_instance_leads_nowhere(
    browser: Browser, sandbox: RunningInstance, kind: str
) -> None:
    hint = {
        "forged": jwt.encode({"iss": f"{sandbox.url}/id", "aud": "portal.test"}, "k" * 32, algorithm="HS256"),
        "access token": sandbox.instance.tokens.service_token(
            "portal.test", {"Login": "a", "UserType": "b"}, "read"
        ),
        "garbage": "a.b.c",
    }[kind]
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT_URL)
    assert "Location" not in answer.headers


def test_a_disabled_application_is_led_back_to_no_more(fresh: RunningInstance) -> None:
    browser = Browser(fresh)
    hint = form_fields(browser.sign_in())["id_token"]
    registration(fresh)["IsEnabled"] = False
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT_URL)
    assert "Location" not in answer.headers


def test_repeated_parameters_are_refused(browser: Browser) -> None:
    query = f"post_logout_redirect_uri={LOGOUT_URL}&post_logout_redirect_uri=https://evil.example/"
    answer = browser.session.get(f"{browser.url}/id/connect/endsession?{query}", allow_redirects=False)
    assert answer.status_code == 400
