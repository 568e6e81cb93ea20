"""What the validator believes, down to single claims. Whole sign-ins are in `test_openid_conformance`, arbitrary tokens
in `test_fuzz`.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest

from accounts.oidc import validator
from accounts.oidc.identity import read_boolean, read_identity
from accounts.oidc.validator import Expectations, TokenFault, TokenRefused
from erpnet.exceptions import UnknownSigningKey
from tests.accounts.provider import rsa_key

ISSUER, CLIENT, NONCE, STATE, CODE = "https://erp.example/id", "portal.tests", "n" * 43, "s" * 43, "the code"
NOW = int(time.time())
EXPECTED = Expectations(issuer=ISSUER, client_id=CLIENT, nonce=NONCE, state=STATE, now=NOW)
GOOD = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "maria",
    "nbf": NOW,
    "iat": NOW,
    "exp": NOW + 300,
    "nonce": NONCE,
    "sid": "a session",
    "c_hash": validator.left_half_hash(CODE),
    "s_hash": validator.left_half_hash(STATE),
}
ACCESS = {"iss": ISSUER, "sub": "maria", "client_id": CLIENT, "iat": NOW, "exp": NOW + 3600, "id": "a GUID"}
MISSING = object()


class Keys:
    """One key, as `erpnet.discovery.SigningKeys` hands it out."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    def key_for(self, kid: str | None) -> jwt.PyJWK:
        self.asked.append(kid)
        if kid not in (None, "first"):
            raise UnknownSigningKey("No such key.")
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key("first").public_key(), as_dict=True)
        return jwt.PyJWK({**jwk, "kid": "first"}, algorithm="RS256")


def signed(claims: Mapping[str, Any], **headers: Any) -> str:
    """Signed below the level of claims, which PyJWT would not let be wrong."""
    payload = json.dumps(dict(claims)).encode()
    return jwt.PyJWS().encode(
        payload, rsa_key("first"), algorithm="RS256", headers={"kid": "first", **headers}
    )


def changed(claims: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**claims, **changes}.items() if value is not MISSING}


def fault_in(judge: Callable[..., Any], token: object, **more: Any) -> TokenFault | None:
    try:
        judge(token, Keys(), EXPECTED, **more)
    except TokenRefused as refused:
        return refused.fault
    return None


def fault_of(token: object) -> TokenFault | None:
    return fault_in(validator.front_channel_claims, token, code=CODE)


def test_a_good_token_gives_its_claims() -> None:
    assert validator.front_channel_claims(signed(GOOD), Keys(), EXPECTED, code=CODE) == GOOD


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"iss": MISSING}, TokenFault.ISSUER),
        ({"iss": [ISSUER]}, TokenFault.ISSUER),
        ({"iss": ISSUER.upper()}, TokenFault.ISSUER),
        ({"aud": [CLIENT]}, None),
        ({"aud": [CLIENT, CLIENT]}, TokenFault.AUDIENCE),
        ({"azp": CLIENT}, None),
        ({"azp": "another"}, TokenFault.AUTHORIZED_PARTY),
        ({"azp": None}, TokenFault.AUTHORIZED_PARTY),
        ({"sub": ""}, TokenFault.SUBJECT),
        ({"sub": 7}, TokenFault.SUBJECT),
        ({"nonce": MISSING}, TokenFault.NONCE),
        ({"nonce": [NONCE]}, TokenFault.NONCE),
        ({"nonce": "\ud800"}, TokenFault.NONCE),
        ({"s_hash": MISSING}, None),
        ({"s_hash": validator.left_half_hash("another")}, TokenFault.STATE_HASH),
        ({"s_hash": None}, TokenFault.STATE_HASH),
        ({"exp": MISSING}, TokenFault.TIMES_MISSING),
        ({"exp": True}, TokenFault.TIMES_MISSING),
        ({"exp": str(NOW + 300)}, TokenFault.TIMES_MISSING),
        ({"exp": float("inf")}, TokenFault.TIMES_MISSING),
        ({"iat": float("nan")}, TokenFault.TIMES_MISSING),
        ({"nbf": -1}, TokenFault.TIMES_MISSING),
        ({"exp": NOW - 59}, None),
        ({"exp": NOW - 60}, TokenFault.EXPIRED),
        ({"iat": NOW + 60}, None),
        ({"iat": NOW + 61}, TokenFault.NOT_YET_VALID),
        ({"nbf": NOW + 60}, None),
        ({"nbf": NOW + 61}, TokenFault.NOT_YET_VALID),
        ({"nbf": MISSING}, None),
        ({"iat": NOW - 600}, None),
        ({"iat": NOW - 601}, TokenFault.TOO_OLD),
        ({"c_hash": validator.left_half_hash("another")}, TokenFault.CODE_HASH),
        ({"c_hash": 7}, TokenFault.CODE_HASH),
    ],
)
def test_each_claim_has_to_be_right(changes: dict[str, Any], fault: TokenFault | None) -> None:
    assert fault_of(signed(changed(GOOD, **changes))) == fault


@pytest.mark.parametrize(
    ("kind", "fault"),
    [("JWT", None), ("jwt", None), (None, None), ("at+jwt", TokenFault.TYPE), (["JWT"], TokenFault.TYPE)],
)
def test_idt_13_an_access_token_is_no_id_token(kind: Any, fault: TokenFault | None) -> None:
    assert fault_of(signed(GOOD, typ=kind)) == fault


def test_idt_02_other_algorithms_are_refused_before_a_key_is_looked_up() -> None:
    keys = Keys()
    for algorithm, key in (
        ("none", ""),
        ("HS256", "x" * 32),
        ("PS256", rsa_key("first")),
        ("RS512", rsa_key("first")),
    ):
        token = jwt.encode(GOOD, key, algorithm=algorithm, headers={"kid": "first"})
        with pytest.raises(TokenRefused, match=TokenFault.ALGORITHM):
            validator.front_channel_claims(token, keys, EXPECTED, code=CODE)
    assert not keys.asked


def test_idt_03_a_key_that_the_token_brings_along_is_ignored() -> None:
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key("a stranger's").public_key(), as_dict=True)
    headers = {
        "kid": "first",
        "jwk": jwk,
        "jku": "https://evil.example/keys",
        "x5u": "https://evil.example/cert",
    }
    token = jwt.encode(GOOD, rsa_key("a stranger's"), algorithm="RS256", headers=headers)
    assert fault_of(token) == TokenFault.SIGNATURE


@pytest.mark.parametrize(
    "token",
    [
        None,
        7,
        "",
        "a.b",
        "a.b.c",
        "é.é.é",
        "x" * 20_000,
        signed(GOOD) + ".x",
        signed(GOOD, crit=["unheard-of"]),
        "e30.e30.",
    ],
)
def test_what_is_no_token_is_refused(token: object) -> None:
    assert fault_of(token) in (TokenFault.MALFORMED, TokenFault.ALGORITHM)


@pytest.mark.parametrize(
    "payload", [b"[]", b"7", b"{", b'{"exp":' + b"[" * 9000, b"\xff", b'{"exp":' + b"9" * 9000 + b"}"]
)
def test_a_signed_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    token = jwt.PyJWS().encode(payload, rsa_key("first"), algorithm="RS256", headers={"kid": "first"})
    assert fault_of(token) == TokenFault.MALFORMED


def test_idt_04_an_unknown_key_is_refused() -> None:
    assert fault_of(signed(GOOD, kid="unknown")) == TokenFault.KEY


# -- The token endpoint ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"c_hash": MISSING}, None),
        ({"sid": MISSING}, None),
        ({"sid": "another"}, TokenFault.NOT_THE_SAME_PERSON),
        ({"sub": "john"}, TokenFault.NOT_THE_SAME_PERSON),
        ({"nonce": "another"}, TokenFault.NONCE),
        ({"at_hash": validator.left_half_hash("the access token")}, None),
        ({"at_hash": validator.left_half_hash("another")}, TokenFault.ACCESS_TOKEN_HASH),
        ({"at_hash": None}, TokenFault.ACCESS_TOKEN_HASH),
    ],
)
def test_idt_12_both_id_tokens_speak_of_one_person(changes: dict[str, Any], fault: TokenFault | None) -> None:
    token = signed(changed(GOOD, **changes))
    judge = validator.token_endpoint_claims
    assert fault_in(judge, token, access_token="the access token", first=GOOD) == fault


@pytest.mark.parametrize(
    ("changes", "headers", "fault"),
    [
        ({}, {"typ": "at+jwt"}, None),
        ({}, {"typ": "JWT"}, TokenFault.TYPE),
        ({"sub": "john"}, {"typ": "at+jwt"}, TokenFault.NOT_THE_SAME_PERSON),
        ({"iss": "https://another.example/id"}, {"typ": "at+jwt"}, TokenFault.ISSUER),
        ({"exp": NOW - 61}, {"typ": "at+jwt"}, TokenFault.EXPIRED),
        ({"client_id": "another"}, {"typ": "at+jwt"}, TokenFault.AUDIENCE),
    ],
)
def test_the_access_token_is_judged_too(
    changes: dict[str, Any], headers: Any, fault: TokenFault | None
) -> None:
    token = signed(changed(ACCESS, **changes), **headers)
    assert fault_in(validator.access_token_claims, token, subject="maria") == fault


# -- Real tokens -------------------------------------------------------------------------------------------------------


def test_the_hash_of_a_real_access_token_is_the_one_in_its_real_id_token() -> None:
    """From ErpNetDocs/dev, auth/getting-started/instance-id-web-portals.md: expired, and signed by an unknown key."""
    tokens = json.loads((Path(__file__).parent / "data" / "documented_tokens.json").read_text())
    claims = json.loads(urlsafe_b64decode(tokens["id_token"].split(".")[1] + "=="))
    assert claims["at_hash"] == validator.left_half_hash(tokens["access_token"])
    assert jwt.get_unverified_header(tokens["id_token"])["typ"] == "JWT"
    assert jwt.get_unverified_header(tokens["access_token"])["typ"] == "at+jwt"
    assert fault_of(tokens["access_token"]) == TokenFault.TYPE
    assert fault_of(tokens["id_token"]) == TokenFault.KEY


def test_what_the_real_tokens_say_is_believed_where_they_are_signed_by_a_known_key() -> None:
    """Their payloads to the letter, but for the hash of a state that nobody printed."""
    tokens = json.loads((Path(__file__).parent / "data" / "documented_tokens.json").read_text())
    said = {name: json.loads(urlsafe_b64decode(token.split(".")[1] + "==")) for name, token in tokens.items()}
    id_claims = {name: value for name, value in said["id_token"].items() if name != "s_hash"}
    expected = Expectations(
        issuer="https://e1-dev.local/id",
        client_id="PK",
        nonce=id_claims["nonce"],
        state="not printed",
        now=id_claims["iat"] + 1,
    )
    access_token = tokens["access_token"]
    judged = validator.token_endpoint_claims(
        signed(id_claims, typ="JWT"), Keys(), expected, access_token=access_token, first=None
    )
    assert judged == id_claims
    access = signed(said["access_token"], typ="at+jwt")
    claims = validator.access_token_claims(access, Keys(), expected, subject=judged["sub"])
    identity = read_identity(claims)
    assert str(identity.erp_id) == "9da64839-a8d0-491d-aebb-4d18fa42b014"
    assert (identity.login, identity.name, identity.email) == ("admin", "John Doe", "admin@mail.com")
    assert (identity.user_type, identity.email_verified, identity.language) == ("InternalUser", False, "bg")
    assert claims["is_admin"] == "true"
    assert read_boolean(claims["is_admin"], "is_admin") is True
