"""Site discovery and metadata: where everything is."""

from __future__ import annotations

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session

from erpnet.discovery import Instance, load_identity_provider
from erpnet.sandbox.testing import OPTIONS, RunningInstance
from tests.erpnet.sandbox.builders import LOGIN_URL, VERIFIER, Browser, query_of


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


def metadata(sandbox: RunningInstance, **headers: str) -> dict[str, object]:
    url = f"{sandbox.url}/id/.well-known/openid-configuration"
    return dict(requests.get(url, headers=headers, timeout=10).json())


def test_the_metadata_tells_what_the_documents_show_and_what_is_served(sandbox: RunningInstance) -> None:
    told = metadata(sandbox)
    assert told["response_types_supported"] == ["code", "code id_token"]
    assert told["response_modes_supported"] == ["form_post", "query"]
    assert told["grant_types_supported"] == ["authorization_code", "client_credentials", "refresh_token"]
    assert told["scopes_supported"] == ["openid", "profile", "offline_access", "read", "update"]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["id_token_signing_alg_values_supported"] == ["RS256"]
    assert told["subject_types_supported"] == ["public"]
    assert told["request_parameter_supported"] is told["request_uri_parameter_supported"] is False


def test_the_host_that_a_caller_names_changes_no_address(sandbox: RunningInstance) -> None:
    assert metadata(sandbox, Host="evil.example") == metadata(sandbox)


def test_a_foreign_library_signs_in_renews_and_serves(sandbox: RunningInstance) -> None:
    """Over what the metadata tells alone, as one of the libraries that auth/client-libraries names."""
    told, browser = metadata(sandbox), Browser(sandbox)
    session = OAuth2Session(
        OPTIONS.application_uri,
        OPTIONS.application_secret,
        scope="openid profile offline_access",
        redirect_uri=LOGIN_URL,
        code_challenge_method="S256",
    )
    url, state = session.create_authorization_url(told["authorization_endpoint"], code_verifier=VERIFIER)
    form = {"login": "ops@vitosha.example", "password": OPTIONS.password}
    back = browser.session.post(url, form, allow_redirects=False)
    assert query_of(back)["state"] == state
    tokens = session.fetch_token(
        told["token_endpoint"], authorization_response=back.headers["Location"], code_verifier=VERIFIER
    )
    renewed = session.refresh_token(told["token_endpoint"], tokens["refresh_token"])
    assert renewed["access_token"] != tokens["access_token"]
    service = OAuth2Session(OPTIONS.application_uri, OPTIONS.application_secret, scope="read")
    service.fetch_token(told["token_endpoint"], grant_type="client_credentials")
    assert service.get(f"{sandbox.instance.odata_root}GetVersion").status_code == 200


def test_an_unknown_address_is_not_found(sandbox: RunningInstance) -> None:
    assert requests.get(f"{sandbox.url}/nothing", timeout=10).status_code == 404
