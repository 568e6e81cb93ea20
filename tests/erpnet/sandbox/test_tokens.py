"""The token endpoint, what its tokens say, and signing out."""

from __future__ import annotations

import jwt
import pytest
import requests

from erpnet.sandbox.testing import OPTIONS, RunningInstance
from tests.erpnet.sandbox.builders import (
    LOGOUT_URL,
    MARIA,
    Browser,
    exchange,
    form_fields,
    half_hash,
    read_token,
    service_token,
)


@pytest.fixture
def code(browser: Browser) -> str:
    return form_fields(browser.sign_in())["code"]


def test_a_code_buys_an_id_token_and_an_access_token(sandbox: RunningInstance, code: str) -> None:
    answer = exchange(sandbox, code)
    tokens = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (tokens["expires_in"], tokens["scope"], tokens["token_type"]) == (3600, "openid profile", "Bearer")
    _, claims = read_token(tokens["id_token"])
    assert claims["nonce"] == "a-nonce"
    assert claims["at_hash"] == half_hash(tokens["access_token"])
    assert claims["s_hash"] == half_hash("a-state")
    assert "c_hash" not in claims


def test_the_access_token_of_a_person_says_who_it_is(sandbox: RunningInstance, code: str) -> None:
    header, claims = read_token(exchange(sandbox, code).json()["access_token"])
    assert header["typ"] == "at+jwt"
    assert claims["aud"] == f"{sandbox.url}/id/resources"
    assert claims["sub"] == claims["email"] == MARIA
    assert claims["name"] == "Maria Ivanova"
    assert claims["user_type"] == "ExternalCommunityUser"
    assert (claims["is_admin"], claims["email_verified"]) == ("false", "true")
    assert (claims["db"], claims["locale"]) == ("SANDBOX", "en")
    assert claims["exp"] - claims["iat"] == 3600
    user = next(
        row for row in sandbox.instance.store.table("Systems.Security.Users") if row["Login"] == MARIA
    )
    assert claims["id"] == user["Id"]


def test_tokens_are_signed_by_a_published_key(sandbox: RunningInstance, code: str) -> None:
    keys = jwt.PyJWKClient(f"{sandbox.url}/id/.well-known/openid-configuration/jwks")
    token = exchange(sandbox, code).json()["id_token"]
    jwt.decode(token, keys.get_signing_key_from_jwt(token), algorithms=["RS256"], audience="portal.test")


def test_a_code_works_once(sandbox: RunningInstance, code: str) -> None:
    assert exchange(sandbox, code).status_code == 200
    again = exchange(sandbox, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"code": "made-up"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
def test_a_code_is_exchanged_by_its_owner_alone(
    sandbox: RunningInstance, code: str, changes: dict[str, str], error: str
) -> None:
    answer = exchange(sandbox, code, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_service_token_says_which_service_and_where(sandbox: RunningInstance) -> None:
    answer = service_token(sandbox).json()
    assert (answer["expires_in"], answer["token_type"], answer["scope"]) == (3600, "Bearer", "read update")
    header, claims = read_token(answer["access_token"])
    assert header["typ"] == "at+jwt"
    assert claims["aud"] == ["DomainAPI", "TableAPI", "OLAP", "AppServer", f"{sandbox.url}/id/resources"]
    assert claims["client_system_user"] == "svc-portal"
    assert claims["client_system_user_type"] == "SystemUserNoLogin"
    assert claims["client_db"] == "SANDBOX"
    assert claims["scope"] == ["read", "update"]
    assert "sub" not in claims


@pytest.mark.parametrize(
    ("asked", "granted"), [("", "read update"), ("read", "read"), ("openid read offline_access", "read")]
)
def test_a_service_gets_the_scopes_it_asked_for_less_those_that_need_a_person(
    sandbox: RunningInstance, asked: str, granted: str
) -> None:
    assert service_token(sandbox, scope=asked).json()["scope"] == granted


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "read delete"}, "invalid_scope"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "somebody.else"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_request"),
    ],
)
def test_a_service_that_may_not_is_told_why(
    sandbox: RunningInstance, changes: dict[str, str], error: str
) -> None:
    answer = service_token(sandbox, **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_the_secret_may_come_in_the_header(sandbox: RunningInstance) -> None:
    form = {"grant_type": "client_credentials", "scope": "read"}
    url = f"{sandbox.url}/id/connect/token"
    good = requests.post(url, form, auth=(OPTIONS.application_uri, OPTIONS.application_secret), timeout=10)
    bad = requests.post(url, form, auth=(OPTIONS.application_uri, "wrong"), timeout=10)
    assert good.json()["scope"] == "read"
    assert (bad.status_code, bad.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [("SystemUserAllowed", False, "unauthorized_client"), ("IsEnabled", False, "invalid_client")],
)
def test_the_registration_decides_about_services(
    fresh: RunningInstance, field: str, value: object, error: str
) -> None:
    next(iter(fresh.instance.store.table("Systems.Security.TrustedApplications")))[field] = value
    assert service_token(fresh).json()["error"] == error


def test_signing_out_leads_back_with_the_state_and_forgets_the_browser(
    sandbox: RunningInstance, browser: Browser
) -> None:
    hint = form_fields(browser.sign_in())["id_token"]
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=LOGOUT_URL, state="bye")
    assert answer.headers["Location"] == f"{LOGOUT_URL}?state=bye"
    assert 'name="password"' in browser.authorize().text


@pytest.mark.parametrize("target", [LOGOUT_URL + "/", "https://evil.example/", ""])
def test_signing_out_leads_to_registered_addresses_alone(browser: Browser, target: str) -> None:
    hint = form_fields(browser.sign_in())["id_token"]
    answer = end_session(browser, id_token_hint=hint, post_logout_redirect_uri=target)
    assert "You are signed out" in answer.text
    assert 'name="password"' in browser.authorize().text


def test_signing_out_without_a_true_hint_leads_nowhere(browser: Browser, sandbox: RunningInstance) -> None:
    forged = jwt.encode({"iss": f"{sandbox.url}/id", "aud": "portal.test"}, "k" * 32, algorithm="HS256")
    answer = end_session(browser, id_token_hint=forged, post_logout_redirect_uri=LOGOUT_URL)
    assert "Location" not in answer.headers


def end_session(browser: Browser, **params: str) -> requests.Response:
    return browser.session.get(f"{browser.url}/id/connect/endsession", params=params, allow_redirects=False)
