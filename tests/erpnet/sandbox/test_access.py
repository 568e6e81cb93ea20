"""Who may call the Domain API, and what a call costs."""

from __future__ import annotations

import pytest
import requests
import time_machine

from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api, Browser, exchange, form_fields, service_token

CURRENCIES = "api/domain/odata/General_Currencies_Currencies"


def call(sandbox: RunningInstance, token: str) -> requests.Response:
    return requests.get(
        f"{sandbox.url}/{CURRENCIES}", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )


def test_a_call_without_a_token_is_refused(sandbox: RunningInstance) -> None:
    answer = requests.get(f"{sandbox.url}/{CURRENCIES}", timeout=10)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_token_of_a_person_is_refused(sandbox: RunningInstance, browser: Browser) -> None:
    tokens = exchange(sandbox, form_fields(browser.sign_in("ops@vitosha.example"))["code"]).json()
    assert call(sandbox, tokens["access_token"]).status_code == 401
    assert call(sandbox, tokens["id_token"]).status_code == 401


def test_a_changed_token_is_refused(sandbox: RunningInstance) -> None:
    head, body, signature = service_token(sandbox).json()["access_token"].split(".")
    assert call(sandbox, f"{head}.{body}.{signature[::-1]}").status_code == 401
    assert call(sandbox, "not.a.token").status_code == 401


def test_an_expired_token_is_refused(sandbox: RunningInstance) -> None:
    with time_machine.travel("2020-01-01"):
        token = service_token(sandbox).json()["access_token"]
    assert call(sandbox, token).status_code == 401


def test_a_token_to_read_cannot_write(sandbox: RunningInstance) -> None:
    reader = Api(sandbox, scope="read")
    assert reader.get("General_Currencies_Currencies").status_code == 200
    answer = reader.post("General_Currencies_Currencies", {"CurrencySign": "CHF", "Name": "Franc"})
    assert answer.status_code == 403
    assert "update" in answer.json()["error"]["message"]


def test_a_token_opens_one_session_at_its_first_call(fresh: RunningInstance) -> None:
    sessions = fresh.instance.api_sessions
    api = Api(fresh)
    assert sessions.open() == []
    api.get("GetVersion")
    api.get("GetVersion")
    assert [session.requests for session in sessions.open()] == [2]
    Api(fresh).get("GetVersion")
    assert len(sessions.open()) == 2


@pytest.mark.parametrize(("minutes", "slots"), [([19, 38], 1), ([21], 2), ([19, 38, 57, 61], 2)])
def test_a_session_ends_when_idle_or_an_hour_old(
    fresh: RunningInstance, minutes: list[int], slots: int
) -> None:
    claims = {"jti": "one token", "client_system_user": "svc-portal"}
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        fresh.instance.api_sessions.use(claims)
        for minute in minutes:
            clock.move_to(f"2026-01-01T{minute // 60:02}:{minute % 60:02}:00Z")
            fresh.instance.api_sessions.use(claims)
    assert len(fresh.instance.api_sessions.all()) == slots
