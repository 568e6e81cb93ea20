"""The OAuth server: Authlib's flows over the instance's users and Trusted Applications."""

import logging
from collections import defaultdict
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from werkzeug.wrappers import Request

from erpnet.sandbox.identity.application import Application
from erpnet.sandbox.identity.grants import CodeGrant, CodeIdToken, Codes, HybridGrant, ProofKey, ServiceGrant
from erpnet.sandbox.identity.tokens import ACCESS_TOKEN_SECONDS, SignIn, TokenMaker
from erpnet.sandbox.store import Store
from erpnet.sandbox.values import Row

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
    def __init__(self, store: Store, tokens: TokenMaker) -> None:
        super().__init__()
        self._store = store
        self.tokens = tokens
        self.codes = Codes()
        self.register_grant(CodeGrant, [CodeIdToken(tokens), ProofKey(required=False)])
        self.register_grant(HybridGrant, [ProofKey(required=False)])
        self.register_grant(ServiceGrant)
        self.register_token_generator("default", self._user_token)
        self.register_token_generator("client_credentials", self._service_token)

    def query_client(self, client_id: str) -> Application | None:
        """The enabled application with that ApplicationUri."""
        for row in self._store.table("Systems.Security.TrustedApplications"):
            if row["ApplicationUri"] == client_id and row.get("IsEnabled"):
                return Application(row)
        return None

    def user(self, login: str) -> Row | None:
        """The active user with that login, however it is typed."""
        for row in self._store.table("Systems.Security.Users"):
            if row["Login"].lower() == login.strip().lower() and row.get("Active"):
                return row
        return None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        """Tokens speak for themselves: none is kept."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Request) -> OAuth2Request:
        return _Request(request, f"{self.tokens.issuer}{request.path}")

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, Any, Any]:
        return status, body, headers

    def _user_token(self, *, client: Application, user: SignIn, scope: str, **_: object) -> dict[str, Any]:
        return _answer(self.tokens.user_token(client.get_client_id(), user, scope), scope)

    def _service_token(self, *, client: Application, scope: str | None, **_: object) -> dict[str, Any]:
        granted = client.service_scope(scope) or ""
        found = self._store.resolve(client.row["SystemUser"])
        return _answer(
            self.tokens.service_token(client.get_client_id(), found[1] if found else {}, granted), granted
        )


def _answer(token: str, scope: str) -> dict[str, Any]:
    return {"access_token": token, "expires_in": ACCESS_TOKEN_SECONDS, "token_type": "Bearer", "scope": scope}
