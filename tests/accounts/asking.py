"""Walking the addresses, asking as somebody, and seeing whether anything has changed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.fresh import AUTH_TIME
from accounts.models import AuditEvent, Session, User
from erpnet.models import ApiCall
from tests.conftest import PortalClient

# What a refusal may leave behind: its trace, and the browser's own session.
TRACES = {AuditEvent, ApiCall, Session}


def addresses(
    resolver: URLResolver | None = None, space: str = "", path: str = ""
) -> Iterator[tuple[str, str]]:
    """Name and pattern of every address."""
    for entry in (resolver or get_resolver()).url_patterns:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, f"{entry.namespace}:" if entry.namespace else space, here)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name or ''}", here


def named() -> set[str]:
    return {name for name, _path in addresses() if not name.startswith("admin:")}


# A header and claims in base64url, as a JWT begins. Three letters of it also occur in a random CSRF token.
TOKEN = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.")


def sign_in(client: PortalClient, user: User, *, seconds_ago: int = 0) -> None:
    client.force_login(user)
    session = client.session
    session[AUTH_TIME] = time.time() - seconds_ago
    session.save()


def contents() -> dict[str, str]:
    """A fingerprint of each of our tables."""
    tables = [model._meta.db_table for model in apps.get_models() if model not in TRACES]
    prints = [
        f"SELECT '{table}', md5(string_agg(t::text, ';' ORDER BY t::text)) FROM {table} t" for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(prints))
        return dict(cursor.fetchall())
