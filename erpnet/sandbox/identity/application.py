"""A Trusted Application as an OAuth client: what its row in the Domain API allows it.

Rules: https://docs.erp.net/dev/auth/configuration/trusted-apps-access.html
"""

import base64
import hashlib
import hmac

from authlib.oauth2.rfc6749 import ClientMixin

from erpnet.sandbox.values import Row

# Part of the protocol, never of an application's registration.
PROTOCOL_SCOPES = {"openid", "profile", "offline_access"}
API_SCOPES = {"read", "update"}
RESPONSE_TYPES = {"code", "code id_token"}
SIGN_IN_FLAGS = {
    "InternalUser": "ImpersonateAsInternalUserAllowed",
    "ExternalCommunityUser": "ImpersonateAsCommunityUserAllowed",
}


def secret_hash(secret: str) -> str:
    return base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode()


class Application(ClientMixin):
    """`system_user` is the active user that the application acts as when it is a service, None without one."""

    def __init__(self, row: Row, system_user: Row | None) -> None:
        self.row = row
        self.system_user = system_user
        self.login_urls = _list(row.get("ImpersonateLoginUrl"))
        self.logout_urls = _list(row.get("ImpersonateLogoutUrl"))
        # `sec` and `DomainApi` may stand in a registration, but no application outside of ERP.net gets them.
        self.scopes = [one for one in (row.get("Scope") or "").split() if one in API_SCOPES]
        self.is_public = row["ClientType"] == "Public"

    def get_client_id(self) -> str:
        return str(self.row["ApplicationUri"])

    def get_default_redirect_uri(self) -> str | None:
        """Nothing is guessed: a request names its redirect_uri."""
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scopes of a sign-in, all of its own where none is asked for; None if it asks for more than it has."""
        asked = (scope or " ".join(self.scopes)).split()
        if not asked or not set(asked) <= PROTOCOL_SCOPES | set(self.scopes):
            return None
        return " ".join(dict.fromkeys(asked))

    def scope_for(self, user: Row, scope: str) -> str:
        """What of `scope` a person of that kind is granted: people from outside never get at the API."""
        refused = set() if user["UserType"] == "InternalUser" else API_SCOPES
        if self.is_public:
            refused = refused | {"offline_access"}
        return " ".join(one for one in scope.split() if one not in refused)

    def service_scope(self, scope: str | None) -> str | None:
        """The scopes of a service: all where none is asked for, never those that need a person."""
        asked = [one for one in (scope or " ".join(self.scopes)).split() if one not in PROTOCOL_SCOPES]
        return " ".join(dict.fromkeys(asked)) if asked and set(asked) <= set(self.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.login_urls

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(secret_hash(client_secret), self.row.get("ApplicationSecretHash") or "")

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A public application has no secret, whatever its row says; any other shows it."""
        return (method == "none") == self.is_public

    def check_response_type(self, response_type: str) -> bool:
        return response_type in RESPONSE_TYPES

    def check_grant_type(self, grant_type: str) -> bool:
        match grant_type:
            case "client_credentials":
                return bool(self.row.get("SystemUserAllowed") and self.system_user)
            case "authorization_code":
                return self.signs_people_in
            case "refresh_token":
                return self.signs_people_in and not self.is_public
        return False

    @property
    def signs_people_in(self) -> bool:
        return any(self.row.get(flag) for flag in SIGN_IN_FLAGS.values())

    def admits(self, user: Row) -> bool:
        """Whether people of the user's type may sign in to this application."""
        flag = SIGN_IN_FLAGS.get(user["UserType"])
        return bool(flag and self.row.get(flag))


def _list(urls: str | None) -> list[str]:
    return [url.strip() for url in (urls or "").split(",") if url.strip()]
