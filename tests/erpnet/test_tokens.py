"""The service token: asked for once, renewed early, shown to nobody."""

from __future__ import annotations

import logging
import threading
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, quote_plus

import pytest
import requests
import responses

from erpnet.counters import Counters
from erpnet.exceptions import ErpNetError, InvalidClient, InvalidScope, MalformedAnswer, Rejected, ServerFault
from erpnet.tokens import ServiceToken
from erpnet.transport import Transport
from tests.erpnet.builders import OPENID, SECRET, application, token_answer

ENDPOINT = OPENID["token_endpoint"]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def service_token(clock: Clock | None = None) -> ServiceToken:
    return ServiceToken(application(), ENDPOINT, Transport(), clock=clock or Clock())


def test_it_is_asked_for_by_client_credentials(erp: responses.RequestsMock) -> None:
    erp.post(ENDPOINT, json=token_answer("abc"))
    assert service_token().value() == "abc"
    assert parse_qs(str(erp.calls[0].request.body)) == {
        "grant_type": ["client_credentials"],
        "client_id": ["portal.test"],
        "client_secret": [SECRET],
        "scope": ["read update"],
    }


def test_the_secret_goes_into_the_header_where_the_instance_wants_it_there(
    erp: responses.RequestsMock,
) -> None:
    erp.post(ENDPOINT, json=token_answer("abc"))
    asking = application(application_uri="a portal")
    token = ServiceToken(asking, ENDPOINT, Transport(), secret_in_header=True)
    assert token.value() == "abc"
    request = erp.calls[0].request
    pair = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == f"a+portal:{quote_plus(SECRET)}"
    assert parse_qs(str(request.body)) == {"grant_type": ["client_credentials"], "scope": ["read update"]}


def test_it_is_kept_for_80_per_cent_of_its_life_and_then_renewed(erp: responses.RequestsMock) -> None:
    erp.post(ENDPOINT, json=token_answer("first"))
    erp.post(ENDPOINT, json=token_answer("second"))
    clock = Clock()
    counters = Counters()
    token = ServiceToken(application(), ENDPOINT, Transport(), counters=counters, clock=clock)
    assert token.value() == "first"
    assert counters.renewals == 0
    clock.now = 2879
    assert token.value() == "first"
    clock.now = 2880
    assert token.value() == "second"
    assert counters.renewals == 1


def test_an_old_token_serves_while_a_new_one_cannot_be_had(erp: responses.RequestsMock) -> None:
    erp.post(ENDPOINT, json=token_answer("first"))
    erp.post(ENDPOINT, status=503)
    clock = Clock()
    token = service_token(clock)
    token.value()
    clock.now = 3000
    assert token.value() == "first"
    clock.now = 3029
    assert token.value() == "first"
    assert len(erp.calls) == 2  # Not one renewal for every call.
    clock.now = 3600
    with pytest.raises(ServerFault):
        token.value()


def test_fault_10_fifty_threads_make_one_request() -> None:
    class SlowSession(requests.Session):
        """Counts and delays what goes out; `responses` answers it."""

        sent = 0

        def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            self.sent += 1
            threading.Event().wait(0.1)
            return super().send(request, **kwargs)

    session = SlowSession()
    token = ServiceToken(application(), ENDPOINT, Transport(session))
    with responses.RequestsMock() as erp:
        erp.post(ENDPOINT, json=token_answer("abc"))
        with ThreadPoolExecutor(50) as pool:
            values = set(pool.map(lambda _: token.value(), range(50)))
    assert values == {"abc"}
    assert session.sent == 1


def test_dropping_a_token_that_was_replaced_already_changes_nothing(erp: responses.RequestsMock) -> None:
    erp.post(ENDPOINT, json=token_answer("first"))
    erp.post(ENDPOINT, json=token_answer("second"))
    token = service_token()
    token.drop(token.value())
    assert token.value() == "second"
    token.drop("first")
    assert token.value() == "second"


@pytest.mark.parametrize("scope", ["read", ["read"]])
def test_fewer_scopes_than_asked_for_are_noticed(
    erp: responses.RequestsMock, caplog: pytest.LogCaptureFixture, scope: object
) -> None:
    erp.post(ENDPOINT, json=token_answer(scope=scope))
    token = service_token()
    token.value()
    assert token.granted_scopes == ("read",)
    assert "did not grant these scopes: update" in caplog.text


def test_scopes_that_are_not_told_are_those_asked_for(erp: responses.RequestsMock) -> None:
    erp.post(ENDPOINT, json=token_answer(scope=None))
    token = service_token()
    token.value()
    assert token.granted_scopes == ("read", "update")


@pytest.mark.parametrize(
    ("status", "error", "expected", "words"),
    [
        (400, "invalid_client", InvalidClient, "ERPNET_APPLICATION_URI"),
        (401, "invalid_client", InvalidClient, "ERPNET_APPLICATION_SECRET"),
        (400, "unauthorized_client", InvalidClient, "SystemUserAllowed"),
        (400, "invalid_scope", InvalidScope, "ERPNET_SCOPE"),
        (400, "invalid_request", Rejected, "invalid_request"),
        (400, None, MalformedAnswer, "without giving a reason"),
    ],
)
def test_each_refusal_has_its_error_and_its_cure(
    erp: responses.RequestsMock, status: int, error: str | None, expected: type[ErpNetError], words: str
) -> None:
    erp.post(ENDPOINT, status=status, json={"error": error, "error_description": f"about {SECRET}"})
    with pytest.raises(expected, match=words) as caught:
        service_token().value()
    assert SECRET not in caught.value.message


@pytest.mark.parametrize(
    "answer",
    [
        token_answer(""),
        token_answer(access_token=None),
        token_answer(token_type="mac"),
        token_answer(expires_in=0),
        token_answer(expires_in="soon"),
        token_answer("two words"),
        token_answer("with-a\r\nHeader: of-its-own"),
        token_answer("кирилица"),
        token_answer(scope=5),
        [],
    ],
)
def test_a_grant_without_a_usable_token_is_malformed(erp: responses.RequestsMock, answer: Any) -> None:
    erp.post(ENDPOINT, json=answer)
    with pytest.raises(MalformedAnswer):
        service_token().value()


def test_log_03_neither_token_nor_secret_shows_anywhere(
    erp: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    erp.post(ENDPOINT, json=token_answer("very-secret-token", scope="read"))
    token = service_token()
    token.value()
    shown = repr(token) + str(token) + caplog.text
    assert "very-secret-token" not in shown
    assert SECRET not in shown
