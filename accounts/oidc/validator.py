"""Whether a token may be believed: pure functions of a token, the issuer's keys and what we expect.

They return the claims or raise `TokenRefused`, and know nothing of Django.
Follows OpenID Connect Core 3.1.3.7 (ID tokens), 3.3.2.10 to 3.3.3.7 (the two ID tokens of the hybrid flow) and
RFC 9068 (access tokens typed `at+jwt`), with RS256 as the only algorithm.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import jwt

from erpnet.exceptions import UnknownSigningKey

ALGORITHM = "RS256"
LEEWAY_SECONDS = 60
LONGEST_AGE_SECONDS = 600
LONGEST_TOKEN = 16_384
_FARTHEST_FUTURE = 1e11

Claims = Mapping[str, Any]

_JWS = jwt.PyJWS(
    algorithms=[ALGORITHM], options={"verify_signature": True, "enforce_minimum_key_length": True}
)


class TokenFault(StrEnum):
    """What was wrong with a token: for the audit trail, never for the page."""

    MALFORMED = "malformed"
    TYPE = "wrong_type"
    ALGORITHM = "algorithm_not_allowed"
    KEY = "key_unknown"
    SIGNATURE = "signature_wrong"
    ISSUER = "issuer_wrong"
    AUDIENCE = "audience_wrong"
    AUTHORIZED_PARTY = "authorized_party_wrong"
    SUBJECT = "subject_missing"
    TIMES_MISSING = "times_missing"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    TOO_OLD = "too_old"
    NOT_FRESH = "auth_time_too_old"
    NONCE = "nonce_wrong"
    CODE_HASH = "c_hash_wrong"
    STATE_HASH = "s_hash_wrong"
    ACCESS_TOKEN_HASH = "at_hash_wrong"  # noqa: S105 - a fault's name
    NOT_THE_SAME_PERSON = "differs_from_first_token"


class TokenRefused(Exception):
    def __init__(self, fault: TokenFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Keys(Protocol):
    """The issuer's signing keys. `kid` is None for a token that names no key. Raises UnknownSigningKey."""

    def key_for(self, kid: str | None) -> jwt.PyJWK: ...


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the tokens of one sign-in must say, and the time (seconds since the epoch) at which they are judged.

    `authenticated_since` is set where the person had to sign in anew: an `auth_time` of before will not do.
    """

    issuer: str
    client_id: str
    nonce: str
    state: str
    now: float
    authenticated_since: float | None = None


def front_channel_claims(token: object, keys: Keys, expected: Expectations, *, code: str) -> Claims:
    """The claims of the ID token that came through the browser beside `code`."""
    claims = _id_token_claims(token, keys, expected)
    _demand(_hash_matches(claims.get("c_hash"), code), TokenFault.CODE_HASH)
    return claims


def token_endpoint_claims(
    token: object, keys: Keys, expected: Expectations, *, access_token: str, first: Claims | None
) -> Claims:
    """The claims of the ID token that the token endpoint gave; `first` are those of the front channel, if any."""
    claims = _id_token_claims(token, keys, expected)
    _demand(
        "at_hash" not in claims or _hash_matches(claims["at_hash"], access_token),
        TokenFault.ACCESS_TOKEN_HASH,
    )
    _demand(expected.authenticated_since is None or "auth_time" in claims, TokenFault.NOT_FRESH)
    if first is not None:
        _demand(
            claims["iss"] == first["iss"] and claims["sub"] == first["sub"], TokenFault.NOT_THE_SAME_PERSON
        )
        both_name_session = "sid" in claims and "sid" in first
        _demand(not both_name_session or claims["sid"] == first["sid"], TokenFault.NOT_THE_SAME_PERSON)
    return claims


def access_token_claims(token: object, keys: Keys, expected: Expectations, *, subject: str) -> Claims:
    """The claims of the user's access token, which alone carries the GUID. It must speak of `subject` too."""
    claims = _verified(token, keys, types=("at+jwt", "application/at+jwt"))
    _check_issuer_and_times(claims, expected, required=("exp",))
    _demand(claims.get("client_id", expected.client_id) == expected.client_id, TokenFault.AUDIENCE)
    _demand(claims.get("sub") == subject, TokenFault.NOT_THE_SAME_PERSON)
    return claims


def left_half_hash(value: str) -> str:
    """What `c_hash`, `s_hash` and `at_hash` are made of under RS256: the left half of SHA-256, in base64url."""
    return urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


def _id_token_claims(token: object, keys: Keys, expected: Expectations) -> Claims:
    claims = _verified(token, keys, types=("jwt", None))
    _check_issuer_and_times(claims, expected, required=("exp", "iat"))
    _check_authentication_time(claims, expected)
    _demand(claims.get("aud") in (expected.client_id, [expected.client_id]), TokenFault.AUDIENCE)
    _demand(claims.get("azp", expected.client_id) == expected.client_id, TokenFault.AUTHORIZED_PARTY)
    _demand(_is_text(claims.get("sub")), TokenFault.SUBJECT)
    _demand(_same(claims.get("nonce"), expected.nonce), TokenFault.NONCE)
    _demand("s_hash" not in claims or _hash_matches(claims["s_hash"], expected.state), TokenFault.STATE_HASH)
    return claims


def _verified(token: object, keys: Keys, *, types: tuple[str | None, ...]) -> Claims:
    """The payload of a token whose signature is right. The header decides only which of the issuer's keys to try."""
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN:
        raise TokenRefused(TokenFault.MALFORMED)
    try:
        header = _JWS.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError):
        raise TokenRefused(TokenFault.MALFORMED) from None
    _demand(header.get("alg") == ALGORITHM, TokenFault.ALGORITHM)
    _demand(_type_of(header) in types, TokenFault.TYPE)
    try:
        key = keys.key_for(header.get("kid"))
        claims = json.loads(_JWS.decode(token, key, algorithms=[ALGORITHM]))
    except UnknownSigningKey:
        raise TokenRefused(TokenFault.KEY) from None
    except jwt.PyJWTError:
        raise TokenRefused(TokenFault.SIGNATURE) from None
    except (ValueError, RecursionError):
        raise TokenRefused(TokenFault.MALFORMED) from None
    if not isinstance(claims, dict):
        raise TokenRefused(TokenFault.MALFORMED)
    return claims


def _check_issuer_and_times(claims: Claims, expected: Expectations, *, required: tuple[str, ...]) -> None:
    _demand(_is_text(claims.get("iss")) and claims["iss"] == expected.issuer, TokenFault.ISSUER)
    for name in ("exp", "iat", "nbf"):
        if name in claims or name in required:
            _demand(_is_time(claims.get(name)), TokenFault.TIMES_MISSING)
    latest, earliest = expected.now + LEEWAY_SECONDS, expected.now - LEEWAY_SECONDS
    _demand(claims["exp"] > earliest, TokenFault.EXPIRED)
    _demand(claims.get("iat", expected.now) <= latest, TokenFault.NOT_YET_VALID)
    _demand(claims.get("nbf", expected.now) <= latest, TokenFault.NOT_YET_VALID)
    _demand(claims.get("iat", expected.now) >= expected.now - LONGEST_AGE_SECONDS, TokenFault.TOO_OLD)


def _check_authentication_time(claims: Claims, expected: Expectations) -> None:
    """`auth_time` says when the person proved who she is, which may be long before the token was made."""
    if "auth_time" not in claims:
        return
    _demand(_is_time(claims["auth_time"]), TokenFault.TIMES_MISSING)
    _demand(claims["auth_time"] <= expected.now + LEEWAY_SECONDS, TokenFault.NOT_YET_VALID)
    since = expected.authenticated_since
    _demand(since is None or claims["auth_time"] >= since - LEEWAY_SECONDS, TokenFault.NOT_FRESH)


def _demand(condition: bool, fault: TokenFault) -> None:
    if not condition:
        raise TokenRefused(fault)


def _hash_matches(claimed: object, value: str) -> bool:
    return _same(claimed, left_half_hash(value))


def _same(claimed: object, wanted: str) -> bool:
    return isinstance(claimed, str) and hmac.compare_digest(claimed.encode(errors="replace"), wanted.encode())


def _type_of(header: Mapping[str, Any]) -> str | None:
    kind = header.get("typ")
    return kind.lower() if isinstance(kind, str) else kind


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_time(value: object) -> bool:
    """A plausible count of seconds: JSON as Python reads it also knows NaN, Infinity and numbers of any length."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _FARTHEST_FUTURE
