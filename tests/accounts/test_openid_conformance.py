"""The OpenID Foundation's tests for relying parties, row by row, under the Foundation's names.

Rows that a wrong ID token fails are run where the token comes through the browser and where the token endpoint gives
it. A wrong one must end the sign-in before anything is asked of the token endpoint, or, where that gave it, before
anybody is remembered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import signature
from typing import Any

import jwt
import pytest
import responses
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.oidc.validator import TokenFault
from tests.accounts.browser import Browser, query_of
from tests.accounts.conftest import MODES
from tests.accounts.provider import SECRET, Provider, TokenRecipe, ec_key, rsa_key

# The rows of the basic, hybrid, form-post, config and RP-initiated logout plans, and those of the comprehensive plan
# that this portal can fail: each is run for `code id_token` and for `code`.
BOTH_MODES = """
    oidcc-client-test  -nonce-unless-code-flow  -nonce-invalid  -invalid-iss  -invalid-aud  -missing-aud  -missing-sub
    -missing-iat  -invalid-athash  -missing-athash  -idtoken-sig-rs256  -invalid-sig-rs256  -invalid-sig-hs256
    -invalid-sig-es256  -idtoken-sig-none  -kid-absent-single-jwks  -kid-absent-multiple-jwks  -userinfo-invalid-sub
    -scope-userinfo-claims  -client-secret-basic  -form-post-error  -discovery-openid-config
    -discovery-jwks-uri-keys  -discovery-issuer-mismatch  -signing-key-rotation
    -signing-key-rotation-just-before-signing  -rp-init-logout  -rp-init-logout-other-state  -rp-init-logout-no-state
"""
# A hash of the code is in the ID token that comes through the browser, and in no other.
HYBRID_ALONE = "-invalid-chash  -missing-chash"

NOT_APPLICABLE = {
    "ERP.net's profile is in the access token, and no userinfo endpoint is documented": """
        -userinfo-bearer-header  -userinfo-bearer-body  -userinfo-signed
    """,
    "ERP.net documents none of these": """
        -aggregated-claims  -distributed-claims  -mtls-endpoint-aliases  -discovery-webfinger-acct
        -discovery-webfinger-url  -dynamic-registration  -request-uri-signed-rs256  -request-uri-signed-none
    """,
    "the portal asks for no refresh token": """
        -refresh-token  -refresh-token-invalid-issuer  -refresh-token-invalid-sub
    """,
    "a sign-in begins at the portal": "-3rd-party-init-login",
    "a Trusted Application registers no address for these logouts": """
        -rp-frontchannel-rpinitlogout  -rp-frontchannel-opinitlogout  -rp-backchannel-rpinitlogout
        -rp-backchannel-rpinitlogout-alg-none  -rp-backchannel-rpinitlogout-wrong-alg
        -rp-backchannel-rpinitlogout-wrong-iss  -rp-backchannel-rpinitlogout-wrong-aud
        -rp-backchannel-rpinitlogout-no-event  -rp-backchannel-rpinitlogout-wrong-event
        -rp-backchannel-rpinitlogout-with-nonce
    """,
    "it needs third-party cookies, which browsers drop": "-session-management",
}
FORM_POST_MODES = {name: mode for name, mode in MODES.items() if mode[1] == "form_post"}

pytestmark = pytest.mark.django_db


class Channel:
    """One of the two places where an ID token comes from."""

    def __init__(self, provider: Provider, place: str) -> None:
        self.provider = provider
        self.is_front = place == "front"
        self.recipe: TokenRecipe = provider.front if self.is_front else provider.back

    def assert_refused(self, browser: Browser, fault: TokenFault) -> None:
        answer = browser.sign_in(self.provider)
        assert answer.status_code == 403
        assert "PP103" in answer.content.decode()
        assert not browser.is_signed_in
        assert not User.objects.exists()
        assert len(self.provider.token_requests) == (0 if self.is_front else 1)
        event = AuditEvent.objects.get()
        assert (event.succeeded, event.reason, event.detail) == (False, "PP103", {"why": fault.value})


@pytest.fixture(
    params=[
        ("code id_token", "form_post", "front"),
        ("code id_token", "form_post", "back"),
        ("code", "form_post", "back"),
        ("code", "query", "back"),
    ],
    ids=["hybrid-form_post", "hybrid-form_post-token_endpoint", "code-form_post", "code-query"],
)
def channel(request: pytest.FixtureRequest, http: responses.RequestsMock, settings: Settings) -> Channel:
    response_type, response_mode, place = request.param
    provider = Provider(http, response_type=response_type, response_mode=response_mode)
    settings.TRUSTED_APPLICATION = provider.application
    return Channel(provider, place)


@pytest.fixture
def hybrid(http: responses.RequestsMock, settings: Settings) -> Provider:
    provider = Provider(http, response_type="code id_token", response_mode="form_post")
    settings.TRUSTED_APPLICATION = provider.application
    return provider


def setting(name: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda claims: claims.update({name: value})


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda claims: claims.pop(name, None)


@pytest.mark.parametrize(
    ("rows", "fixtures"), [(BOTH_MODES, {"provider", "channel"}), (HYBRID_ALONE, {"hybrid"})]
)
def test_every_row_has_a_test_in_its_modes(rows: str, fixtures: set[str]) -> None:
    """`provider` and `channel` run a test once for each mode, `hybrid` for `code id_token` alone."""
    here = vars(sys.modules[__name__])
    missing = [row for row in rows.split() if _test_of(row) not in here]
    assert not missing
    tests = {row: here[_test_of(row)] for row in rows.split()}
    in_other_modes = [row for row, test in tests.items() if not fixtures & set(signature(test).parameters)]
    assert not in_other_modes


def test_every_test_of_a_row_is_listed() -> None:
    """So that what is written here of the rows, and why some have no test, is all that there is to say."""
    listed = [_test_of(row) for row in f"{BOTH_MODES} {HYBRID_ALONE}".split()]
    others = [_test_of(row) for rows in NOT_APPLICABLE.values() for row in rows.split()]
    here = [name for name in vars(sys.modules[__name__]) if name.startswith("test_oidcc_")]
    assert sorted(listed) == sorted(here)
    assert not set(others) & set(here)
    assert len({*listed, *others}) == len(listed) + len(others)


def _test_of(row: str) -> str:
    stem = "" if row.startswith("oidcc") else "oidcc-client-test"
    return f"test_{stem}{row}".replace("-", "_")


# -- The happy path, and what the request says -------------------------------------------------------------------------


def test_oidcc_client_test(provider: Provider, browser: Browser) -> None:
    answer = browser.sign_in(provider)
    assert answer.status_code == 303
    assert browser.is_signed_in


def test_oidcc_client_test_idtoken_sig_rs256(provider: Provider, browser: Browser) -> None:
    assert browser.sign_in(provider).status_code == 303


def test_oidcc_client_test_nonce_unless_code_flow(provider: Provider, browser: Browser) -> None:
    first, second = (query_of(browser.begin())["nonce"] for _ in range(2))
    assert len(first) == len(second) == 43
    assert first != second


def test_oidcc_client_test_client_secret_basic(provider: Provider, browser: Browser) -> None:
    """ERP.net's samples send the secret in the form; an instance that takes it in the header alone gets it there."""
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
    assert browser.sign_in(provider).status_code == 303
    assert [set(form) & {"client_id", "client_secret"} for form in provider.token_requests] == [set()]


@pytest.mark.parametrize(
    "methods", [["client_secret_basic", "client_secret_post"], [], None, "client_secret_basic"]
)
def test_the_secret_stays_in_the_form_otherwise(provider: Provider, browser: Browser, methods: Any) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = methods
    assert browser.sign_in(provider).status_code == 303
    assert [form["client_secret"] for form in provider.token_requests] == [SECRET]


def test_oidcc_client_test_scope_userinfo_claims(provider: Provider, browser: Browser) -> None:
    assert query_of(browser.begin())["scope"] == "openid profile"


# -- Wrong ID tokens ---------------------------------------------------------------------------------------------------


def test_oidcc_client_test_nonce_invalid(channel: Channel, browser: Browser) -> None:
    channel.recipe.change = setting("nonce", "somebody else's")
    channel.assert_refused(browser, TokenFault.NONCE)


def test_oidcc_client_test_invalid_iss(channel: Channel, browser: Browser) -> None:
    channel.recipe.change = setting("iss", channel.provider.issuer + "/")
    channel.assert_refused(browser, TokenFault.ISSUER)


@pytest.mark.parametrize("audience", ["another", ["portal.tests", "another"], [], {"portal.tests": 1}])
def test_oidcc_client_test_invalid_aud(channel: Channel, browser: Browser, audience: Any) -> None:
    channel.recipe.change = setting("aud", audience)
    channel.assert_refused(browser, TokenFault.AUDIENCE)


def test_oidcc_client_test_missing_aud(channel: Channel, browser: Browser) -> None:
    channel.recipe.change = without("aud")
    channel.assert_refused(browser, TokenFault.AUDIENCE)


def test_oidcc_client_test_missing_sub(channel: Channel, browser: Browser) -> None:
    channel.recipe.change = without("sub")
    channel.assert_refused(browser, TokenFault.SUBJECT)


def test_oidcc_client_test_missing_iat(channel: Channel, browser: Browser) -> None:
    channel.recipe.change = without("iat")
    channel.assert_refused(browser, TokenFault.TIMES_MISSING)


def test_oidcc_client_test_invalid_chash(hybrid: Provider, browser: Browser) -> None:
    hybrid.front.change = setting("c_hash", "A" * 22)
    Channel(hybrid, "front").assert_refused(browser, TokenFault.CODE_HASH)


def test_oidcc_client_test_missing_chash(hybrid: Provider, browser: Browser) -> None:
    hybrid.front.change = without("c_hash")
    Channel(hybrid, "front").assert_refused(browser, TokenFault.CODE_HASH)


def test_oidcc_client_test_invalid_athash(provider: Provider, browser: Browser) -> None:
    provider.back.change = setting("at_hash", "A" * 22)
    Channel(provider, "back").assert_refused(browser, TokenFault.ACCESS_TOKEN_HASH)


def test_oidcc_client_test_missing_athash(provider: Provider, browser: Browser) -> None:
    """At the token endpoint it may be missing: Core 3.3.3.6."""
    provider.back.change = without("at_hash")
    assert browser.sign_in(provider).status_code == 303


def test_oidcc_client_test_invalid_sig_rs256(channel: Channel, browser: Browser) -> None:
    channel.recipe.sign = lambda claims, headers: jwt.encode(
        claims, rsa_key("a stranger's"), algorithm="RS256", headers=headers
    )
    channel.assert_refused(browser, TokenFault.SIGNATURE)


def test_oidcc_client_test_invalid_sig_hs256(channel: Channel, browser: Browser) -> None:
    channel.recipe.sign = lambda claims, headers: jwt.encode(
        claims, SECRET, algorithm="HS256", headers=headers
    )
    channel.assert_refused(browser, TokenFault.ALGORITHM)


def test_oidcc_client_test_invalid_sig_es256(channel: Channel, browser: Browser) -> None:
    channel.recipe.sign = lambda claims, headers: jwt.encode(
        claims, ec_key(), algorithm="ES256", headers=headers
    )
    channel.assert_refused(browser, TokenFault.ALGORITHM)


def test_oidcc_client_test_idtoken_sig_none(channel: Channel, browser: Browser) -> None:
    channel.recipe.sign = lambda claims, headers: jwt.encode(claims, "", algorithm="none", headers=headers)
    channel.assert_refused(browser, TokenFault.ALGORITHM)


# -- Keys --------------------------------------------------------------------------------------------------------------


def test_oidcc_client_test_kid_absent_single_jwks(channel: Channel, browser: Browser) -> None:
    channel.recipe.headers = {"kid": None}
    assert browser.sign_in(channel.provider).status_code == 303


def test_oidcc_client_test_kid_absent_multiple_jwks(channel: Channel, browser: Browser) -> None:
    channel.provider.key_names = ["first", "second"]
    channel.recipe.headers = {"kid": None}
    channel.assert_refused(browser, TokenFault.KEY)


def test_oidcc_client_test_signing_key_rotation(provider: Provider, browser: Browser) -> None:
    assert browser.sign_in(provider).status_code == 303
    provider.key_names = ["second"]
    assert Browser().sign_in(provider).status_code == 303


def test_oidcc_client_test_signing_key_rotation_just_before_signing(
    provider: Provider, browser: Browser
) -> None:
    def rotate() -> None:
        provider.key_names = ["second"]

    provider.before_token_answer = rotate
    assert browser.sign_in(provider).status_code == 303


# -- Discovery ---------------------------------------------------------------------------------------------------------


def test_oidcc_client_test_discovery_openid_config(provider: Provider, browser: Browser) -> None:
    provider.metadata["authorization_endpoint"] = f"{provider.issuer}/somewhere/else"
    assert browser.begin().startswith(f"{provider.issuer}/somewhere/else?")


def test_oidcc_client_test_discovery_jwks_uri_keys(
    provider: Provider, browser: Browser, http: responses.RequestsMock
) -> None:
    """The address of the keys is a random one, known from the discovery document alone."""
    assert browser.sign_in(provider).status_code == 303
    http.assert_call_count(provider.jwks_uri, 1)


def test_oidcc_client_test_discovery_issuer_mismatch(provider: Provider, browser: Browser) -> None:
    provider.metadata["issuer"] = "https://another.example/id"
    answer = browser.get("/signin")
    assert answer.status_code == 503
    assert "PP105" in answer.content.decode()
    assert not answer.cookies


# -- Identity ----------------------------------------------------------------------------------------------------------


def test_oidcc_client_test_userinfo_invalid_sub(provider: Provider, browser: Browser) -> None:
    """ERP.net's profile is in the access token, which stands in for userinfo here."""
    provider.access.change = setting("sub", "another@rila-textiles.example")
    Channel(provider, "back").assert_refused(browser, TokenFault.NOT_THE_SAME_PERSON)


@pytest.mark.parametrize("mode", FORM_POST_MODES.values(), ids=list(FORM_POST_MODES))
def test_oidcc_client_test_form_post_error(provider: Provider, browser: Browser) -> None:
    state = query_of(browser.begin())["state"]
    answer = browser.come_back(provider, {"error": "login_required", "state": state})
    assert answer.status_code == 403
    assert "PP102" in answer.content.decode()
    assert AuditEvent.objects.get().detail == {"why": "login_required"}


# -- Logout ------------------------------------------------------------------------------------------------------------


def _sign_out(provider: Provider, browser: Browser) -> dict[str, str]:
    browser.sign_in(provider)
    answer = browser.post("/signout")
    assert answer.status_code == 303
    assert answer["Location"].startswith(provider.metadata["end_session_endpoint"] + "?")
    return query_of(answer["Location"])


def test_oidcc_client_test_rp_init_logout(provider: Provider, browser: Browser) -> None:
    asked = _sign_out(provider, browser)
    assert asked["post_logout_redirect_uri"] == "http://localhost:8000/signout-callback"
    assert asked["id_token_hint"] in provider.issued
    assert len(asked["state"]) == 43
    assert browser.get("/signout-callback", {"state": asked["state"]}).status_code == 200


@pytest.mark.parametrize("state", ["another", "", "\x00", "a" * 10_000])
def test_oidcc_client_test_rp_init_logout_other_state(
    provider: Provider, browser: Browser, state: str
) -> None:
    _sign_out(provider, browser)
    assert browser.get("/signout-callback", {"state": state}).status_code == 200


def test_oidcc_client_test_rp_init_logout_no_state(provider: Provider, browser: Browser) -> None:
    _sign_out(provider, browser)
    assert browser.get("/signout-callback").status_code == 200
