"""Finding the sites of an instance, its identity provider and its keys."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
import responses
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from erpnet.discovery import IdentityProvider, Instance, SigningKeys, load_identity_provider
from erpnet.exceptions import ErpNetError, MalformedAnswer, ServerFault, UnknownSigningKey
from tests.erpnet.builders import OPENID, ROOT, application, calls_to

TOOLS, SYS = f"{ROOT}/tools/auto-discovery", f"{ROOT}/sys/auto-discovery"
CONVENTIONAL = Instance.conventional(application())
OPENID_URL = CONVENTIONAL.openid_configuration_url
JWKS_URL = OPENID["jwks_uri"]
PROVIDER = IdentityProvider(**OPENID, secret_in_header=False)


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

    @pytest.mark.parametrize(
        "url",
        [
            "http://mycompany.my.erp.net/id",
            "http://localhost/id",
            "http://127.0.0.1:9000/id",
            "ftp://mycompany.my.erp.net/id",
            "/id",
            "https://user:word@mycompany.my.erp.net/id",
            "https://mycompany.my.erp.net@evil.example/id",
            "https://mycompany.my.erp.net/id?x=1",
            "https://mycompany.my.erp.net/id#x",
        ],
    )
    @pytest.mark.parametrize("kind", ["ID", "DomainAPI"])
    def test_an_address_to_which_no_secret_may_go_is_refused(
        self, erp: responses.RequestsMock, kind: str, url: str
    ) -> None:
        erp.get(TOOLS, json=sites({"Type": kind, "Url": url}))
        with pytest.raises(MalformedAnswer):
            Instance.discover(application())

    def test_an_instance_on_this_machine_may_stay_without_https(self, erp: responses.RequestsMock) -> None:
        root = "http://127.0.0.1:9000"
        erp.get(f"{root}/tools/auto-discovery", json=sites({"Type": "ID", "Url": f"{root}/id"}))
        assert Instance.discover(application(instance_url=root)).identity_url == f"{root}/id"

    @pytest.mark.parametrize(
        ("listed", "expected"),
        [
            ([("NotWorking", f"{ROOT}/id"), ("Working", f"{ROOT}/id2")], f"{ROOT}/id2"),
            ([("NotWorking", f"{ROOT}/id"), ("Unknown", f"{ROOT}/id2")], f"{ROOT}/id2"),
            ([("Unknown", f"{ROOT}/id"), ("Working", f"{ROOT}/id2")], f"{ROOT}/id2"),
            ([("Working", f"{ROOT}/id"), ("Working", f"{ROOT}/id2")], f"{ROOT}/id"),
            ([("Working", "https://id.example.com"), ("Working", f"{ROOT}/id2")], f"{ROOT}/id2"),
            ([("NotWorking", f"{ROOT}/id"), ("Working", "https://id.example.com")], "https://id.example.com"),
            ([("Working", f"{ROOT}/id"), (None, "https://id.example.com")], f"{ROOT}/id"),
        ],
    )
    def test_of_several_sites_one_that_works_here_is_taken(
        self, erp: responses.RequestsMock, listed: list[tuple[object, str]], expected: str
    ) -> None:
        erp.get(TOOLS, json=sites(*({"Type": "ID", "Status": status, "Url": url} for status, url in listed)))
        assert Instance.discover(application()).identity_url == expected

    def test_a_site_that_is_said_not_to_work_is_tried_and_noted(
        self, erp: responses.RequestsMock, caplog: pytest.LogCaptureFixture
    ) -> None:
        erp.get(TOOLS, json=sites({"Type": "ID", "Status": "NotWorking", "Url": f"{ROOT}/identity"}))
        assert Instance.discover(application()).identity_url == f"{ROOT}/identity"
        assert "ID site does not work" in caplog.text

    def test_sites_of_other_kinds_are_passed_over(self, erp: responses.RequestsMock) -> None:
        erp.get(TOOLS, json=sites({"Type": "UserProfile", "Status": "Working", "Url": f"{ROOT}/profile"}))
        assert Instance.discover(application()) == CONVENTIONAL

    def test_an_odata_root_on_another_host_than_its_site_is_refused(
        self, erp: responses.RequestsMock
    ) -> None:
        root = {"ODataServiceRoot": "https://evil.example/domain/odata/"}
        erp.get(TOOLS, json=sites({"Type": "DomainAPI", "Url": f"{ROOT}/api", "AdditionalProperties": root}))
        with pytest.raises(MalformedAnswer, match="ODataServiceRoot"):
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

    @pytest.mark.parametrize(
        "address",
        [
            "http://mycompany.my.erp.net/t",
            "http://localhost/t",
            "https://evil.example/t",
            "https://mycompany.my.erp.net:8443/t",
            "https://mycompany.my.erp.net@evil.example/t",
            "https://user@mycompany.my.erp.net/t",
            "https://mycompany.my.erp.net.evil.example/t",
            "/id/connect/token",
            "",
            None,
        ],
    )
    @pytest.mark.parametrize(
        "endpoint", ["authorization_endpoint", "token_endpoint", "end_session_endpoint", "jwks_uri"]
    )
    def test_oid_07_an_endpoint_elsewhere_or_unsafe_is_refused(
        self, erp: responses.RequestsMock, endpoint: str, address: object
    ) -> None:
        erp.get(OPENID_URL, json={**OPENID, endpoint: address})
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

    def test_an_unknown_key_is_an_outage_while_none_can_be_read_and_soon_looked_for_again(
        self, erp: responses.RequestsMock
    ) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("old")]})
        erp.get(JWKS_URL, status=503)
        erp.get(JWKS_URL, json={"keys": [public_key("new")]})
        clock = Clock()
        keys = SigningKeys(PROVIDER, clock=clock)
        keys.key_for("old")
        for _ in range(2):
            with pytest.raises(ServerFault):
                keys.key_for("new")
        assert len(erp.calls) == 2
        clock.now += SigningKeys.ASK_EVERY_IN_TROUBLE + 1
        assert keys.key_for("new").key_id == "new"

    def test_a_withdrawn_key_is_not_accepted_for_ever(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one")]})
        erp.get(JWKS_URL, json={"keys": [public_key("two")]})
        clock = Clock()
        keys = SigningKeys(PROVIDER, clock=clock)
        keys.key_for("one")
        clock.now += SigningKeys.FRESH_FOR + 1
        with pytest.raises(UnknownSigningKey):
            keys.key_for("one")

    def test_keys_that_are_not_fit_to_sign_are_left_out(self, erp: responses.RequestsMock) -> None:
        small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505, refused below
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        unfit = [
            jwt.algorithms.RSAAlgorithm.to_jwk(small.public_key(), as_dict=True) | {"kid": "small"},
            jwt.algorithms.RSAAlgorithm.to_jwk(private, as_dict=True) | {"kid": "private"},
            public_key("other", alg="RS512"),
            public_key(None) | {"kid": ["a", "list"]},
            "not a key",
        ]
        erp.get(JWKS_URL, json={"keys": [*unfit, public_key("one")]})
        assert SigningKeys(PROVIDER).published() == ["one"]

    @pytest.mark.parametrize(
        "spoilt",
        [{"status": 503}, {"status": 404}, {"body": "<html>soon back</html>"}, {"json": {"keys": 5}}],
    )
    def test_a_spoilt_answer_is_asked_for_again_in_a_minute_and_believed_for_a_day_at_most(
        self, erp: responses.RequestsMock, spoilt: dict[str, Any]
    ) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one")]})
        erp.get(JWKS_URL, **spoilt)
        clock = Clock()
        keys = SigningKeys(PROVIDER, clock=clock)
        keys.key_for("one")
        clock.now += SigningKeys.FRESH_FOR
        assert keys.key_for("one").key_id == "one"
        clock.now += SigningKeys.ASK_EVERY - 1
        keys.key_for("one")
        assert len(erp.calls) == 2
        clock.now += 1
        keys.key_for("one")
        assert len(erp.calls) == 3
        clock.now += SigningKeys.USED_FOR
        with pytest.raises(ErpNetError):
            keys.key_for("one")

    def test_of_many_threads_one_asks(self, erp: responses.RequestsMock) -> None:
        erp.get(JWKS_URL, json={"keys": [public_key("one")]})
        keys = SigningKeys(PROVIDER)
        with ThreadPoolExecutor(16) as pool:
            assert {key.key_id for key in pool.map(keys.key_for, ["one"] * 64)} == {"one"}
        assert len(erp.calls) == 1

    @pytest.mark.parametrize("document", [{}, {"keys": "none"}, {"keys": [{"kty": "RSA", "kid": "broken"}]}])
    def test_a_list_that_cannot_be_read_is_malformed(
        self, erp: responses.RequestsMock, document: dict[str, Any]
    ) -> None:
        erp.get(JWKS_URL, json=document)
        with pytest.raises(MalformedAnswer):
            SigningKeys(PROVIDER).key_for("one")
