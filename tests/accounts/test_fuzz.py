"""What nobody sends who means well: more than ten thousand tokens, answers and cookies, and a plain page for each."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as portal_settings
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEvent, Session, User
from accounts.oidc import validator
from accounts.oidc.answer import demand_complete, read_answer
from accounts.oidc.identity import read_boolean, read_identity
from accounts.oidc.refusal import SignInRefused
from accounts.oidc.validator import TokenRefused
from accounts.reasons import REASONS
from accounts.text import local_path
from tests.accounts.browser import FORM, Browser
from tests.accounts.builders import make_user
from tests.accounts.provider import Provider
from tests.accounts.test_validator import ACCESS, EXPECTED, GOOD, Keys, changed, fault_of, signed

# How many cases of each kind. The calls of pure functions cost next to nothing; those of signatures and pages do not.
CASES = {
    "token": 2000,
    "header": 1500,
    "claim": 1200,
    "access_token": 600,
    "identity": 1500,
    "boolean": 500,
    "answer": 1500,
    "address": 1500,
    "callback": 150,  # in each of three modes
    "request": 150,  # in each of three modes
    "cookie": 300,
    "form": 100,
}

TEXT = st.text(max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
PARAMETERS = (
    "state",
    "code",
    "id_token",
    "error",
    "error_description",
    "iss",
    "session_state",
    "access_token",
)
BODIES = (
    st.binary(max_size=300)
    | st.text(alphabet="state=code&id_token%+;\x00é", max_size=200).map(str.encode)
    | st.dictionaries(st.sampled_from(PARAMETERS) | TEXT, st.binary(max_size=80))
    .map(urlencode)
    .map(str.encode)
)


def cases(kind: str) -> Callable[[Any], Any]:
    # The fixtures hold nothing that one case leaves to the next; each asserts that it changed nothing.
    health = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=CASES[kind], deadline=None, suppress_health_check=health)


def test_there_are_ten_thousand_cases() -> None:
    assert sum(CASES.values()) + 2 * (CASES["callback"] + CASES["request"]) >= 10_000


def assert_refused(refused: SignInRefused, *codes: str) -> None:
    assert refused.reason.code in codes


# -- Tokens ------------------------------------------------------------------------------------------------------------


@cases("token")
@given(st.text() | st.binary() | st.none() | st.text("eyJ._-=", min_size=3) | JSON)
def test_an_arbitrary_token_is_refused(token: object) -> None:
    assert fault_of(token) is not None


@cases("header")
@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "zip"]), st.just("RS256") | JSON
    ),
    payload=st.binary(max_size=40),
)
def test_arbitrary_headers_are_refused(header: dict[str, Any], payload: bytes) -> None:
    parts = (json.dumps(header).encode(), payload, b"signature")
    assert fault_of(".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)) is not None


@cases("claim")
@given(name=st.sampled_from(sorted({*GOOD, "auth_time", "azp"} - {"sid"})), value=JSON)
def test_a_good_signature_saves_no_wrong_claim(name: str, value: Any) -> None:
    if value == GOOD.get(name) or (name == "aud" and value == [GOOD["aud"]]):
        return
    if name in ("exp", "nbf", "iat", "auth_time") and isinstance(value, int | float):
        return
    if name == "sub" and isinstance(value, str) and value:
        return  # Whoever the issuer signs for is who came: any other name is as good.
    assert fault_of(signed(changed(GOOD, **{name: value}))) is not None


@cases("access_token")
@given(claims=st.dictionaries(st.sampled_from(sorted(ACCESS)) | TEXT, JSON))
def test_an_access_token_gives_claims_or_a_fault(claims: dict[str, Any]) -> None:
    token = signed({**ACCESS, **claims}, typ="at+jwt")
    try:
        judged = validator.access_token_claims(token, Keys(), EXPECTED, subject="maria")
    except TokenRefused:
        return
    assert (judged["iss"], judged["sub"]) == (ACCESS["iss"], "maria")


@cases("identity")
@given(
    claims=st.fixed_dictionaries(
        {"iss": st.just("https://erp.example/id"), "sub": TEXT.filter(bool)},
        optional={
            "id": st.uuids().map(str) | JSON,
            "user_type": st.sampled_from(User.UserType.values) | JSON,
            "name": JSON,
            "email": st.emails() | JSON,
            "email_verified": st.sampled_from(["true", "false", True, False]) | JSON,
            "locale": JSON,
        },
    )
)
def test_claims_are_somebody_or_a_reason(claims: dict[str, Any]) -> None:
    try:
        identity = read_identity(claims)
    except SignInRefused as refused:
        assert_refused(refused, "PP106", "PP109")
        return
    assert identity.erp_id.int
    assert identity.login == claims["sub"]
    assert "\x00" not in identity.login + identity.name + identity.email
    (identity.login + identity.name + identity.email).encode()


@cases("boolean")
@given(JSON | st.sampled_from(["True", "TRUE", "1", "yes", 1, 0, 1.0]))
def test_usr_02_a_boolean_has_four_spellings(value: object) -> None:
    try:
        read = read_boolean(value, "email_verified")
    except SignInRefused:
        assert value not in ("true", "false")
        assert not isinstance(value, bool)
        return
    assert read is value or value == ("true" if read else "false")


# -- What comes through the browser ------------------------------------------------------------------------------------


@cases("answer")
@given(body=BODIES, mode=st.sampled_from(["form_post", "query"]))
def test_an_answer_is_read_or_malformed(body: bytes, mode: str) -> None:
    requests = RequestFactory()
    if mode == "query":
        request = requests.get("/signin-callback", QUERY_STRING=body.decode("latin-1"))
    else:
        request = requests.post("/signin-callback", body, content_type=FORM)
    try:
        answer = read_answer(request, response_mode=mode)
        demand_complete(answer, response_type="code id_token")
    except SignInRefused as refused:
        assert_refused(refused, "PP108")
        return
    assert answer.code
    assert answer.id_token


@cases("address")
@given(st.text(max_size=80) | st.text(alphabet="/\\:@.?#ehtps \t\n", max_size=30))
def test_ses_08_an_address_is_a_local_path_or_nothing(address: str) -> None:
    path = local_path(address)
    assert path in (address, "")
    if path:
        assert path.startswith("/")
        assert path[1:2] not in ("/", "\\")
        assert path.isprintable()


def assert_plain(answer: Any) -> None:
    """A page that says why, by a code and with a reference to quote, and nothing of what was sent."""
    page = answer.content.decode()
    codes = [code for code in [*REASONS, "PP400"] if code in page]
    assert answer.status_code in (400, 403, 405, 502, 503)
    assert len(codes) == 1
    assert answer.headers["X-Correlation-ID"] in page
    assert "Traceback" not in page


@pytest.mark.django_db
@cases("callback")
@given(data=st.data())
def test_a_good_answer_with_something_wrong_signs_nobody_in(
    provider: Provider, browser: Browser, data: st.DataObject
) -> None:
    browser.cookies.clear()
    good = provider.authorize(browser.begin())
    name = data.draw(st.sampled_from(sorted({*good, "error", "iss"})))
    value = data.draw(TEXT.map(lambda text: text.encode(errors="replace").decode()))
    wrong = {**good, name: value}
    if wrong == good or (name not in good and not value):
        return
    if name == "code" and "id_token" not in good:
        wrong["code"] = f"not {value}"
    answer = browser.come_back(provider, wrong)
    assert_plain(answer)
    assert portal_settings.SESSION_COOKIE_NAME not in answer.cookies
    assert not User.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.django_db
@cases("request")
@given(
    method=st.sampled_from(["GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]),
    body=BODIES,
    query=BODIES,
    kind=st.sampled_from([FORM, FORM, f"{FORM}; charset=utf-16", "multipart/form-data", "text/plain", ""])
    | st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_an_arbitrary_request_to_the_callback_gets_a_plain_page(
    provider: Provider, browser: Browser, method: str, body: bytes, query: bytes, kind: str
) -> None:
    answer = browser.generic(
        method, "/signin-callback", body, content_type=kind, QUERY_STRING=query.decode("latin-1")
    )
    if method != "HEAD":
        assert_plain(answer)
    assert answer.status_code in (400, 405)
    assert not AuditEvent.objects.exists(), "strangers pile up no rows"
    assert not Session.objects.exists()


COOKIES = ("session", "csrf", "language", "oidc-tx-00000000", "messages", "sessionid")
ADDRESSES = ("/", "/signin-callback", "/signout-callback", "/sessions", "/welcome/", "/stock/", "/admin/")


@pytest.mark.django_db
@cases("cookie")
@given(
    address=st.sampled_from(ADDRESSES),
    cookies=st.dictionaries(
        st.sampled_from(COOKIES) | st.text(alphabet=st.characters(max_codepoint=255), max_size=20),
        st.text(alphabet=st.characters(max_codepoint=255), max_size=80),
        max_size=4,
    ),
    with_a_session=st.booleans(),
)
def test_arbitrary_cookies_are_nobodys(
    client: Any, address: str, cookies: dict[str, str], with_a_session: bool
) -> None:
    client.cookies = SimpleCookie()
    written = "; ".join(f"{name}={value}" for name, value in cookies.items())
    if with_a_session:
        # A good cookie among bad ones is found or not; what it is never is somebody else's.
        client.force_login(User.objects.first() or make_user())
        key = client.cookies[portal_settings.SESSION_COOKIE_NAME].value
        written = f"{portal_settings.SESSION_COOKIE_NAME}={key}; {written}"
        client.cookies = SimpleCookie()
    answer = client.get(address, HTTP_COOKIE=written)
    assert answer.status_code < 500
    assert with_a_session or not answer.wsgi_request.user.is_authenticated
    assert not Session.objects.filter(user=None).exists()


@pytest.mark.django_db
@cases("form")
@given(body=BODIES, key=st.text(alphabet=st.characters(max_codepoint=255), max_size=60))
def test_arbitrary_forms_and_browser_keys_end_no_session(client: Any, body: bytes, key: str) -> None:
    if not User.objects.exists():
        client.force_login(make_user())
    for path in ("/signout", "/sessions/end", f"/sessions/{key}/end"):
        stranger = Browser(enforce_csrf_checks=True)
        stranger.cookies.update(client.cookies)
        answer = stranger.generic("POST", path, body, content_type=FORM)
        assert answer.status_code in (400, 403, 404)
    assert Session.objects.count() == 1
