"""Tokens with the claims that ERP.net's carry: who signed in, or which service acts.

Shapes: https://docs.erp.net/dev/auth/tokens/access-tokens.html
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from erpnet.sandbox.identity.application import API_SCOPES
from erpnet.sandbox.identity.keys import SigningKeys
from erpnet.sandbox.values import Row

ID_TOKEN_SECONDS = 300
ACCESS_TOKEN_SECONDS = 3600
API_AUDIENCE = ("DomainAPI", "TableAPI", "OLAP", "AppServer")
ID_TOKEN, ACCESS_TOKEN = "JWT", "at+jwt"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person signed in for one authorization request."""

    user: Row
    sid: str
    auth_time: int
    state: str | None = None
    nonce: str | None = None


def half_hash(text: str) -> str:
    """The left half of the SHA-256 of a text, as at_hash, c_hash and s_hash have it."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


class TokenMaker:
    """Makes and reads the tokens of one instance. Every token that it makes passes through `sign`."""

    def __init__(self, keys: SigningKeys, issuer: str, database: str) -> None:
        self.keys = keys
        self.issuer = issuer
        self.clock: Callable[[], float] = time.time
        self._database = database

    def id_token(
        self, client_id: str, sign_in: SignIn, *, code: str | None = None, access_token: str | None = None
    ) -> str:
        """With `code` the one that travels through the browser, with `access_token` the token endpoint's."""
        told = {
            "nonce": sign_in.nonce,
            "at_hash": half_hash(access_token) if access_token else None,
            "c_hash": half_hash(code) if code else None,
            "s_hash": half_hash(sign_in.state) if sign_in.state else None,
        }
        claims = {
            **self._standard(ID_TOKEN_SECONDS),
            "aud": client_id,
            **{name: value for name, value in told.items() if value},
            **_person(sign_in),
        }
        return self.sign(self._header(ID_TOKEN), claims)

    def user_token(self, client_id: str, sign_in: SignIn, scope: str) -> str:
        user, resources = sign_in.user, f"{self.issuer}/resources"
        calls_api = bool(API_SCOPES & set(scope.split()))
        about = {
            "aud": [*API_AUDIENCE, resources] if calls_api else resources,
            **_person(sign_in),
            "id": user["Id"],
            "name": user["Name"]["EN"],
            "email": user.get("Email"),
            "user_type": user["UserType"],
            "is_admin": str(user.get("IsAdmin", False)).lower(),
            "email_verified": str(user.get("EmailConfirmed", False)).lower(),
            "db": self._database,
            "locale": user.get("DefaultLanguage", "en"),
        }
        return self._access_token(client_id, scope, about)

    def service_token(self, client_id: str, system_user: Row, scope: str) -> str:
        about = {
            "aud": [*API_AUDIENCE, f"{self.issuer}/resources"],
            "client_system_user": system_user["Login"],
            "client_system_user_type": system_user["UserType"],
            "client_db": self._database,
        }
        return self._access_token(client_id, scope, about)

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        return jwt.encode(header, claims, self.keys.current)

    def read(self, token: str, kind: str) -> dict[str, Any] | None:
        """The claims of a token that this instance signed as `kind`, expired or not; None for anything else."""
        try:
            decoded = jwt.decode(token, self.keys.all(), algorithms=["RS256"])
        except (JoseError, ValueError):
            return None
        header, claims = decoded.header, decoded.claims
        if header.get("typ") != kind or not header.get("kid") or claims.get("iss") != self.issuer:
            return None
        return claims

    def read_service_token(self, token: str) -> dict[str, Any] | None:
        """The claims of a service's token that is good for the API now; a person's token never is."""
        claims = self.read(token, ACCESS_TOKEN)
        if claims is None or not claims["nbf"] <= self.clock() < claims["exp"]:
            return None
        is_for_the_api = isinstance(claims["aud"], list) and "DomainAPI" in claims["aud"]
        return claims if is_for_the_api and "client_system_user" in claims else None

    def _access_token(self, client_id: str, scope: str, about: dict[str, Any]) -> str:
        claims = {
            **self._standard(ACCESS_TOKEN_SECONDS),
            "client_id": client_id,
            **about,
            "jti": secrets.token_hex(16).upper(),
            "scope": scope.split(),
        }
        return self.sign(self._header(ACCESS_TOKEN), claims)

    def _header(self, kind: str) -> dict[str, Any]:
        return {"alg": "RS256", "kid": self.keys.current.kid, "typ": kind}

    def _standard(self, seconds: int) -> dict[str, Any]:
        now = int(self.clock())
        return {"nbf": now, "exp": now + seconds, "iss": self.issuer, "iat": now}


def _person(sign_in: SignIn) -> dict[str, Any]:
    """What both tokens say of a person's sign-in."""
    return {
        "sid": sign_in.sid,
        "sub": sign_in.user["Login"],
        "auth_time": sign_in.auth_time,
        "idp": "local",
        "amr": ["pwd"],
    }
