"""What every request gets: a correlation id and a line in the access log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.text import path_to_keep
from erpnet import correlation

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
