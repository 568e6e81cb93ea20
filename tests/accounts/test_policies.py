"""Every address says who may come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

POLICY = re.compile(r"public|signed-in|partner(:[a-z_]+)?|staff|viewing")
ADMIN = "admin/"  # gated as a whole by its site


def views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        address = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from views(each, address)
        elif isinstance(each, URLPattern):
            yield address, each.callback


def test_acl_01_every_address_declares_its_policy() -> None:
    undeclared = {
        address
        for address, view in views(get_resolver())
        if not address.startswith(ADMIN) and not POLICY.fullmatch(getattr(view, "policy", ""))
    }
    assert not undeclared, "in no gate of accounts.gates"
