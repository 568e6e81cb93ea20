"""What a browser claims of the way that it came is believed only where the operator names a proxy that vouches."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from tests.conftest import PortalClient

pytestmark = pytest.mark.django_db
FORGED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "10.0.0.1"}


def test_cfg_04_forwarded_headers_of_a_browser_change_nothing(client: PortalClient) -> None:
    request: Any = client.get("/livez", headers=FORGED).wsgi_request
    assert not request.is_secure()
    assert request.get_host() == "testserver"


def test_cfg_04_a_proxy_that_the_operator_trusts_says_that_it_was_https(
    client: PortalClient, settings: Settings
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request: Any = client.get("/livez", headers=FORGED).wsgi_request
    assert request.is_secure()
    assert "evil" not in request.get_host()
