"""Authlib's OAuth flows, with ERP.net's tokens and one-time codes that are forgotten with the process."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from authlib.oidc.core.grants import OpenIDHybridGrant

from erpnet.sandbox.identity.application import Application
from erpnet.sandbox.identity.tokens import ID_TOKEN_SECONDS, SignIn, TokenMaker, user_claims

CODE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for until it is exchanged."""

    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    sign_in: SignIn
    expires: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.sign_in.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Codes:
    """Codes that wait to be exchanged: each works once, and soon."""

    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}
        self._lock = threading.Lock()

    def keep(self, code: str, request: OAuth2Request) -> None:
        data, now = request.payload.data, time.monotonic()
        kept = Code(
            client_id=request.client.get_client_id(),
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
            sign_in=request.user,
            expires=now + CODE_SECONDS,
        )
        with self._lock:
            self._codes = {one: value for one, value in self._codes.items() if value.expires > now}
            self._codes[code] = kept

    def take(self, code: str, client: Application) -> Code | None:
        """The code's meaning, once: whoever asks, whatever comes of it."""
        with self._lock:
            kept = self._codes.pop(code, None)
        if kept is None or kept.client_id != client.get_client_id() or kept.expires < time.monotonic():
            return None
        return kept


class ProofKey(CodeChallenge):
    """PKCE as ERP.net has it: not required of a confidential application, but S256 if it is used."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]


class IdToken:
    """How ID tokens are made, in the browser's answer and in the token endpoint's."""

    tokens: TokenMaker

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False

    def resolve_client_private_key(self, client: Application) -> Any:
        return self.tokens.keys.current

    def get_client_algorithm(self, client: Application) -> str:
        return "RS256"

    def get_encode_header(self, client: Application) -> dict[str, str]:
        return {"alg": "RS256", "kid": str(self.tokens.keys.current.kid), "typ": "JWT"}

    def get_client_claims(self, client: Application) -> dict[str, Any]:
        now = int(time.time())
        return {
            "nbf": now,
            "exp": now + ID_TOKEN_SECONDS,
            "iss": self.tokens.issuer,
            "aud": client.get_client_id(),
            "iat": now,
        }

    def generate_user_info(self, user: SignIn, scope: str) -> dict[str, Any]:
        return user_claims(user)


class CodeGrant(AuthorizationCodeGrant):
    """Sign-in with a code alone; also the exchange of any code for tokens."""

    DEFAULT_RESPONSE_MODE = "query"

    def create_granted_params(self, sign_in: SignIn) -> list[tuple[str, str]]:
        self.request.user = sign_in
        code = self.generate_authorization_code()
        self.save_authorization_code(code, self.request)
        return [("code", code), ("scope", self.request.scope)]

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        self.server.codes.keep(code, request)

    def query_authorization_code(self, code: str, client: Application) -> Code | None:
        return self.server.codes.take(code, client)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Nothing is left to delete: a code is forgotten when it is taken."""

    def authenticate_user(self, authorization_code: Code) -> SignIn:
        return authorization_code.sign_in


class HybridGrant(IdToken, OpenIDHybridGrant):
    """Sign-in with a code and an ID token in one answer to the browser."""

    RESPONSE_TYPES = {"code id_token"}
    DEFAULT_RESPONSE_MODE = "form_post"

    def __init__(self, request: OAuth2Request, server: Any) -> None:
        super().__init__(request, server)
        self.tokens = server.tokens

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        self.server.codes.keep(code, request)


class CodeIdToken(IdToken, OpenIDCode):
    """Adds the ID token to the answer of the token endpoint."""

    def __init__(self, tokens: TokenMaker) -> None:
        super().__init__()
        self.tokens = tokens


class ServiceGrant(ClientCredentialsGrant):
    """The application as itself, under its system user."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]

    def validate_requested_scope(self) -> None:
        if self.request.client.service_scope(self.request.payload.scope) is None:
            raise InvalidScopeError("The scope is not one of this application's.")
