"""What the authorize endpoint accepts, requirement by requirement, and whom it tells of what it refuses.

The first column names the page of the documents under auth/ (or the standard) that a row follows.
"""

from __future__ import annotations

import time
from html.parser import HTMLParser
from typing import Any

import pytest
import requests
from werkzeug.security import generate_password_hash

from erpnet.sandbox.testing import OPTIONS, RunningInstance
from tests.erpnet.sandbox.builders import (
    CHALLENGE,
    LOGIN_URL,
    MARIA,
    Browser,
    exchange,
    form_fields,
    query_of,
    read_token,
    registration,
    user_row,
)

PETAR = "ops@vitosha.example"
Changes = dict[str, str | None]

REFUSED_ON_THE_PAGE: list[tuple[str, Changes, str]] = [
    ("interactive-apps-errors", {"client_id": "somebody.else"}, "unauthorized_client"),
    ("interactive-apps-errors", {"client_id": None}, "unauthorized_client"),
    ("interactive-apps-errors", {"client_id": "PORTAL.TEST"}, "unauthorized_client"),
    ("interactive-apps-errors", {"redirect_uri": LOGIN_URL + "/"}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": LOGIN_URL + "?x=1"}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": LOGIN_URL + "#x"}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": LOGIN_URL + "/../x"}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": LOGIN_URL.upper()}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": OPTIONS.logout_urls[0]}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": "http://localhost:8000"}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": f"{LOGIN_URL}@evil.example"}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": 'https://evil.example/"><script>'}, "invalid_redirect_uri"),
    ("interactive-apps-errors", {"redirect_uri": f"{LOGIN_URL},{LOGIN_URL}"}, "invalid_redirect_uri"),
    ("RFC 6749 3.1.2.3", {"redirect_uri": None}, "invalid_request"),
    ("instance-id-web-portals", {"response_mode": "query"}, "invalid_request"),
    ("instance-id-web-portals", {"response_mode": "fragment"}, "invalid_request"),
    ("instance-id-web-portals", {"response_type": "code", "response_mode": "fragment"}, "invalid_request"),
]
TOLD_TO_THE_APPLICATION: list[tuple[str, Changes, str]] = [
    ("interactive-apps-errors", {"scope": "openid delete"}, "invalid_scope"),
    ("scopes: sec is reserved", {"scope": "openid sec"}, "invalid_scope"),
    ("scopes: DomainApi is obsolete", {"scope": "openid DomainApi"}, "invalid_scope"),
    ("scopes: openid makes the ID token", {"scope": "profile"}, "invalid_scope"),
    ("interactive-apps-redirects-pkce", {"state": None}, "invalid_request"),
    ("interactive-apps-redirects-pkce", {"code_challenge_method": "plain"}, "invalid_request"),
    ("interactive-apps-redirects-pkce", {"code_challenge_method": None}, "invalid_request"),
    ("interactive-apps-redirects-pkce", {"code_challenge": None}, "invalid_request"),
    ("interactive-apps-redirects-pkce", {"code_challenge": "short"}, "invalid_request"),
    ("interactive-apps-redirects-pkce", {"code_challenge": CHALLENGE + "="}, "invalid_request"),
    ("OIDC Core 3.3.2.1", {"nonce": None}, "invalid_request"),
    ("OIDC Core 3.1.2.1", {"prompt": "login none"}, "invalid_request"),
    ("interactive-apps-prompts", {"prompt": "consent"}, "invalid_request"),
    ("access-tokens: max_age", {"max_age": "soon"}, "invalid_request"),
    ("access-tokens: max_age", {"max_age": "-1"}, "invalid_request"),
    ("access-tokens: max_age", {"max_age": ""}, "invalid_request"),
    ("access-tokens: max_age", {"max_age": "9" * 5000}, "invalid_request"),
    ("access-tokens: max_age", {"max_age": "\N{ARABIC-INDIC DIGIT THREE}"}, "invalid_request"),
    ("OIDC Core 6", {"request": "eyJhbGciOiJub25lIn0."}, "request_not_supported"),
    ("OIDC Core 6", {"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
    ("identity-server", {"response_type": "token"}, "unsupported_response_type"),
    ("identity-server", {"response_type": "id_token"}, "unsupported_response_type"),
    ("identity-server", {"response_type": "code token"}, "unsupported_response_type"),
    ("identity-server", {"response_type": None}, "unsupported_response_type"),
    ("identity-server", {"response_type": 'code"<'}, "unsupported_response_type"),
]


class _Links(HTMLParser):
    """Where a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.targets += [value or "" for name, value in attrs if name in {"href", "action", "src"}]


@pytest.mark.parametrize(("page", "changes", "error"), REFUSED_ON_THE_PAGE)
def test_who_is_not_known_to_ask_is_told_nothing(
    browser: Browser, page: str, changes: Changes, error: str
) -> None:
    answer = browser.authorize(**changes)
    links = _Links()
    links.feed(answer.text)
    assert answer.status_code == 400
    assert f"<code>{error}</code>" in answer.text
    assert "Location" not in answer.headers
    assert "evil.example" not in answer.text
    assert links.targets == ["/sandbox/assets/sandbox.css"]


@pytest.mark.parametrize(("page", "changes", "error"), TOLD_TO_THE_APPLICATION)
def test_the_application_is_told_what_is_wrong_with_its_request(
    browser: Browser, page: str, changes: Changes, error: str
) -> None:
    answer = browser.authorize(**changes)
    by_query = answer.status_code == 303
    fields = query_of(answer) if by_query else form_fields(answer)
    assert fields["error"] == error
    assert fields.get("state") == changes.get("state", "a-state")
    assert not {"code", "id_token"} & set(fields)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "nonce", "prompt", "code_challenge"])
def test_oid_05_a_repeated_parameter_is_refused(browser: Browser, name: str) -> None:
    url = f"{browser.authorize_url(prompt='login')}&{name}=another"
    answer = browser.session.get(url, allow_redirects=False)
    assert answer.status_code == 400
    assert "invalid_request" in answer.text


def test_the_order_of_a_response_type_does_not_matter(browser: Browser) -> None:
    assert "id_token" in form_fields(browser.sign_in(response_type="id_token code"))


def test_without_a_scope_the_application_gets_all_of_its_own(
    browser: Browser, sandbox: RunningInstance
) -> None:
    code = form_fields(browser.sign_in(PETAR, response_type="code", scope=None))["code"]
    tokens = exchange(sandbox, code).json()
    assert tokens["scope"] == "read update"
    assert "id_token" not in tokens


def test_an_internal_users_token_names_the_api_and_the_scopes(
    browser: Browser, sandbox: RunningInstance
) -> None:
    code = form_fields(browser.sign_in(PETAR, scope="openid profile read"))["code"]
    claims = read_token(exchange(sandbox, code).json()["access_token"])[1]
    assert claims["aud"] == ["DomainAPI", "TableAPI", "OLAP", "AppServer", f"{sandbox.url}/id/resources"]
    assert claims["scope"] == ["openid", "profile", "read"]


def test_people_from_outside_are_never_granted_the_api(browser: Browser, sandbox: RunningInstance) -> None:
    code = form_fields(browser.sign_in(scope="openid profile read update"))["code"]
    tokens = exchange(sandbox, code).json()
    assert tokens["scope"] == "openid profile"
    assert read_token(tokens["access_token"])[1]["aud"] == f"{sandbox.url}/id/resources"
    nothing_left = browser.authorize(response_type="code", scope="read")
    assert form_fields(nothing_left)["error"] == "access_denied"


def test_an_application_that_signs_in_nobody_is_not_served(fresh: RunningInstance) -> None:
    row = registration(fresh)
    row["ImpersonateAsInternalUserAllowed"] = row["ImpersonateAsCommunityUserAllowed"] = False
    assert form_fields(Browser(fresh).authorize())["error"] == "unauthorized_client"


def test_an_application_without_authentication_is_nobody(fresh: RunningInstance) -> None:
    registration(fresh)["ClientType"] = "None"
    assert "unauthorized_client" in Browser(fresh).authorize().text


def test_a_public_application_needs_the_proof_key(fresh: RunningInstance) -> None:
    registration(fresh)["ClientType"] = "Public"
    browser = Browser(fresh)
    without = browser.authorize(code_challenge=None, code_challenge_method=None)
    assert form_fields(without)["error"] == "invalid_request"
    code = form_fields(browser.sign_in(scope="openid profile offline_access"))["code"]
    tokens = exchange(fresh, code, client_secret="").json()
    assert "id_token" in tokens
    assert "refresh_token" not in tokens


def test_a_confidential_application_may_do_without_the_proof_key(
    browser: Browser, sandbox: RunningInstance
) -> None:
    code = form_fields(browser.sign_in(code_challenge=None, code_challenge_method=None))["code"]
    unasked = exchange(sandbox, code)
    assert (unasked.status_code, unasked.json()["error"]) == (400, "invalid_request")
    code = form_fields(browser.authorize(code_challenge=None, code_challenge_method=None))["code"]
    assert exchange(sandbox, code, code_verifier="").status_code == 200


# -- Sessions of the Instance ID -------------------------------------------------------------------------------------


@pytest.mark.parametrize("response_type", ["code", "code id_token"])
@pytest.mark.parametrize("scope", ["openid profile", "read openid"])
def test_prompt_none_never_shows_a_form(browser: Browser, response_type: str, scope: str) -> None:
    asked: Changes = {"prompt": "none", "response_type": response_type, "scope": scope}
    assert form_fields(browser.authorize(**asked))["error"] == "login_required"
    browser.sign_in(PETAR)
    assert "code" in form_fields(browser.authorize(**asked))


def test_max_age_asks_again_who_signed_in_too_long_ago(fresh: RunningInstance) -> None:
    browser = Browser(fresh)
    browser.sign_in()
    assert "code" in form_fields(browser.authorize(max_age="60"))
    fresh.instance.sessions.clock = lambda: time.time() + 90
    assert 'name="password"' in browser.authorize(max_age="60").text
    assert form_fields(browser.authorize(max_age="60", prompt="none"))["error"] == "login_required"
    assert "code" in form_fields(browser.authorize(max_age="600"))


def test_a_session_ends_by_itself(fresh: RunningInstance) -> None:
    browser = Browser(fresh)
    browser.sign_in()
    fresh.instance.sessions.clock = lambda: time.time() + 10 * 3600
    assert 'name="password"' in browser.authorize().text


def test_a_person_who_was_deactivated_is_asked_again(fresh: RunningInstance) -> None:
    browser = Browser(fresh)
    browser.sign_in()
    user_row(fresh, MARIA)["Active"] = False
    assert 'name="password"' in browser.authorize().text


def test_a_person_who_is_locked_out_hears_no_more_than_anybody(fresh: RunningInstance) -> None:
    user_row(fresh, MARIA)["LockoutEndUtc"] = "2999-01-01T00:00:00.000Z"
    browser = Browser(fresh)
    locked_out, unknown = browser.sign_in(), browser.sign_in("nobody@nowhere.example")
    assert form_fields(locked_out) == {}
    assert locked_out.text.replace(MARIA, "") == unknown.text.replace("nobody@nowhere.example", "")
    user_row(fresh, MARIA)["LockoutEndUtc"] = "2020-01-01T00:00:00.000Z"
    assert "code" in form_fields(browser.sign_in())


def test_an_unknown_login_takes_as_long_as_a_wrong_password(fresh: RunningInstance) -> None:
    """Both check one password: else the time it takes would tell who exists."""
    browser = Browser(fresh)
    # So slow that nothing else counts beside it.
    fresh.instance._password_hash = generate_password_hash(OPTIONS.password, "pbkdf2:sha256:300000")

    def fastest(login: str) -> float:
        return min(browser.sign_in(login, "wrong").elapsed.total_seconds() for _ in range(2))

    known = fastest(MARIA)
    assert fastest("nobody@nowhere.example") > known / 3
    assert fastest("svc-portal") > known / 3


def test_the_session_cookie_is_the_instance_ids_alone(browser: Browser) -> None:
    cookie = browser.sign_in().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Path=/id" in cookie
    assert "SameSite=Lax" in cookie


def test_signing_in_gives_the_browser_a_new_session(browser: Browser) -> None:
    browser.session.cookies.set("erpnet-sandbox-id", "chosen-by-somebody", path="/id")
    answer = browser.sign_in()
    assert "chosen-by-somebody" not in answer.headers["Set-Cookie"]
    other = Browser.__new__(Browser)
    other.url, other.session = browser.url, requests.Session()
    other.session.cookies.set("erpnet-sandbox-id", "chosen-by-somebody", path="/id")
    assert 'name="password"' in other.authorize().text


# -- What a browser is allowed to do with the pages ------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_that_another_site_sends_signs_in_nobody(browser: Browser, headers: dict[str, str]) -> None:
    form = {"login": MARIA, "password": OPTIONS.password}
    answer = browser.session.post(browser.authorize_url(), data=form, headers=headers, allow_redirects=False)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def _answers(browser: Browser) -> dict[str, requests.Response]:
    """One of every kind of answer that the Instance ID gives."""
    root, send = f"{browser.url}/id", browser.session

    def go(method: str, path: str, **options: Any) -> requests.Response:
        return send.request(method, root + path, allow_redirects=False, timeout=10, **options)

    return {
        "form": browser.authorize(),
        "wrong password": browser.sign_in(MARIA, "wrong"),
        "error": browser.authorize(client_id="nobody"),
        "foreign form": go("POST", browser.authorize_url()[len(root) :], headers={"Origin": "null"}),
        "by form": browser.sign_in(),
        "by query": browser.authorize(response_type="code", response_mode="query"),
        "sign-out question": go("GET", "/connect/endsession"),
        "signed out": go("POST", "/connect/endsession", data={"confirmed": "yes"}),
        "token": go("POST", "/connect/token", data={"grant_type": "password"}),
        "metadata": go("GET", "/.well-known/openid-configuration"),
        "keys": go("GET", "/.well-known/openid-configuration/jwks"),
        "no such page": go("GET", "/connect/userinfo"),
        "wrong method": go("GET", "/connect/token"),
    }


def test_no_answer_can_be_framed_or_taken_for_another_kind(browser: Browser) -> None:
    for name, answer in _answers(browser).items():
        assert answer.headers["X-Frame-Options"] == "DENY", name
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], name
        assert answer.headers["X-Content-Type-Options"] == "nosniff", name


def test_no_other_site_may_read_an_answer(browser: Browser) -> None:
    browser.session.headers["Origin"] = browser.url
    for name, answer in _answers(browser).items():
        assert not [header for header in answer.headers if header.lower().startswith("access-control")], name
    preflight = requests.options(f"{browser.url}/id/connect/token", timeout=10)
    assert preflight.status_code == 405


def test_answers_with_secrets_in_them_are_kept_by_nobody(browser: Browser) -> None:
    answers = _answers(browser)
    for name in ("form", "by form", "by query", "token", "signed out"):
        assert answers[name].headers["Cache-Control"] == "no-store", name
