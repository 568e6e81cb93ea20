"""`manage.py trusted_application`: what to ask ERP.net to register, and new secrets for it."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from erpnet.config import TrustedApplication, secret_hash

DOCS = "https://docs.erp.net/dev/auth/configuration/trusted-apps-access.html"


class Command(BaseCommand):
    help = "Print the registration sheet of the Trusted Application, to hand to whoever runs ERP.net."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new-secret",
            action="store_true",
            help="Make a random secret instead, show it once with its hash, and store nothing.",
        )

    def handle(self, *args: Any, new_secret: bool, **options: Any) -> None:
        lines = new_secret_sheet() if new_secret else registration_sheet(settings.TRUSTED_APPLICATION)
        self.stdout.write("\n".join(lines))


def registration_sheet(application: TrustedApplication) -> list[str]:
    """The attributes of `Systems.Security.TrustedApplications` and their values, as lines of text."""
    attributes = {
        "Name": "Partner portal",
        "ApplicationUri": application.application_uri,
        "IsEnabled": "true",
        "ClientType": application.client_type,
        "ApplicationSecretHash": application.application_secret_hash,
        "Scope": " ".join(application.scope),
        "SystemUserAllowed": _flag(application.system_user_allowed),
        "SystemUser": "(an internal user made for the portal, with the least rights it needs)",
        "ImpersonateAsInternalUserAllowed": _flag(application.impersonate_as_internal_user_allowed),
        "ImpersonateAsCommunityUserAllowed": _flag(application.impersonate_as_community_user_allowed),
        "ImpersonateLoginUrl": ",".join(application.impersonate_login_urls),
        "ImpersonateLogoutUrl": ",".join(application.impersonate_logout_urls),
    }
    width = max(map(len, attributes))
    return [
        f"Trusted Application for {application.instance_url}",
        "",
        *(f"{name:<{width}}  {value}" for name, value in attributes.items()),
        "",
        "The hash is that of ERPNET_APPLICATION_SECRET; the secret itself stays with the portal.",
        f"About the attributes: {DOCS}",
    ]


def new_secret_sheet() -> list[str]:
    """A new secret, shown this once, and what each side has to do with it."""
    secret = secrets.token_urlsafe(48)
    return [
        "A new secret. It is stored nowhere and not shown again.",
        "",
        f"ERPNET_APPLICATION_SECRET  {secret}",
        f"ApplicationSecretHash      {secret_hash(secret)}",
        "",
        "Put the first into the portal's environment and give the second to whoever runs ERP.net.",
    ]


def _flag(value: bool) -> str:
    return "true" if value else "false"
