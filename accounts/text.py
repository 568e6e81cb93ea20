"""Text and addresses that come from outside, made safe to keep."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

LONGEST_PATH = 500

_INVITATION = re.compile(r"(?<!/people)(/invitations/)[^/\s?]+")


def printable(text: str, limit: int) -> str:
    """`text` without control characters and broken Unicode, which a log line or PostgreSQL would choke on."""
    return "".join(character for character in text[:limit] if character.isprintable())


def local_path(address: str) -> str:
    """`address` if it is a path of this site, else nothing: nobody is to be sent elsewhere after signing in."""
    safe = (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and len(address) <= LONGEST_PATH
        and address.isprintable()
        and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    )
    return address if safe else ""


def page_of(request: HttpRequest) -> str:
    """The page that a person sees: that of the request, or the one whose form or part was sent."""
    htmx = HtmxDetails(request)
    if not htmx and request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = (htmx.current_url if htmx else request.headers.get("Referer")) or ""
    origin = f"{request.scheme}://{request.get_host()}"
    return local_path(came_from.removeprefix(origin)) or "/"


def path_to_keep(request: HttpRequest) -> str:
    """The path as logs and the trail may have it: without its query, and without the secret of an invitation."""
    return without_secrets(request.path)


def without_secrets(text: str) -> str:
    """`text` without the secrets that links of invitations carry, in addresses that lead nowhere, too."""
    return _INVITATION.sub(r"\1...", text)
