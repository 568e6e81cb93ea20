"""Where a browser is sent, and how."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """A redirect that is always followed by a GET, so that no code and no token stays in the browser's history."""

    status_code = 303


def with_query(address: str, parameters: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"
