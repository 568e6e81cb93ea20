"""Text and addresses that come from outside, made safe to keep."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme

LONGEST_PATH = 500


def printable(text: str, limit: int) -> str:
    """`text` without control characters and broken Unicode, which a log line or PostgreSQL would choke on."""
    return "".join(character for character in text[:limit] if character.isprintable())


def local_path(address: str) -> str:
    """`address` if it is a path of this site, else nothing: nobody is to be sent elsewhere after signing in."""
    safe = (
        address.startswith("/")
        and len(address) <= LONGEST_PATH
        and address.isprintable()
        and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    )
    return address if safe else ""
