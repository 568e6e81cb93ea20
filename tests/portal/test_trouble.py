"""Error pages, health, logs: what people and operators meet when something is wrong."""

from __future__ import annotations

import io
import json
import logging
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.models import Membership
from accounts.selectors import memberships_for
from erpnet import correlation
from portal import errors
from portal.logs import JsonFormatter
from tests.portal.builders import text_of


@pytest.fixture
def log() -> Iterator[Any]:
    """The lines written to the root logger, read back as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


# -- Error pages -------------------------------------------------------------------------------------------------------


PAGES = [
    (lambda request: errors.bad_request(request, Exception()), 400, "PP400"),
    (lambda request: errors.permission_denied(request, Exception()), 403, "PP403"),
    (lambda request: errors.not_found(request, Exception()), 404, "PP404"),
    (errors.METHOD_NOT_ALLOWED.render, 405, "PP405"),
    (errors.server_error, 500, "PP500"),
    (errors.csrf_failure, 403, "PP419"),
]


@pytest.mark.parametrize(("page", "status", "code"), PAGES)
def test_an_error_page_says_what_happened_and_gives_an_id_to_quote(page: Any, status: int, code: str) -> None:
    """Without a database, for it may be the trouble."""
    with correlation.use() as identifier:
        response = page(RequestFactory().get("/"))
    assert response.status_code == status
    text = text_of(response)
    assert code in text
    assert identifier in text


@pytest.mark.parametrize("page", [page for page, _status, _code in PAGES])
def test_an_error_page_names_the_acting_partner_where_that_is_known(page: Any, maria: Any) -> None:
    """It asks nobody: whoever could be asked may be the trouble."""
    request: Any = RequestFactory().get("/")
    (request.membership,) = memberships_for(maria)
    with connection.execute_wrapper(_no_database):
        assert "<strong>Rila Textiles</strong>" in text_of(page(request))
    request.membership = Membership.objects.get()
    with connection.execute_wrapper(_no_database):
        assert "Rila Textiles" not in text_of(page(request))
    request.membership = None
    assert "Rila Textiles" not in text_of(page(request))


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/nowhere/", 404),
        ("get", "/orders/00000000-0000-0000-0000-000000000007/", 404),
        ("get", "/invoices/", 403),
        ("post", "/orders/", 405),
    ],
)
def test_who_is_refused_reads_for_whom_she_acts(
    browser: Any, client: Any, method: str, address: str, status: int
) -> None:
    Membership.objects.update(role="Orders")
    refused = getattr(browser, method)(address)
    assert refused.status_code == status
    assert "Rila Textiles" in text_of(refused)
    stranger = getattr(Client(), method)(address)
    assert "Rila Textiles" not in text_of(stranger)


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("post", "/orders/", "GET, HEAD"),
        ("delete", "/", "GET, HEAD"),
        ("get", "/partner", "POST"),
        ("get", "/signout", "POST"),
        ("put", "/shipments/new", "GET, HEAD, POST"),
        ("patch", "/language", "GET, HEAD, POST"),
        ("head", "/signin", "GET"),
    ],
)
def test_a_method_that_an_address_does_not_take_gets_the_plain_page(
    client: Any, method: str, address: str, allowed: str
) -> None:
    refused = getattr(client, method)(address)
    assert (refused.status_code, refused["Allow"]) == (405, allowed)
    if method == "head":
        assert refused.content == b""
    else:
        assert "PP405" in text_of(refused)
        assert refused["X-Correlation-ID"] in text_of(refused)
    question = client.options(address)
    assert (question.status_code, question["Allow"], question.content) == (204, allowed, b"")


def test_an_address_that_does_not_exist_gets_the_plain_page(client: Any) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "There is no such page" in text_of(response)
    assert response.headers["X-Correlation-ID"] in text_of(response)


def test_a_forged_form_gets_the_plain_page_and_changes_nothing(maria: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(maria)
    response = client.post("/signout")
    assert response.status_code == 403
    assert "This form is no longer valid" in text_of(response)
    assert client.get("/").status_code == 200


def test_a_fault_gets_the_plain_page_and_a_log_line_with_the_same_id(maria: Any, log: Any) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(maria)
    with connection.execute_wrapper(_fail_on("sync_purchaseorder")):
        response = client.get("/orders/")
    assert response.status_code == 500
    assert "Something went wrong on our side" in text_of(response)
    assert "OrderFault" not in text_of(response)
    faults = [event for event in log() if event["level"] == "ERROR"]
    assert "OrderFault" in faults[0]["exception"]
    assert faults[0]["correlation_id"] == response.headers["X-Correlation-ID"]


class OrderFaultError(Exception):
    """Nothing that the portal expects."""


def _fail_on(table: str) -> Any:
    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if table in sql:
            raise OrderFaultError
        return execute(sql, params, many, context)

    return wrapper


# -- Health ------------------------------------------------------------------------------------------------------------


def test_the_process_is_alive_even_without_a_database(client: Any) -> None:
    with connection.execute_wrapper(_no_database):
        assert Client().get("/livez").status_code == 200


def test_the_process_is_ready_when_all_it_needs_is_there(client: Any) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready\n")


def test_without_a_database_it_is_not_ready_and_does_not_say_why(db: None) -> None:
    with connection.execute_wrapper(_no_database):
        response = Client().get("/readyz")
    assert (response.status_code, response.content) == (503, b"not ready\n")


def test_without_redis_it_is_ready_for_it_shows_pages_and_takes_forms(client: Any, settings: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert client.get("/readyz").status_code == 200


def _no_database(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    raise DatabaseError("the server is gone, and its address is 10.0.0.7")


# -- Logs --------------------------------------------------------------------------------------------------------------


def test_every_request_leaves_one_line_with_its_id(browser: Any, log: Any) -> None:
    response = browser.get("/orders/?search=secret-of-hers")
    lines = [event for event in log() if event["logger"] == "portal.access"]
    assert len(lines) == 1
    assert lines[0]["message"] == "GET /orders/ 200"
    assert lines[0]["correlation_id"] == response.headers["X-Correlation-ID"]
    assert lines[0]["partner_id"]
    assert "secret-of-hers" not in json.dumps(log())


def test_an_id_that_the_browser_sends_is_not_taken_over(client: Any) -> None:
    response = client.get("/", headers={"X-Correlation-ID": "forged"})
    assert uuid.UUID(response.headers["X-Correlation-ID"])


def test_a_line_break_in_a_message_cannot_pose_as_a_second_event(log: Any) -> None:
    """LOG-04"""
    logging.getLogger("portal.test").info("name: %s", 'x\r\n{"level":"ERROR"}\u2028')
    events = log()
    assert [event["level"] for event in events] == ["INFO"]


def test_an_event_is_told_in_utc_with_its_extras(log: Any) -> None:
    logging.getLogger("portal.test").info("done", extra={"rows": 3, "where": uuid.UUID(int=1)})
    event = log()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", event["at"])
    assert event["rows"] == 3
    assert event["where"] == str(uuid.UUID(int=1))


def test_the_request_itself_is_never_logged(log: Any) -> None:
    request = HttpRequest()
    request.META["HTTP_COOKIE"] = "session=secret"
    logging.getLogger("portal.test").error("odd", extra={"request": request})
    assert "secret" not in json.dumps(log())
