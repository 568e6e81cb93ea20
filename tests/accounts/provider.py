"""An OpenID provider inside the test, as the Instance ID is one, that can be told to misbehave."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

import jwt
import responses
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from requests import PreparedRequest

from accounts.oidc.validator import left_half_hash
from erpnet.config import TrustedApplication

PORTAL = "http://localhost:8000"
SECRET = "a client secret that is long enough for HMAC"
MARIA = uuid.UUID("9da64837-a8d0-491d-aebb-4d18fa42b014")

Change = Callable[[dict[str, Any]], object]
_numbers = itertools.count(1)


@lru_cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """A key of that name, made once a test run: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@lru_cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(slots=True)
class TokenRecipe:
    """How one kind of token is made. Tests change it; `change` edits the claims in place just before signing."""

    change: Change = lambda claims: None
    headers: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any], dict[str, Any]], str] | None = None


@dataclass(slots=True)
class Grant:
    nonce: str
    state: str
    challenge: str
    redirect_uri: str


class Provider:
    """Reached by the code under test over HTTP (`responses`); tests play the browser through `authorize`."""

    def __init__(self, http: responses.RequestsMock, *, response_type: str, response_mode: str) -> None:
        # Each has a host of its own, so that nothing the portal keeps of one is taken for another's.
        self.root = f"https://instance-{next(_numbers)}.example"
        self.issuer = f"{self.root}/id"
        self.application = TrustedApplication(
            instance_url=self.root,
            application_uri="portal.tests",
            application_secret=SECRET,
            impersonate_login_urls=(f"{PORTAL}/signin-callback",),
            impersonate_logout_urls=(f"{PORTAL}/signout-callback",),
            response_type=response_type,
            response_mode=response_mode,
        )
        self.key_names = ["first"]
        self.published: list[str] | None = None
        self.jwks_uri = f"{self.issuer}/keys-{uuid.uuid4().hex}"
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/connect/authorize",
            "token_endpoint": f"{self.issuer}/connect/token",
            "end_session_endpoint": f"{self.issuer}/connect/endsession",
            "jwks_uri": self.jwks_uri,
        }
        self.front, self.back, self.access = TokenRecipe(), TokenRecipe(), TokenRecipe()
        self.person: dict[str, Any] = {
            "id": str(MARIA),
            "name": "Maria Ivanova",
            "email": "maria@rila-textiles.example",
            "email_verified": "false",
            "user_type": "ExternalCommunityUser",
            "is_admin": "true",
            "locale": "bg",
        }
        self.subject = "maria@rila-textiles.example"
        self.before_token_answer: Callable[[], object] = lambda: None
        self.token_answer: tuple[int, dict[str, str], str] | Exception | None = None
        self.token_requests: list[dict[str, str]] = []
        self.issued: list[str] = []
        self.grants: dict[str, Grant] = {}
        self._serve(http)

    # -- What the browser sees ---------------------------------------------------------------------------------------

    def authorize(self, location: str) -> dict[str, str]:
        """The parameters that the browser brings back to the portal after a sign-in at `location`."""
        asked = dict(parse_qsl(urlsplit(location).query))
        code = uuid.uuid4().hex
        grant = Grant(asked["nonce"], asked["state"], asked["code_challenge"], asked["redirect_uri"])
        self.grants[code] = grant
        self.issued.append(code)
        answer = {"code": code, "state": asked["state"]}
        if "id_token" in asked["response_type"].split():
            answer["id_token"] = self._id_token(self.front, grant, c_hash=left_half_hash(code))
        return answer

    # -- What the portal's server sees -------------------------------------------------------------------------------

    def _serve(self, http: responses.RequestsMock) -> None:
        http.get(f"{self.root}/tools/auto-discovery", status=404)
        http.get(f"{self.root}/sys/auto-discovery", status=404)
        self._dynamic(http, "GET", f"{self.issuer}/.well-known/openid-configuration", lambda _: self.metadata)
        self._dynamic(http, "GET", self.jwks_uri, lambda _: self._jwks())
        http.add_callback("POST", self.metadata["token_endpoint"], self._token)

    def _dynamic(self, http: responses.RequestsMock, method: str, url: str, answer: Any) -> None:
        http.add_callback(method, url, lambda request: (200, {}, json.dumps(answer(request))))

    def _jwks(self) -> dict[str, Any]:
        names = self.key_names if self.published is None else self.published
        return {"keys": [self._jwk(name) for name in names]}

    def _jwk(self, name: str) -> dict[str, Any]:
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key(name).public_key(), as_dict=True)
        return {**jwk, "kid": name, "use": "sig"}

    def _token(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        form = dict(parse_qsl(_text(request.body)))
        self.token_requests.append(dict(form))
        if self.metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_basic"]:
            pair = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
            form["client_id"], form["client_secret"] = map(unquote_plus, pair.split(":"))
        if isinstance(self.token_answer, Exception):
            raise self.token_answer
        if self.token_answer is not None:
            return self.token_answer
        grant = self.grants.pop(form["code"], None)
        if grant is None or not self._is_right(form, grant):
            return 400, {}, json.dumps({"error": "invalid_grant"})
        self.before_token_answer()
        access_token = self._access_token()
        id_token = self._id_token(self.back, grant, at_hash=left_half_hash(access_token))
        answer = {
            "id_token": id_token,
            "access_token": access_token,
            "expires_in": 3600,
            "scope": "openid profile",
        }
        return 200, {}, json.dumps(answer)

    def _is_right(self, form: dict[str, str], grant: Grant) -> bool:
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        return (
            form["grant_type"] == "authorization_code"
            and form["client_id"] == self.application.application_uri
            and form["client_secret"] == SECRET
            and form["redirect_uri"] == grant.redirect_uri
            and challenge == grant.challenge
        )

    # -- Tokens ------------------------------------------------------------------------------------------------------

    def _id_token(self, recipe: TokenRecipe, grant: Grant, **hashes: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.application.application_uri,
            "sub": self.subject,
            "nbf": now,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.nonce,
            "s_hash": left_half_hash(grant.state),
            "sid": "D1FEDFDE4CB32300D26C265B9BD374FB",
            "auth_time": now,
            "idp": "local",
            "amr": ["pwd"],
            **hashes,
        }
        return self._sign(recipe, claims, {"typ": "JWT"})

    def _access_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": f"{self.issuer}/resources",
            "client_id": self.application.application_uri,
            "sub": self.subject,
            "nbf": now,
            "iat": now,
            "exp": now + 3600,
            "scope": ["openid", "profile"],
            **self.person,
        }
        return self._sign(self.access, claims, {"typ": "at+jwt"})

    def _sign(self, recipe: TokenRecipe, claims: dict[str, Any], headers: dict[str, Any]) -> str:
        recipe.change(claims)
        headers = {"kid": self.key_names[-1], **headers, **recipe.headers}
        headers = {name: value for name, value in headers.items() if value is not None}
        if recipe.sign is not None:
            token = recipe.sign(claims, headers)
        else:
            token = jwt.encode(claims, rsa_key(self.key_names[-1]), algorithm="RS256", headers=headers)
        self.issued.append(token)
        return token


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body)
