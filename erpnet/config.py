"""The one Trusted Application: who this program is to ERP.net.

Built once from the environment and handed to whoever needs it; nothing else reads these variables.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from erpnet.addresses import is_safe, site_fault
from erpnet.exceptions import ConfigurationError

__all__ = ["ConfigurationError", "TrustedApplication", "secret_hash"]

SCOPES = ("read", "update")
RESPONSES = (("code id_token", "form_post"), ("code", "query"), ("code", "form_post"))


@dataclass(frozen=True, slots=True)
class TrustedApplication:
    """A Trusted Application of an ERP.net instance, with the attributes of its registration.

    `application_uri` serves as OAuth's client_id. A script for the Domain API needs the first three alone.
    Raises ConfigurationError for what is empty, for another scope, for an instance address to which no secret may
    be sent, and for a login or logout address to which no code may be sent.

    Docs: https://docs.erp.net/dev/auth/configuration/trusted-apps-access.html
    """

    instance_url: str
    application_uri: str
    application_secret: str = field(repr=False)
    impersonate_login_urls: tuple[str, ...] = ()
    impersonate_logout_urls: tuple[str, ...] = ()
    scope: tuple[str, ...] = SCOPES
    response_type: str = "code id_token"
    response_mode: str = "form_post"
    client_type: str = "Confidential"
    impersonate_as_internal_user_allowed: bool = True
    impersonate_as_community_user_allowed: bool = True
    system_user_allowed: bool = True

    def __post_init__(self) -> None:
        fault = site_fault(self.instance_url)
        if fault:
            raise ConfigurationError(f"The instance address {fault}")
        if not (self.application_uri and self.application_secret):
            raise ConfigurationError(
                "A Trusted Application has an ApplicationUri and a secret: one is empty."
            )
        if not _is_scope(self.scope):
            raise ConfigurationError('The scope is ("read",) or ("read", "update"), as in its registration.')
        object.__setattr__(self, "instance_url", self.instance_url.rstrip("/"))
        for url in (*self.impersonate_login_urls, *self.impersonate_logout_urls):
            # ERP.net keeps them as one list with commas in between.
            if not is_safe(url) or "," in url or "#" in url:
                raise ConfigurationError(
                    f"{url} cannot be registered: it has to be https (http on this machine alone), "
                    "without a comma and without a #."
                )

    @property
    def login_url(self) -> str:
        return self.impersonate_login_urls[0]

    @property
    def logout_url(self) -> str:
        return self.impersonate_logout_urls[0]

    @property
    def application_secret_hash(self) -> str:
        return secret_hash(self.application_secret)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> TrustedApplication:
        """Read ERPNET_* and PORTAL_URL. Raises one ConfigurationError with every fault and its cure."""
        given = {name: environ.get(name, "").strip() for name in _REQUIRED}
        faults = [f"{name} is not set. {cure}" for name, cure in _REQUIRED.items() if not given[name]]
        for name in ("ERPNET_URL", "PORTAL_URL"):
            fault = site_fault(given[name]) if given[name] else None
            if fault:
                faults.append(f"{name} {fault}")

        scope = tuple(environ.get("ERPNET_SCOPE", "").split()) or SCOPES
        if not _is_scope(scope):
            faults.append('ERPNET_SCOPE has to be "read" or "read update", as in the Trusted Application.')
        response_type = " ".join(environ.get("ERPNET_RESPONSE_TYPE", "").split()) or "code id_token"
        default_mode = "form_post" if "id_token" in response_type else "query"
        response_mode = environ.get("ERPNET_RESPONSE_MODE", "").strip() or default_mode
        if (response_type, response_mode) not in RESPONSES:
            allowed = ", ".join(f'"{kind}" with "{mode}"' for kind, mode in RESPONSES)
            faults.append(f"ERPNET_RESPONSE_TYPE and ERPNET_RESPONSE_MODE do not fit. Set one of: {allowed}.")
        if faults:
            raise ConfigurationError("\n".join(faults))

        portal = given["PORTAL_URL"].rstrip("/")
        return cls(
            instance_url=given["ERPNET_URL"],
            application_uri=given["ERPNET_APPLICATION_URI"],
            application_secret=given["ERPNET_APPLICATION_SECRET"],
            impersonate_login_urls=(f"{portal}/signin-callback",),
            impersonate_logout_urls=(f"{portal}/signout-callback",),
            scope=scope,
            response_type=response_type,
            response_mode=response_mode,
        )


_REQUIRED = {
    "ERPNET_URL": "Set it to the root of the ERP.net instance, such as https://mycompany.my.erp.net.",
    "ERPNET_APPLICATION_URI": "Set it to the ApplicationUri of the Trusted Application.",
    "ERPNET_APPLICATION_SECRET": "Set it to the plain secret whose hash the Trusted Application holds "
    "(`manage.py trusted_application --new-secret` makes one).",
    "PORTAL_URL": "Set it to the address people open, such as https://portal.example.com.",
}


def _is_scope(scope: tuple[str, ...]) -> bool:
    return "read" in scope and set(scope) <= set(SCOPES)


def secret_hash(secret: str) -> str:
    """What ERP.net keeps of a secret: base64(sha256(secret)), the ApplicationSecretHash."""
    return base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode()
