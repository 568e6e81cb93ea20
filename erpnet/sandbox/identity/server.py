"""The OAuth server: Authlib's flows over the instance's users and Trusted Applications."""

import logging
from collections import defaultdict
from dataclasses import replace
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from werkzeug.wrappers import Request

from erpnet.sandbox.identity.application import RESPONSE_TYPES, SIGN_IN_FLAGS, Application
from erpnet.sandbox.identity.codes import Grant, Grants
from erpnet.sandbox.identity.grants import (
    CodeGrant,
    CodeIdToken,
    HybridGrant,
    ProofKey,
    RefreshGrant,
    ServiceGrant,
)
from erpnet.sandbox.identity.tokens import ACCESS_TOKEN_SECONDS, SignIn, TokenMaker
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row, now_text

# At debug level Authlib logs whole tokens.
logging.getLogger("authlib").setLevel(logging.INFO)


class _Payload(BasicOAuth2Payload):
    def __init__(self, values: Any) -> None:
        super().__init__(values.to_dict())
        self._datalist = defaultdict(list, values.to_dict(flat=False))


class _Request(OAuth2Request):
    """A web request as Authlib wants to see it."""

    def __init__(self, request: Request, uri: str) -> None:
        super().__init__(request.method, uri, headers=request.headers)
        self.payload = _Payload(request.form if request.path.endswith("/token") else request.args)
        self._form = request.form

    @property
    def form(self) -> Any:
        return self._form


class OAuthServer(AuthorizationServer):
    """`tokens` makes every token, `metadata` and `published_keys` are what it tells of itself."""

    def __init__(self, store: Store, tokens: TokenMaker) -> None:
        super().__init__()
        self._store = store
        self.tokens = tokens
        self.grants = Grants()
        self.register_grant(CodeGrant, [CodeIdToken(), ProofKey(required=True)])
        self.register_grant(HybridGrant, [ProofKey(required=True)])
        self.register_grant(RefreshGrant)
        self.register_grant(ServiceGrant)
        self.register_token_generator("default", self._user_token)
        self.register_token_generator("client_credentials", self._service_token)

    def metadata(self) -> dict[str, Any]:
        """The discovery document. Docs: https://docs.erp.net/dev/auth/concepts/identity-server.html"""
        issuer = self.tokens.issuer
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/.well-known/openid-configuration/jwks",
            "authorization_endpoint": f"{issuer}/connect/authorize",
            "token_endpoint": f"{issuer}/connect/token",
            "end_session_endpoint": f"{issuer}/connect/endsession",
            "scopes_supported": ["openid", "profile", "offline_access", "read", "update"],
            "claims_supported": ["sub", "auth_time", "idp", "amr", "sid"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "response_types_supported": sorted(RESPONSE_TYPES),
            "response_modes_supported": ["form_post", "query"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "code_challenge_methods_supported": ["S256"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }

    def published_keys(self) -> dict[str, Any]:
        return self.tokens.keys.published()

    def query_client(self, client_id: str) -> Application | None:
        """The enabled application with that ApplicationUri."""
        with self._store.lock:
            for row in self._store.table("Systems.Security.TrustedApplications"):
                if (
                    row["ApplicationUri"] == client_id
                    and row.get("IsEnabled")
                    and row["ClientType"] != "None"
                ):
                    return Application(row, self._system_user(row))
        return None

    def user(self, login: str) -> Row | None:
        """The user with that login, however it is typed, unless inactive, locked out or of a kind without login."""
        with self._store.lock:
            for row in self._store.table("Systems.Security.Users"):
                if row["Login"].lower() == login.strip().lower():
                    can_log_in = row.get("Active") and row["UserType"] in SIGN_IN_FLAGS
                    return row if can_log_in and (row.get("LockoutEndUtc") or "") <= now_text() else None
        return None

    def service_claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that the API accepts: a service's, whose application is enabled still."""
        claims = self.tokens.read_service_token(token)
        client = self.query_client(claims["client_id"]) if claims else None
        return claims if client and client.system_user else None

    def still_admitted(self, grant: Grant, client: Application) -> SignIn | None:
        """Who signed in, as they stand now; None where the person or the application lost the right to it."""
        user = self.user(grant.sign_in.user["Login"])
        if user is None or not client.admits(user) or client.get_allowed_scope(grant.scope) is None:
            return None
        return (
            replace(grant.sign_in, user=user) if client.scope_for(user, grant.scope) == grant.scope else None
        )

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Put a refresh token beside the access token of a person who stays away and asked for it."""
        earlier = request.refresh_token
        grant = earlier or request.authorization_code
        if grant and "offline_access" in grant.scope.split():
            token["refresh_token"] = self.grants.new_refresh_token(grant, renewed=earlier is not None)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Request) -> OAuth2Request:
        return _Request(request, f"{self.tokens.issuer}{request.path}")

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, headers

    def _system_user(self, row: Row) -> Row | None:
        """The service's user, if there is one; people from outside get no access to the API in any guise."""
        found = self._store.resolve(row.get("SystemUser"))
        is_fit = found and found[1].get("Active") and found[1]["UserType"] != "ExternalCommunityUser"
        return found[1] if found and is_fit else None

    def _user_token(self, *, client: Application, user: SignIn, scope: str, **_: object) -> dict[str, Any]:
        return _answer(self.tokens.user_token(client.get_client_id(), user, scope), scope)

    def _service_token(self, *, client: Application, scope: str | None, **_: object) -> dict[str, Any]:
        granted = client.service_scope(scope) or ""
        return _answer(
            self.tokens.service_token(client.get_client_id(), client.system_user or {}, granted), granted
        )


def _answer(token: str, scope: str) -> dict[str, Any]:
    return {"access_token": token, "expires_in": ACCESS_TOKEN_SECONDS, "token_type": "Bearer", "scope": scope}
