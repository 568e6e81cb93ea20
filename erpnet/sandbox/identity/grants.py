"""Authlib's OAuth flows with ERP.net's tokens."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from authlib.oidc.core.grants import OpenIDHybridGrant

from erpnet.sandbox.identity.application import Application
from erpnet.sandbox.identity.codes import Grant
from erpnet.sandbox.identity.tokens import SignIn

ANY_APPLICATION = ["client_secret_post", "client_secret_basic", "none"]
CONFIDENTIAL = ["client_secret_post", "client_secret_basic"]


class ProofKey(CodeChallenge):
    """PKCE as ERP.net has it: S256 or nothing, and nothing is for confidential applications alone."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        try:
            super().validate_code_verifier(grant, result)
        except InvalidGrantError:
            raise InvalidGrantError("PKCE verification failed") from None


class CodeIdToken(OpenIDCode):
    """Adds the ID token to the answer of the token endpoint."""

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False

    def process_token(self, grant: Any, response: Any) -> None:
        request, token = grant.request, response[1]
        if "openid" in token["scope"].split():
            token["id_token"] = grant.server.tokens.id_token(
                request.client.get_client_id(), request.user, access_token=token["access_token"]
            )


class CodeGrant(AuthorizationCodeGrant):
    """Sign-in with a code alone; also the exchange of any code for tokens."""

    DEFAULT_RESPONSE_MODE = "query"
    TOKEN_ENDPOINT_AUTH_METHODS = ANY_APPLICATION

    def create_granted_params(self, sign_in: SignIn) -> list[tuple[str, str]]:
        self.request.user = sign_in
        code = self.generate_authorization_code()
        self.save_authorization_code(code, self.request)
        return [("code", code), ("scope", self.request.scope)]

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        self.server.grants.keep_code(code, request)

    def query_authorization_code(self, code: str, client: Application) -> Grant | None:
        return self.server.grants.take_code(code, client)

    def delete_authorization_code(self, authorization_code: Grant) -> None:
        """Nothing is left to delete: a code is forgotten when it is taken."""

    def authenticate_user(self, authorization_code: Grant) -> SignIn | None:
        """Who signed in, unless the person or the application lost the right to it since."""
        return self.server.still_admitted(authorization_code, self.request.client)


class HybridGrant(OpenIDHybridGrant):
    """Sign-in with a code and an ID token in one answer to the browser."""

    RESPONSE_TYPES = {"code id_token"}
    DEFAULT_RESPONSE_MODE = "form_post"

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        return False

    def create_granted_params(self, sign_in: SignIn) -> list[tuple[str, str]]:
        self.request.user = sign_in
        code = self.generate_authorization_code()
        self.server.grants.keep_code(code, self.request)
        id_token = self.server.tokens.id_token(self.request.client.get_client_id(), sign_in, code=code)
        return [("code", code), ("id_token", id_token), ("scope", self.request.scope)]


class RefreshGrant(RefreshTokenGrant):
    """A new access token for a person who signed in a while ago, and a new refresh token in the old one's place."""

    TOKEN_ENDPOINT_AUTH_METHODS = ANY_APPLICATION
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Grant | None:
        grant = self.server.grants.take_refresh_token(refresh_token, self.request.client)
        if grant is None or self.server.still_admitted(grant, self.request.client) is None:
            raise InvalidGrantError("refresh token is expired or invalid")
        return grant

    def authenticate_user(self, refresh_token: Grant) -> SignIn | None:
        return self.server.still_admitted(refresh_token, self.request.client)

    def revoke_old_credential(self, refresh_token: Grant) -> None:
        """Nothing is left to revoke: a refresh token is forgotten when it is taken."""


class ServiceGrant(ClientCredentialsGrant):
    """The application as itself, under its system user."""

    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL

    def validate_requested_scope(self) -> None:
        if self.request.client.service_scope(self.request.payload.scope) is None:
            raise InvalidScopeError
