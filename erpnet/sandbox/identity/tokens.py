"""Tokens with the claims that ERP.net's carry: who signed in, or which service acts.

Shapes: https://docs.erp.net/dev/auth/tokens/access-tokens.html
"""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from erpnet.sandbox.identity.keys import SigningKeys
from erpnet.sandbox.values import Row

ID_TOKEN_SECONDS = 300
ACCESS_TOKEN_SECONDS = 3600
API_AUDIENCE = ("DomainAPI", "TableAPI", "OLAP", "AppServer")


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person signed in for one authorization request."""

    user: Row
    sid: str
    auth_time: int
    state: str | None = None


def half_hash(text: str) -> str:
    """The left half of the SHA-256 of a text, as at_hash, c_hash and s_hash have it."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


def user_claims(sign_in: SignIn) -> dict[str, Any]:
    """What an ID token says beyond who made it and for whom."""
    claims: dict[str, Any] = {"s_hash": half_hash(sign_in.state)} if sign_in.state else {}
    return claims | {
        "sid": sign_in.sid,
        "sub": sign_in.user["Login"],
        "auth_time": sign_in.auth_time,
        "idp": "local",
        "amr": ["pwd"],
    }


class TokenMaker:
    def __init__(self, keys: SigningKeys, issuer: str, database: str) -> None:
        self.keys = keys
        self.issuer = issuer
        self._database = database

    def user_token(self, client_id: str, sign_in: SignIn, scope: str) -> str:
        user = sign_in.user
        return self._access_token(
            client_id,
            scope,
            {
                "aud": f"{self.issuer}/resources",
                "sub": user["Login"],
                "auth_time": sign_in.auth_time,
                "idp": "local",
                "id": user["Id"],
                "name": user["Name"]["EN"],
                "email": user.get("Email"),
                "user_type": user["UserType"],
                "is_admin": str(user.get("IsAdmin", False)).lower(),
                "email_verified": str(user.get("EmailConfirmed", False)).lower(),
                "db": self._database,
                "locale": user.get("DefaultLanguage", "en"),
                "sid": sign_in.sid,
                "amr": ["pwd"],
            },
        )

    def service_token(self, client_id: str, system_user: Row, scope: str) -> str:
        return self._access_token(
            client_id,
            scope,
            {
                "aud": [*API_AUDIENCE, f"{self.issuer}/resources"],
                "client_system_user": system_user["Login"],
                "client_system_user_type": system_user["UserType"],
                "client_db": self._database,
            },
        )

    def _access_token(self, client_id: str, scope: str, claims: dict[str, Any]) -> str:
        now = int(time.time())
        standard = {"nbf": now, "exp": now + ACCESS_TOKEN_SECONDS, "iss": self.issuer, "client_id": client_id}
        made = {"jti": secrets.token_hex(16).upper(), "iat": now, "scope": scope.split()}
        key = self.keys.current
        header = {"alg": "RS256", "kid": key.kid, "typ": "at+jwt"}
        return jwt.encode(header, standard | claims | made, key)

    def read(self, token: str, kind: str) -> dict[str, Any] | None:
        """The claims of a token that this instance signed as `kind`, expired or not; None for anything else."""
        try:
            decoded = jwt.decode(token, self.keys.all(), algorithms=["RS256"])
        except (JoseError, ValueError):
            return None
        if decoded.header.get("typ") != kind or decoded.claims.get("iss") != self.issuer:
            return None
        return decoded.claims
