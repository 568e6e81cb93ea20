"""Site discovery and metadata: where everything is."""

from __future__ import annotations

import pytest
import requests

from erpnet.discovery import Instance, load_identity_provider
from erpnet.sandbox.testing import RunningInstance


@pytest.mark.parametrize("path", ["/tools/auto-discovery", "/sys/auto-discovery"])
def test_the_sites_are_found_at_the_new_and_the_old_address(sandbox: RunningInstance, path: str) -> None:
    content = requests.get(sandbox.url + path, timeout=10).json()
    sites = {site["Type"]: site for site in content["WebSites"]}
    assert content["DbName"] == "SANDBOX"
    assert sites["ID"]["Url"] == f"{sandbox.url}/id"
    assert sites["DomainAPI"]["Status"] == "Working"
    assert (
        sites["DomainAPI"]["AdditionalProperties"]["ODataServiceRoot"] == f"{sandbox.url}/api/domain/odata/"
    )


def test_the_client_finds_the_identity_provider(sandbox: RunningInstance) -> None:
    provider = load_identity_provider(Instance.discover(sandbox.application()))
    assert provider.issuer == f"{sandbox.url}/id"
    assert provider.authorization_endpoint == f"{sandbox.url}/id/connect/authorize"
    assert provider.token_endpoint == f"{sandbox.url}/id/connect/token"
    assert provider.end_session_endpoint == f"{sandbox.url}/id/connect/endsession"


def test_an_unknown_address_is_not_found(sandbox: RunningInstance) -> None:
    assert requests.get(f"{sandbox.url}/nothing", timeout=10).status_code == 404
