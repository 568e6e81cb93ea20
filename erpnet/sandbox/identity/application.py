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
RESPONSE_TYPES = {"code", "code id_token"}


def secret_hash(secret: str) -> str:
    return base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode()


class Application(ClientMixin):
    def __init__(self, row: Row) -> None:
        self.row = row
        self.login_urls = _list(row.get("ImpersonateLoginUrl"))
        self.logout_urls = _list(row.get("ImpersonateLogoutUrl"))
        self.scopes = (row.get("Scope") or "").split()

    def get_client_id(self) -> str:
        return str(self.row["ApplicationUri"])

    def get_default_redirect_uri(self) -> str | None:
        """Nothing is guessed: a request names its redirect_uri."""
        return None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The scopes of a sign-in, or None if it asks for more than the application has. No refresh tokens here."""
        asked = (scope or "").split()
        if not asked or not set(asked) <= PROTOCOL_SCOPES | set(self.scopes):
            return None
        return " ".join(one for one in asked if one != "offline_access")

    def service_scope(self, scope: str | None) -> str | None:
        """The scopes of a service: all where none is asked for, never those that need a person."""
        asked = [one for one in (scope or " ".join(self.scopes)).split() if one not in PROTOCOL_SCOPES]
        return " ".join(asked) if asked and set(asked) <= set(self.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.login_urls

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(secret_hash(client_secret), self.row.get("ApplicationSecretHash") or "")

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in {"client_secret_post", "client_secret_basic"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type in RESPONSE_TYPES

    def check_grant_type(self, grant_type: str) -> bool:
        if grant_type == "client_credentials":
            return bool(self.row.get("SystemUserAllowed") and self.row.get("SystemUser"))
        return grant_type == "authorization_code"

    def admits(self, user: Row) -> bool:
        """Whether people of the user's type may sign in to this application."""
        flags = {
            "InternalUser": "ImpersonateAsInternalUserAllowed",
            "ExternalCommunityUser": "ImpersonateAsCommunityUserAllowed",
        }
        flag = flags.get(user["UserType"])
        return bool(flag and self.row.get(flag))


def _list(urls: str | None) -> list[str]:
    return [url.strip() for url in (urls or "").split(",") if url.strip()]
