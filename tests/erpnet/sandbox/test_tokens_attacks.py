"""Tokens that were not made here, not for this, or not for now: none of them opens anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from joserfc import jwe
from joserfc.jwk import RSAKey

from erpnet.sandbox.identity.tokens import TokenMaker
from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import (
    Browser,
    exchange,
    form_fields,
    read_token,
    registration,
    service_token,
    user_row,
)

PETAR = "ops@vitosha.example"
Forge = Callable[[RunningInstance], str]
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def status(sandbox: RunningInstance, token: str) -> int:
    """How the API takes a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{sandbox.instance.odata_root}GetVersion", headers=headers, timeout=10).status_code


def pem_of(sandbox: RunningInstance, *, private: bool) -> bytes:
    return bytes(sandbox.instance.keys.current.as_pem(private=private))


def good_claims(sandbox: RunningInstance, **changes: Any) -> dict[str, Any]:
    """The claims of a token that the API would take."""
    return read_token(service_token(sandbox).json()["access_token"])[1] | changes


def signed(sandbox: RunningInstance, headers: dict[str, Any] | None = None, /, **changes: Any) -> str:
    """A token with the instance's true signature, whatever it says."""
    claims = {name: value for name, value in good_claims(sandbox, **changes).items() if value is not None}
    kid = sandbox.instance.keys.current.kid
    header = {"alg": "RS256", "kid": kid, "typ": "at+jwt", **(headers or {})}
    header = {name: value for name, value in header.items() if value is not None}
    hashing = hashes.SHA512() if header["alg"] == "RS512" else hashes.SHA256()
    key = serialization.load_pem_private_key(pem_of(sandbox, private=True), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    bare = by_hand(header, claims).rstrip(".")
    signature = key.sign(bare.encode(), padding.PKCS1v15(), hashing)
    return by_hand(header, claims, signature)


def by_hand(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def unsigned(sandbox: RunningInstance, algorithm: str = "none") -> str:
    kid = sandbox.instance.keys.current.kid
    return by_hand({"alg": algorithm, "typ": "at+jwt", "kid": kid}, good_claims(sandbox))


def with_the_public_key_as_a_secret(sandbox: RunningInstance) -> str:
    kid = sandbox.instance.keys.current.kid
    bare = by_hand({"alg": "HS256", "typ": "at+jwt", "kid": kid}, good_claims(sandbox)).rstrip(".")
    secret = pem_of(sandbox, private=False)
    signature = hmac.new(secret, bare.encode(), hashlib.sha256).digest()
    return f"{bare}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_a_stranger(sandbox: RunningInstance, **header: Any) -> str:
    kid = sandbox.instance.keys.current.kid
    headers = {"kid": kid, "typ": "at+jwt", **header}
    return jwt.encode(good_claims(sandbox), STRANGER, algorithm="RS256", headers=headers)


def by_a_curve(sandbox: RunningInstance) -> str:
    headers = {"kid": sandbox.instance.keys.current.kid, "typ": "at+jwt"}
    return jwt.encode(good_claims(sandbox), ec.generate_private_key(ec.SECP256R1()), "ES256", headers=headers)


def encrypted_to_the_public_key(sandbox: RunningInstance) -> str:
    header = {
        "alg": "RSA-OAEP",
        "enc": "A128GCM",
        "typ": "at+jwt",
        "kid": sandbox.instance.keys.current.kid,
    }
    key = RSAKey.import_key(pem_of(sandbox, private=False))
    return str(jwe.encrypt_compact(header, json.dumps(good_claims(sandbox)), key))


def stranger_jwk() -> dict[str, Any]:
    return dict(jwt.algorithms.RSAAlgorithm.to_jwk(STRANGER.public_key(), as_dict=True))


FORGERIES: dict[str, Forge] = {
    "no signature": unsigned,
    "no signature, oddly written": lambda sandbox: unsigned(sandbox, "NoNe"),
    "signature left out": lambda sandbox: unsigned(sandbox, "RS256"),
    "public key as an HMAC secret": with_the_public_key_as_a_secret,
    "a stranger's key": by_a_stranger,
    "a stranger's key, brought along": lambda sandbox: by_a_stranger(sandbox, jwk=stranger_jwk()),
    "a stranger's key, linked to": lambda sandbox: by_a_stranger(sandbox, jku="https://evil.example/jwks"),
    "kid that walks the disk": lambda sandbox: by_a_stranger(sandbox, kid="../../../../dev/null"),
    "kid with SQL in it": lambda sandbox: by_a_stranger(sandbox, kid="' OR 1=1 --"),
    "kid of another type": lambda sandbox: by_hand(
        {"alg": "RS256", "typ": "at+jwt", "kid": ["a"]}, good_claims(sandbox), b"x" * 256
    ),
    "another curve": by_a_curve,
    "encrypted instead of signed": encrypted_to_the_public_key,
    "a stronger algorithm than agreed": lambda sandbox: signed(sandbox, {"alg": "RS512"}),
    "no kid": lambda sandbox: signed(sandbox, {"kid": None}),
    "a critical header nobody knows": lambda sandbox: by_a_stranger(sandbox, crit=["x"], x=1),
    "typ of an ID token": lambda sandbox: signed(sandbox, {"typ": "JWT"}),
    "typ of nothing": lambda sandbox: signed(sandbox, {"typ": None}),
    "another issuer": lambda sandbox: signed(sandbox, iss="https://other.my.erp.net/id"),
    "the issuer with a slash": lambda sandbox: signed(sandbox, iss=f"{sandbox.url}/id/"),
    "issuers in a list": lambda sandbox: signed(sandbox, iss=[f"{sandbox.url}/id"]),
    "another audience": lambda sandbox: signed(sandbox, aud=["TableAPI", "OLAP"]),
    "an audience that only contains the word": lambda sandbox: signed(sandbox, aud="xDomainAPIx"),
    "expired a second ago": lambda sandbox: signed(sandbox, exp=int(time.time()) - 1),
    "expires now": lambda sandbox: signed(sandbox, exp=int(time.time())),
    "not good yet": lambda sandbox: signed(sandbox, nbf=int(time.time()) + 5),
    "nobody acts": lambda sandbox: signed(sandbox, client_system_user=None),
    "application that is not registered": lambda sandbox: signed(sandbox, client_id="somebody.else"),
    "reference token": lambda sandbox: "enrt_" + "1D41D469" * 8,
    "nothing between the dots": lambda sandbox: "..",
    "not base64": lambda sandbox: "ä.ö.ü".encode().decode("latin-1"),
    "thirty thousand letters": lambda sandbox: "a" * 30_000,
    "nested beyond reason": lambda sandbox: (
        base64.urlsafe_b64encode(b"[" * 20_000).decode().rstrip("=") + ".e30.x"
    ),
}


def test_what_the_forgeries_are_made_from_is_good(sandbox: RunningInstance) -> None:
    """Else they would be refused for reasons of their own."""
    assert status(sandbox, signed(sandbox)) == 200


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_opens_nothing(sandbox: RunningInstance, name: str) -> None:
    assert status(sandbox, FORGERIES[name](sandbox)) == 401


@pytest.mark.parametrize("login", [PETAR, "maria@rila-textiles.example"])
@pytest.mark.parametrize("token", ["access_token", "id_token"])
def test_no_token_of_a_person_is_taken_by_the_api(
    sandbox: RunningInstance, browser: Browser, login: str, token: str
) -> None:
    page = browser.sign_in(login, scope="openid profile read update")
    assert status(sandbox, exchange(sandbox, form_fields(page)["code"]).json()[token]) == 401


@pytest.mark.parametrize("header", ["X-Api-Key", "Api-Key"])
def test_a_service_token_is_no_api_key(sandbox: RunningInstance, header: str) -> None:
    token = service_token(sandbox).json()["access_token"]
    url = f"{sandbox.instance.odata_root}GetVersion"
    assert requests.get(url, headers={header: token}, timeout=10).status_code == 401
    assert requests.get(url, params={"access_token": token}, timeout=10).status_code == 401


def test_a_token_of_another_instance_is_refused(sandbox: RunningInstance, fresh: RunningInstance) -> None:
    assert status(sandbox, service_token(fresh).json()["access_token"]) == 401


@pytest.mark.parametrize(
    ("row", "field", "value"), [("application", "IsEnabled", False), ("system user", "Active", False)]
)
def test_disabling_an_application_or_its_user_stops_its_tokens_at_once(
    fresh: RunningInstance, row: str, field: str, value: object
) -> None:
    token = service_token(fresh).json()["access_token"]
    assert status(fresh, token) == 200
    (registration(fresh) if row == "application" else user_row(fresh, "svc-portal"))[field] = value
    assert status(fresh, token) == 401


def test_a_token_ends_to_the_second(fresh: RunningInstance) -> None:
    issued = int(time.time())
    fresh.instance.tokens.clock = lambda: issued
    token = service_token(fresh).json()["access_token"]
    fresh.instance.tokens.clock = lambda: issued + 3599
    assert status(fresh, token) == 200
    fresh.instance.tokens.clock = lambda: issued + 3600
    assert status(fresh, token) == 401


# -- Keys --------------------------------------------------------------------------------------------------------------


def published(sandbox: RunningInstance) -> list[dict[str, Any]]:
    url = f"{sandbox.url}/id/.well-known/openid-configuration/jwks"
    return list(requests.get(url, timeout=10).json()["keys"])


def test_nothing_private_is_published(sandbox: RunningInstance) -> None:
    for key in published(sandbox):
        assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
        assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")


def test_a_rotated_key_is_published_until_its_last_token_has_expired(fresh: RunningInstance) -> None:
    token, keys = service_token(fresh).json()["access_token"], fresh.instance.keys
    keys.rotate()
    old, new = published(fresh)
    assert read_token(token)[0]["kid"] == old["kid"]
    assert read_token(service_token(fresh).json()["access_token"])[0]["kid"] == new["kid"]
    assert status(fresh, token) == 200
    keys.clock = lambda: time.time() + 3601
    assert [key["kid"] for key in published(fresh)] == [new["kid"]]
    assert status(fresh, token) == 401


def test_a_withdrawn_key_is_good_for_nothing(fresh: RunningInstance) -> None:
    token = service_token(fresh).json()["access_token"]
    fresh.instance.keys.withdraw()
    assert len(published(fresh)) == 1
    assert status(fresh, token) == 401


# -- An Instance ID that misbehaves ----------------------------------------------------------------------------------


class _Crooked(TokenMaker):
    """Says of everybody that they are somebody else."""

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return super().sign(header, claims | {"sub": "somebody.else"})


def test_every_token_can_be_made_wrong_on_purpose(fresh: RunningInstance) -> None:
    """Tests of what signs people in put a maker of their own in the place of the true one."""
    instance = fresh.instance
    instance.oauth.tokens = _Crooked(instance.keys, instance.issuer, "SANDBOX")
    fields = form_fields(Browser(fresh).sign_in())
    tokens = exchange(fresh, fields["code"]).json()
    made = [fields["id_token"], tokens["id_token"], tokens["access_token"]]
    assert [read_token(token)[1]["sub"] for token in made] == ["somebody.else"] * 3
