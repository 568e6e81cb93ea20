"""The token endpoint: what it grants, what its tokens say, and its words for what it refuses."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
import requests

from erpnet.sandbox.testing import OPTIONS, RunningInstance
from tests.erpnet.sandbox.builders import (
    LOGIN_URL,
    MARIA,
    VERIFIER,
    Browser,
    exchange,
    form_fields,
    half_hash,
    read_token,
    registration,
    service_token,
    token_request,
    user_row,
)

SERVICE: dict[str, str | None] = {
    "grant_type": "client_credentials",
    "client_id": OPTIONS.application_uri,
    "client_secret": OPTIONS.application_secret,
    "scope": "read",
}
CODE: dict[str, str | None] = {
    "grant_type": "authorization_code",
    "client_id": OPTIONS.application_uri,
    "client_secret": OPTIONS.application_secret,
    "redirect_uri": LOGIN_URL,
    "code_verifier": VERIFIER,
}
Changes = dict[str, str | None]

# The page under auth/flows (or the standard) that a row follows, the request, the answer.
REFUSED_SERVICES: list[tuple[str, Changes, str, str]] = [
    ("service-apps-errors", {"client_secret": "no"}, "invalid_client", "Invalid client_id or client_secret"),
    ("service-apps-errors", {"client_id": "no.one"}, "invalid_client", "Invalid client_id or client_secret"),
    ("service-apps-errors", {"client_id": None}, "invalid_request", "Missing client_id"),
    ("service-apps-errors", {"client_secret": None}, "invalid_request", "Missing client_secret"),
    ("service-apps-errors", {"scope": "delete"}, "invalid_scope", "Invalid scope: delete"),
    ("service-apps-errors", {"scope": "read sec"}, "invalid_scope", "Invalid scope: read sec"),
    ("scopes", {"scope": "DomainApi"}, "invalid_scope", "Invalid scope: DomainApi"),
    ("scopes", {"scope": "openid"}, "invalid_scope", "Invalid scope: openid"),
    ("RFC 6749 5.2", {"scope": 'read "<b>'}, "invalid_scope", "Invalid scope"),
    (
        "service-apps-errors",
        {"grant_type": "password"},
        "unsupported_grant_type",
        "Unsupported grant type: password",
    ),
    ("service-apps-token", {"grant_type": "Client_Credentials"}, "unsupported_grant_type", ""),
    ("identity-server", {"grant_type": "implicit"}, "unsupported_grant_type", ""),
    (
        "RFC 8628",
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
        "unsupported_grant_type",
        "",
    ),
    ("RFC 6749 5.2", {"grant_type": None}, "invalid_request", ""),
]
REFUSED_CODES: list[tuple[str, Changes, str, str]] = [
    ("interactive-apps-errors", {"code_verifier": "w" * 64}, "invalid_grant", "PKCE verification failed"),
    ("interactive-apps-errors", {"code_verifier": None}, "invalid_request", ""),
    ("RFC 7636 4.1", {"code_verifier": "v" * 42}, "invalid_request", ""),
    ("interactive-apps-errors", {"redirect_uri": "https://evil.example/"}, "invalid_grant", ""),
    ("interactive-apps-errors", {"redirect_uri": LOGIN_URL + "/"}, "invalid_grant", ""),
    ("RFC 6749 4.1.3", {"redirect_uri": None}, "invalid_grant", ""),
    ("interactive-apps-errors", {"client_secret": "no"}, "invalid_client", ""),
    ("interactive-apps-errors", {"client_secret": None}, "invalid_client", ""),
    ("interactive-apps-errors", {"code": "made-up"}, "invalid_grant", ""),
    ("RFC 6749 4.1.3", {"code": None}, "invalid_request", ""),
]


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


@pytest.mark.parametrize(("page", "changes", "error", "told"), REFUSED_CODES)
def test_a_code_is_exchanged_by_its_owner_alone(
    sandbox: RunningInstance, code: str, page: str, changes: Changes, error: str, told: str
) -> None:
    answer = token_request(sandbox, {**CODE, "code": code, **changes})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert told in answer.json().get("error_description", "")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("changes", [{"code_verifier": "w" * 64}, {"redirect_uri": "https://evil.example/"}])
def test_a_failed_exchange_costs_the_code(
    sandbox: RunningInstance, code: str, changes: dict[str, str]
) -> None:
    assert exchange(sandbox, code, **changes).status_code == 400
    assert exchange(sandbox, code).json()["error"] == "invalid_grant"


def test_a_stranger_without_the_secret_cannot_spoil_a_code(sandbox: RunningInstance, code: str) -> None:
    assert exchange(sandbox, code, client_secret="guessed").json()["error"] == "invalid_client"
    assert exchange(sandbox, code).status_code == 200


def test_a_code_is_short_lived(fresh: RunningInstance) -> None:
    code = form_fields(Browser(fresh).sign_in())["code"]
    fresh.instance.oauth.grants.clock = lambda: time.time() + 61
    assert exchange(fresh, code).json()["error"] == "invalid_grant"


def test_oid_04_of_many_exchanges_of_one_code_a_single_one_succeeds(
    sandbox: RunningInstance, code: str
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: exchange(sandbox, code).status_code, range(8)))
    assert sorted(answers) == [200] + [400] * 7


@pytest.mark.parametrize(
    ("row", "field", "value", "error"),
    [
        ("user", "Active", False, "invalid_grant"),
        ("user", "LockoutEndUtc", "2999-01-01T00:00:00.000Z", "invalid_grant"),
        ("application", "ImpersonateAsCommunityUserAllowed", False, "invalid_grant"),
        ("application", "IsEnabled", False, "invalid_client"),
        ("application", "ClientType", "None", "invalid_client"),
    ],
)
def test_rights_that_end_between_sign_in_and_exchange_end_the_sign_in(
    fresh: RunningInstance, row: str, field: str, value: object, error: str
) -> None:
    code = form_fields(Browser(fresh).sign_in())["code"]
    (user_row(fresh, MARIA) if row == "user" else registration(fresh))[field] = value
    assert exchange(fresh, code).json()["error"] == error


def test_an_application_that_signs_in_nobody_exchanges_nothing(fresh: RunningInstance) -> None:
    code = form_fields(Browser(fresh).sign_in())["code"]
    row = registration(fresh)
    row["ImpersonateAsCommunityUserAllowed"] = row["ImpersonateAsInternalUserAllowed"] = False
    assert exchange(fresh, code).json() == {"error": "unsupported_grant_type"}


def test_a_public_application_has_no_secret(fresh: RunningInstance) -> None:
    registration(fresh)["ClientType"] = "Public"
    code = form_fields(Browser(fresh).sign_in())["code"]
    assert exchange(fresh, code).json()["error"] == "invalid_client"
    assert exchange(fresh, code, client_secret="").status_code == 200
    assert service_token(fresh).json()["error"] == "invalid_client"


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


@pytest.mark.parametrize(("page", "changes", "error", "told"), REFUSED_SERVICES)
def test_a_service_that_may_not_is_told_why(
    sandbox: RunningInstance, page: str, changes: Changes, error: str, told: str
) -> None:
    answer = token_request(sandbox, {**SERVICE, **changes})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert told in answer.json().get("error_description", "")
    assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_secret_and_unknown_application_are_told_alike(sandbox: RunningInstance) -> None:
    wrong, unknown = service_token(sandbox, client_secret="no"), service_token(sandbox, client_id="no.one")
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("field", ["grant_type", "client_id", "client_secret", "scope"])
def test_a_repeated_field_is_refused(sandbox: RunningInstance, field: str) -> None:
    form = [*SERVICE.items(), (field, SERVICE[field])]
    answer = requests.post(f"{sandbox.url}/id/connect/token", form, timeout=10)
    assert answer.json()["error"] == "invalid_request"


def test_what_stands_in_the_address_is_not_read(sandbox: RunningInstance) -> None:
    url = f"{sandbox.url}/id/connect/token"
    assert requests.post(url, params=SERVICE, timeout=10).json()["error"] == "invalid_request"
    assert requests.get(url, params=SERVICE, timeout=10).status_code == 405


@pytest.mark.parametrize(
    "body", [{"json": SERVICE}, {"files": {name: (None, value) for name, value in SERVICE.items()}}]
)
def test_a_request_that_is_no_form_is_refused(sandbox: RunningInstance, body: dict[str, Any]) -> None:
    answer = requests.post(f"{sandbox.url}/id/connect/token", timeout=10, **body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_the_secret_may_come_in_the_header(sandbox: RunningInstance) -> None:
    form: Changes = {"grant_type": "client_credentials", "scope": "read"}
    good = token_request(sandbox, form, auth=(OPTIONS.application_uri, OPTIONS.application_secret))
    bad = token_request(sandbox, form, auth=(OPTIONS.application_uri, "wrong"))
    assert good.json()["scope"] == "read"
    assert (bad.status_code, bad.json()["error"]) == (401, "invalid_client")
    assert bad.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "header", ["Basic", "Basic /w==", "Basic /////", "Basic YQ==", "Bearer x", "Digest x=y", ""]
)
def test_a_header_without_a_secret_in_it_is_refused(sandbox: RunningInstance, header: str) -> None:
    form: Changes = {"grant_type": "client_credentials", "scope": "read"}
    answer = token_request(sandbox, form, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_secret_shown_in_two_ways_is_refused(sandbox: RunningInstance) -> None:
    answer = token_request(sandbox, SERVICE, auth=(OPTIONS.application_uri, OPTIONS.application_secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("SystemUserAllowed", False, "unauthorized_client"),
        ("SystemUser", None, "unauthorized_client"),
        ("SystemUser", "Systems_Security_Users(00000000-0000-0000-0000-000000000000)", "unauthorized_client"),
        ("IsEnabled", False, "invalid_client"),
        ("ApplicationSecretHash", None, "invalid_client"),
    ],
)
def test_the_registration_decides_about_services(
    fresh: RunningInstance, field: str, value: object, error: str
) -> None:
    registration(fresh)[field] = value
    answer = service_token(fresh)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(("field", "value"), [("Active", False), ("UserType", "ExternalCommunityUser")])
def test_the_system_user_decides_too(fresh: RunningInstance, field: str, value: object) -> None:
    user_row(fresh, "svc-portal")[field] = value
    assert service_token(fresh).json()["error"] == "unauthorized_client"


def test_a_service_gets_no_more_than_its_registration_has(fresh: RunningInstance) -> None:
    registration(fresh)["Scope"] = "read sec DomainApi"
    assert service_token(fresh, scope="").json()["scope"] == "read"
    assert service_token(fresh, scope="read update").json()["error"] == "invalid_scope"


def test_a_service_gets_no_refresh_token(sandbox: RunningInstance) -> None:
    assert "refresh_token" not in service_token(sandbox, scope="read offline_access").json()


def test_a_code_is_of_no_use_to_another_application(fresh: RunningInstance) -> None:
    mine = registration(fresh)
    another = {**mine, "Id": "00000000-0000-4000-8000-000000000001", "ApplicationUri": "another.test"}
    fresh.instance.store.table("Systems.Security.TrustedApplications").put(another)
    code = form_fields(Browser(fresh).sign_in())["code"]
    assert exchange(fresh, code, client_id="another.test").json()["error"] == "invalid_grant"
    assert exchange(fresh, code).status_code == 200
