"""What must hold before the portal faces the public: `manage.py check --deploy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info


def public_address_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.SECURE_SITE:
        return []
    return [
        Error(
            "PORTAL_URL is plain http: sign-ins and sessions would cross the network unprotected.",
            hint="Put the portal behind TLS and set PORTAL_URL to its https address.",
            id="portal.E001",
        )
    ]


def instance_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.TRUSTED_APPLICATION.instance_url.startswith("https://"):
        return []
    return [
        Error(
            "ERPNET_URL is plain http: the application's secret would cross the network unprotected.",
            hint="Set ERPNET_URL to the https address of the instance.",
            id="portal.E002",
        )
    ]


def hosts_are_named(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Error(
            "DJANGO_ALLOWED_HOSTS accepts any host name, so links in answers could be made to point elsewhere.",
            hint="List the host names under which people reach the portal.",
            id="portal.E003",
        )
    ]


def policy_has_no_holes(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    holes = {"'unsafe-inline'", "'unsafe-eval'", "*", "data:"}
    if not any(holes & set(directives[name]) for name in ("default-src", "script-src", "style-src")):
        return []
    return [
        Error(
            "The Content-Security-Policy lets pages run scripts or styles that are not the portal's own files.",
            hint="Move the inline script or style that made this necessary into a file under static/.",
            id="portal.E004",
        )
    ]


def proxy_is_declared(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not settings.SECURE_SITE or settings.SECURE_PROXY_SSL_HEADER:
        return []
    return [
        Info(
            "BEHIND_TLS_PROXY is off: the portal believes that TLS ends in its own process.",
            hint="Set BEHIND_TLS_PROXY=on if a proxy terminates TLS, and let that proxy overwrite X-Forwarded-Proto.",
            id="portal.I001",
        )
    ]


PRODUCTION = (
    public_address_is_safe,
    instance_is_safe,
    hosts_are_named,
    policy_has_no_holes,
    proxy_is_declared,
)
