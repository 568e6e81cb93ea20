"""Signing in: the authorize endpoint with its pages, as a browser meets it."""

from __future__ import annotations

import pytest

from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import (
    LOGIN_URL,
    MARIA,
    Browser,
    form_fields,
    half_hash,
    query_of,
    read_token,
)


def test_nobody_known_yet_is_asked_to_sign_in_on_a_page_that_refuses_frames(browser: Browser) -> None:
    page = browser.authorize()
    assert page.status_code == 200
    assert "Partner portal" in page.text
    assert 'name="password"' in page.text
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://localhost:8000" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("login", "password"), [(MARIA, "wrong"), ("nobody@nowhere.example", "demo"), ("svc-portal", "demo")]
)
def test_a_wrong_login_or_password_says_so_and_lets_in_nobody(
    browser: Browser, login: str, password: str
) -> None:
    page = browser.sign_in(login, password)
    assert "not right" in page.text
    assert form_fields(page) == {}
    assert 'name="password"' in browser.authorize().text


def test_a_hybrid_sign_in_posts_code_and_id_token_to_the_application(
    browser: Browser, sandbox: RunningInstance
) -> None:
    page = browser.sign_in()
    fields = form_fields(page)
    assert f'action="{LOGIN_URL}"' in page.text
    assert ">Continue</button>" in page.text
    assert fields["state"] == "a-state"
    header, claims = read_token(fields["id_token"])
    assert header == {"alg": "RS256", "kid": header["kid"], "typ": "JWT"}
    assert claims["iss"] == f"{sandbox.url}/id"
    assert claims["aud"] == "portal.test"
    assert claims["sub"] == MARIA
    assert claims["nonce"] == "a-nonce"
    assert claims["c_hash"] == half_hash(fields["code"])
    assert claims["s_hash"] == half_hash("a-state")
    assert claims["exp"] - claims["iat"] == 300
    assert claims["nbf"] == claims["iat"]
    assert (claims["idp"], claims["amr"]) == ("local", ["pwd"])
    assert "email" not in claims


def test_a_code_sign_in_goes_back_by_query(browser: Browser) -> None:
    answer = browser.sign_in(response_type="code", response_mode="query")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{LOGIN_URL}?")
    assert set(query_of(answer)) == {"code", "scope", "state", "session_state"}


def test_a_code_sign_in_can_go_back_by_form(browser: Browser) -> None:
    fields = form_fields(browser.sign_in(response_type="code"))
    assert set(fields) == {"code", "scope", "state", "session_state"}


def test_the_login_may_be_typed_in_any_case(browser: Browser) -> None:
    fields = form_fields(browser.sign_in(MARIA.upper()))
    assert read_token(fields["id_token"])[1]["sub"] == MARIA


def test_a_known_browser_is_not_asked_again(browser: Browser) -> None:
    first = read_token(form_fields(browser.sign_in())["id_token"])[1]
    again = read_token(form_fields(browser.authorize(nonce="another"))["id_token"])[1]
    assert again["sid"] == first["sid"]
    assert again["auth_time"] == first["auth_time"]


def test_prompt_login_asks_again_and_keeps_the_session_of_the_same_person(browser: Browser) -> None:
    first = read_token(form_fields(browser.sign_in())["id_token"])[1]
    assert 'name="password"' in browser.authorize(prompt="login").text
    same = read_token(form_fields(browser.sign_in(prompt="login"))["id_token"])[1]
    other = read_token(
        form_fields(browser.sign_in("john@northwind-metals.example", prompt="login"))["id_token"]
    )[1]
    assert same["sid"] == first["sid"]
    assert other["sid"] != first["sid"]


def test_prompt_none_without_a_session_is_an_error_for_the_application(browser: Browser) -> None:
    fields = form_fields(browser.authorize(prompt="none"))
    assert fields["error"] == "login_required"
    assert fields["state"] == "a-state"


@pytest.mark.parametrize(
    "redirect_uri",
    [LOGIN_URL + "/", LOGIN_URL.upper(), LOGIN_URL + "?x=1", "https://evil.example/signin-callback", None],
)
def test_a_redirect_uri_that_is_not_registered_exactly_gets_no_answer(
    browser: Browser, redirect_uri: str | None
) -> None:
    answer = browser.authorize(redirect_uri=redirect_uri)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert form_fields(answer) == {}


@pytest.mark.parametrize("client_id", ["somebody.else", None])
def test_an_unknown_application_gets_no_answer(browser: Browser, client_id: str | None) -> None:
    assert browser.authorize(client_id=client_id).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "openid delete"}, "invalid_scope"),
        ({"nonce": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_faulty_request_is_told_to_the_application(
    browser: Browser, changes: dict[str, str | None], error: str
) -> None:
    fields = form_fields(browser.authorize(**changes))
    assert fields["error"] == error
    assert fields["state"] == "a-state"


def test_a_response_type_that_is_not_served_is_told_to_the_application(browser: Browser) -> None:
    fields = form_fields(browser.authorize(response_type="id_token token"))
    assert fields["error"] == "unsupported_response_type"


def test_tokens_never_travel_in_an_address(browser: Browser) -> None:
    assert browser.authorize(response_mode="query").status_code == 400
    assert browser.authorize(response_mode="fragment").status_code == 400


def test_a_sign_in_form_from_another_site_is_refused(browser: Browser) -> None:
    browser.session.headers["Origin"] = "https://evil.example"
    assert browser.sign_in().status_code == 403


def test_people_of_a_kind_that_the_application_does_not_admit_are_sent_back(fresh: RunningInstance) -> None:
    application = next(iter(fresh.instance.store.table("Systems.Security.TrustedApplications")))
    application["ImpersonateAsCommunityUserAllowed"] = False
    browser = Browser(fresh)
    assert form_fields(browser.sign_in())["error"] == "access_denied"
    assert "id_token" in form_fields(browser.sign_in("ops@vitosha.example"))


def test_a_disabled_application_lets_nobody_in(fresh: RunningInstance) -> None:
    application = next(iter(fresh.instance.store.table("Systems.Security.TrustedApplications")))
    application["IsEnabled"] = False
    assert Browser(fresh).authorize().status_code == 400


def test_an_inactive_user_is_refused(fresh: RunningInstance) -> None:
    users = fresh.instance.store.table("Systems.Security.Users")
    next(row for row in users if row["Login"] == MARIA)["Active"] = False
    assert "not right" in Browser(fresh).sign_in().text
