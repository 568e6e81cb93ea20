"""Finding the sites of an instance, its identity provider and its keys."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
import responses
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from erpnet.discovery import IdentityProvider, Instance, SigningKeys, load_identity_provider
from erpnet.exceptions import MalformedAnswer, ServerFault, UnknownSigningKey
from tests.erpnet.builders import OPENID, ROOT, application, calls_to

TOOLS, SYS = f"{ROOT}/tools/auto-discovery", f"{ROOT}/sys/auto-discovery"
CONVENTIONAL = Instance.conventional(application())
OPENID_URL = CONVENTIONAL.openid_configuration_url
JWKS_URL = OPENID["jwks_uri"]
PROVIDER = IdentityProvider(**OPENID)


def sites(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"Host": "mycompany.my.erp.net", "DbName": None, "WebSites": list(listed)}


class TestInstance:
    def test_the_conventional_addresses_hang_under_the_root(self) -> None:
        assert CONVENTIONAL.identity_url == f"{ROOT}/id"
        assert CONVENTIONAL.domain_api_url == f"{ROOT}/api/domain/odata/"
        assert f"{ROOT}/id/.well-known/openid-configuration" == OPENID_URL

    def test_sites_are_where_the_instance_says(self, erp: responses.RequestsMock) -> None:
        root = {"ODataServiceRoot": "https://erpapi.example.com/domain/odata"}
        erp.get(
            TOOLS,
            json=sites(
                {"Type": "ID", "Status": "Working", "Url": "https://id.example.com/"},
                {"Type": "DomainAPI", "Url": "https://erpapi.example.com/", "AdditionalProperties": root},
            ),
        )
        found = Instance.discover(application())
        assert found == Instance("https://id.example.com", "https://erpapi.example.com/domain/odata/")

    def test_the_odata_root_follows_from_the_site_where_it_is_not_told(
        self, erp: responses.RequestsMock
    ) -> None:
        erp.get(TOOLS, json=sites({"Type": "DomainAPI", "Url": "https://erpapi.example.com"}))
        found = Instance.discover(application())
        assert found.domain_api_url == "https://erpapi.example.com/domain/odata/"
        assert found.identity_url == CONVENTIONAL.identity_url

    def test_the_older_address_is_asked_second(self, erp: responses.RequestsMock) -> None:
        erp.get(TOOLS, status=404)
        erp.get(SYS, json=sites({"Type": "ID", "Url": f"{ROOT}/identity"}))
        assert Instance.discover(application()).identity_url == f"{ROOT}/identity"

    @pytest.mark.parametrize(
        "listed",
        [None, "none", 5, ["ID"], [{"Type": ["ID"]}], [{"Type": "DomainAPI", "AdditionalProperties": []}]],
    )
    def test_a_document_of_another_shape_tells_nothing(
        self, erp: responses.RequestsMock, listed: object
    ) -> None:
        erp.get(TOOLS, json={"WebSites": listed})
        assert Instance.discover(application()) == CONVENTIONAL

    def test_conventions_stand_in_where_nothing_is_told(self, erp: responses.RequestsMock) -> None:
        erp.get(TOOLS, body="<html>welcome</html>")
        erp.get(SYS, status=403)
        assert Instance.discover(application()) == CONVENTIONAL

    def test_an_instance_that_is_down_is_not_guessed_at(self, erp: responses.RequestsMock) -> None:
        erp.get(TOOLS, status=503)
        with pytest.raises(ServerFault):
            Instance.discover(application())

    def test_an_address_without_https_is_refused(self, erp: responses.RequestsMock) -> None:
        erp.get(TOOLS, json=sites({"Type": "ID", "Url": "http://mycompany.my.erp.net/id"}))
        with pytest.raises(MalformedAnswer, match="not https"):
            Instance.discover(application())


class TestIdentityProvider:
    def test_its_endpoints_are_read(self, erp: responses.RequestsMock) -> None:
        erp.get(OPENID_URL, json=OPENID)
        assert load_identity_provider(CONVENTIONAL) == PROVIDER

    @pytest.mark.parametrize("issuer", [f"{ROOT}/id/", f"{ROOT}/ID", [f"{ROOT}/id"], None])
    def test_oid_07_an_issuer_that_differs_at_all_is_refused(
        self, erp: responses.RequestsMock, issuer: object
    ) -> None:
        erp.get(OPENID_URL, json={**OPENID, "issuer": issuer})
        with pytest.raises(MalformedAnswer, match="calls itself"):
            load_identity_provider(CONVENTIONAL)

    @pytest.mark.parametrize("address", ["http://mycompany.my.erp.net/t", "https://evil.example/t", "", None])
    def test_oid_07_an_endpoint_elsewhere_or_unsafe_is_refused(
        self, erp: responses.RequestsMock, address: object
    ) -> None:
        erp.get(OPENID_URL, json={**OPENID, "token_endpoint": address})
        with pytest.raises(MalformedAnswer):
            load_identity_provider(CONVENTIONAL)


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def public_key(kid: str | None, **changes: Any) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    document = jwt.algorithms.RSAAlgorithm.to_jwk(key, as_dict=True)
    return {**document, **({"kid": kid} if kid else {}), "use": "sig", **changes}


class TestSigningKeys:
    def test_idt_03_a_key_comes_from_the_published_list(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one"), public_key("two")]})
        keys = SigningKeys(PROVIDER)
        assert keys.key_for("one").key_id == "one"
        assert keys.key_for("two").key_id == "two"
        assert len(erp.calls) == 1

    def test_idt_04_a_rotated_key_is_found_by_one_more_request(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("old")]})
        erp.get(JWKS_URL, json={"keys": [public_key("new")]})
        clock = Clock()
        keys = SigningKeys(PROVIDER, clock=clock)
        keys.key_for("old")
        clock.now += 61
        assert keys.key_for("new").key_id == "new"

    def test_idt_04_made_up_key_ids_make_one_request_a_minute(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one")]})
        clock = Clock()
        keys = SigningKeys(PROVIDER, clock=clock)
        for number in range(20):
            clock.now += 10
            with pytest.raises(UnknownSigningKey):
                keys.key_for(f"made-up-{number}")
        assert len(calls_to(erp, "jwks")) <= 4

    def test_a_token_without_key_id_takes_the_only_key(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one")]})
        assert SigningKeys(PROVIDER).key_for(None).key_id == "one"

    def test_a_token_without_key_id_is_refused_among_several(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one"), public_key("two")]})
        with pytest.raises(UnknownSigningKey):
            SigningKeys(PROVIDER).key_for(None)

    def test_keys_for_other_uses_are_left_out(self, erp: responses.RequestsMock) -> None:
        curve = ec.generate_private_key(ec.SECP256R1()).public_key()
        other = {**jwt.algorithms.ECAlgorithm.to_jwk(curve, as_dict=True), "kid": "curve"}
        erp.get(JWKS_URL, json={"keys": [other, public_key("secrecy", use="enc"), public_key("one")]})
        assert SigningKeys(PROVIDER).key_for(None).key_id == "one"

    def test_known_keys_serve_while_new_ones_cannot_be_read(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one")]})
        erp.get(JWKS_URL, status=503)
        clock = Clock()
        keys = SigningKeys(PROVIDER, clock=clock)
        keys.key_for("one")
        clock.now += SigningKeys.FRESH_FOR + 1
        assert keys.key_for("one").key_id == "one"
        assert len(erp.calls) == 2

    def test_a_withdrawn_key_is_not_accepted_for_ever(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one")]})
        erp.get(JWKS_URL, json={"keys": [public_key("two")]})
        clock = Clock()
        keys = SigningKeys(PROVIDER, clock=clock)
        keys.key_for("one")
        clock.now += SigningKeys.FRESH_FOR + 1
        with pytest.raises(UnknownSigningKey):
            keys.key_for("one")

    @pytest.mark.parametrize("document", [{}, {"keys": "none"}, {"keys": [{"kty": "RSA", "kid": "broken"}]}])
    def test_a_list_that_cannot_be_read_is_malformed(
        self, erp: responses.RequestsMock, document: dict[str, Any]
    ) -> None:
        erp.get(JWKS_URL, json=document)
        with pytest.raises(MalformedAnswer):
            SigningKeys(PROVIDER).key_for("one")
