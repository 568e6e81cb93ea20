"""What every request gets: a correlation id, a line in the access log, and an answer to a method that nothing takes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from accounts.text import path_to_keep
from erpnet import correlation
from portal.errors import METHOD_NOT_ALLOWED

HEADER = "X-Correlation-ID"
_log = logging.getLogger("portal.access")


class CorrelationMiddleware:
    """Gives the request an id of our own making: one that a browser sends could pose as somebody else's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with correlation.use() as identifier:
            began = time.perf_counter()
            response = self.get_response(request)
            response.headers[HEADER] = identifier
            _log_access(request, response, time.perf_counter() - began)
        return response


class MethodMiddleware:
    """Says in plain words what Django says with an empty page. What an address takes is the same for everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        is_question = request.method == "OPTIONS"
        answer = (
            HttpResponse(status=HTTPStatus.NO_CONTENT) if is_question else METHOD_NOT_ALLOWED.render(request)
        )
        answer.headers["Allow"] = response.headers["Allow"]
        return answer


def _log_access(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """The path without its query, which may hold the code of a sign-in or what a person searched for."""
    # Not `request.user`: that may ask the database, and this also runs when the database is the trouble.
    membership = getattr(request, "membership", None)
    _log.info(
        "%s %s %s",
        request.method,
        path_to_keep(request),
        response.status_code,
        extra={
            "status": response.status_code,
            "milliseconds": round(seconds * 1000),
            "partner_id": str(membership.partner_id) if membership else None,
            "erp_user_id": str(membership.erp_user_id) if membership else None,
        },
    )
