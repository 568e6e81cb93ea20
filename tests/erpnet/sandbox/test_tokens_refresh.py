"""Refresh tokens: for people who asked to stay signed in, each good for one use.

Docs: https://docs.erp.net/dev/auth/flows/auth-code/interactive-apps-refresh-tokens.html
"""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from erpnet.sandbox.testing import OPTIONS, RunningInstance
from tests.erpnet.sandbox.builders import (
    MARIA,
    Browser,
    exchange,
    form_fields,
    read_token,
    registration,
    token_request,
    user_row,
)

MONTH = 30 * 24 * 3600


@pytest.fixture
def person(fresh: RunningInstance) -> Browser:
    return Browser(fresh)


def sign_in(sandbox: RunningInstance, person: Browser, scope: str = "openid profile offline_access") -> Any:
    return exchange(sandbox, form_fields(person.sign_in(scope=scope))["code"]).json()


def refresh(sandbox: RunningInstance, token: str, **changes: str | None) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": OPTIONS.application_uri,
        "client_secret": OPTIONS.application_secret,
        "refresh_token": token,
    }
    return token_request(sandbox, {**form, **changes})


def test_it_is_given_to_those_who_ask_for_offline_access(fresh: RunningInstance, person: Browser) -> None:
    tokens = sign_in(fresh, person)
    assert tokens["scope"] == "openid profile offline_access"
    assert len(tokens["refresh_token"]) == 64
    assert "refresh_token" not in sign_in(fresh, person, "openid profile")


def test_it_buys_a_new_access_token_for_the_same_session(fresh: RunningInstance, person: Browser) -> None:
    first = sign_in(fresh, person)
    answer = refresh(fresh, first["refresh_token"])
    second = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(second) == {"access_token", "expires_in", "refresh_token", "scope", "token_type"}
    assert second["refresh_token"] != first["refresh_token"]
    before, after = read_token(first["access_token"])[1], read_token(second["access_token"])[1]
    assert before["jti"] != after["jti"]
    for claim in ("sid", "sub", "id", "auth_time", "scope", "aud"):
        assert before[claim] == after[claim]


def test_it_works_once_and_a_second_use_ends_all_that_came_of_it(
    fresh: RunningInstance, person: Browser
) -> None:
    first = sign_in(fresh, person)["refresh_token"]
    second = refresh(fresh, first).json()["refresh_token"]
    again = refresh(fresh, first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.json()["error_description"] == "refresh token is expired or invalid"
    assert refresh(fresh, second).json()["error"] == "invalid_grant"


def test_a_code_used_twice_ends_the_refresh_token_that_came_of_it(
    fresh: RunningInstance, person: Browser
) -> None:
    code = form_fields(person.sign_in(scope="openid offline_access"))["code"]
    token = exchange(fresh, code).json()["refresh_token"]
    assert exchange(fresh, code).json()["error"] == "invalid_grant"
    assert refresh(fresh, token).json()["error"] == "invalid_grant"


def test_it_lives_a_month_however_often_it_is_renewed(fresh: RunningInstance, person: Browser) -> None:
    token = sign_in(fresh, person)["refresh_token"]
    started, grants = time.time(), fresh.instance.oauth.grants
    grants.clock = lambda: started + MONTH - 60
    token = refresh(fresh, token).json()["refresh_token"]
    grants.clock = lambda: started + MONTH + 60
    assert refresh(fresh, token).json()["error"] == "invalid_grant"


def test_signing_out_ends_it(fresh: RunningInstance, person: Browser) -> None:
    tokens = sign_in(fresh, person)
    person.session.get(f"{fresh.url}/id/connect/endsession", params={"id_token_hint": tokens["id_token"]})
    assert refresh(fresh, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_another_persons_signing_out_does_not(fresh: RunningInstance, person: Browser) -> None:
    token, other = sign_in(fresh, person)["refresh_token"], Browser(fresh)
    hint = form_fields(other.sign_in())["id_token"]
    other.session.get(f"{fresh.url}/id/connect/endsession", params={"id_token_hint": hint})
    assert refresh(fresh, token).status_code == 200


@pytest.mark.parametrize(
    ("row", "field", "value", "error"),
    [
        ("user", "Active", False, "invalid_grant"),
        ("application", "ImpersonateAsInternalUserAllowed", False, "invalid_grant"),
        ("application", "Scope", "update", "invalid_grant"),
        ("application", "IsEnabled", False, "invalid_client"),
    ],
)
def test_it_ends_with_the_rights_of_its_owner(
    fresh: RunningInstance, person: Browser, row: str, field: str, value: object, error: str
) -> None:
    login = "ops@vitosha.example"
    page = person.sign_in(login, scope="openid read offline_access")
    token = exchange(fresh, form_fields(page)["code"]).json()["refresh_token"]
    (user_row(fresh, login) if row == "user" else registration(fresh))[field] = value
    assert refresh(fresh, token).json()["error"] == error


def test_a_person_who_became_an_outsider_loses_the_api(fresh: RunningInstance, person: Browser) -> None:
    login = "ops@vitosha.example"
    page = person.sign_in(login, scope="openid read offline_access")
    token = exchange(fresh, form_fields(page)["code"]).json()["refresh_token"]
    user_row(fresh, login)["UserType"] = "ExternalCommunityUser"
    assert refresh(fresh, token).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "no"}, "invalid_client"),
        ({"client_secret": None}, "invalid_client"),
        ({"refresh_token": None}, "invalid_request"),
        ({"refresh_token": "made-up"}, "invalid_grant"),
        ({"scope": "openid read"}, "invalid_scope"),
    ],
)
def test_it_is_renewed_by_its_owner_alone(
    fresh: RunningInstance, person: Browser, changes: dict[str, str | None], error: str
) -> None:
    answer = refresh(fresh, sign_in(fresh, person)["refresh_token"], **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_it_may_buy_less_and_loses_nothing_by_it(fresh: RunningInstance, person: Browser) -> None:
    token = sign_in(fresh, person)["refresh_token"]
    less = refresh(fresh, token, scope="openid").json()
    assert less["scope"] == "openid"
    assert refresh(fresh, less["refresh_token"]).json()["scope"] == "openid profile offline_access"


def test_a_code_is_no_refresh_token_nor_the_reverse(fresh: RunningInstance, person: Browser) -> None:
    page = person.sign_in(scope="openid offline_access")
    assert refresh(fresh, form_fields(page)["code"]).json()["error"] == "invalid_grant"
    token = sign_in(fresh, person)["refresh_token"]
    assert exchange(fresh, token).json()["error"] == "invalid_grant"


def test_it_is_no_access_token(fresh: RunningInstance, person: Browser) -> None:
    token = sign_in(fresh, person)["refresh_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (
        requests.get(f"{fresh.instance.odata_root}GetVersion", headers=headers, timeout=10).status_code == 401
    )


def test_maria_keeps_her_name_up_to_date(fresh: RunningInstance, person: Browser) -> None:
    token = sign_in(fresh, person)["refresh_token"]
    user_row(fresh, MARIA)["Name"] = {"EN": "Maria Petrova"}
    assert read_token(refresh(fresh, token).json()["access_token"])[1]["name"] == "Maria Petrova"
