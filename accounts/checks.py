"""Settings without which signing in, or keeping partners apart, would be weaker than it looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import connections

BACKEND = "accounts.oidc.backend.InstanceIdBackend"
SESSION_ENGINE = "accounts.sessions"
# The last use of a session is noted once a minute.
LEAST_IDLE_SECONDS = 120


def check_sign_in(**kwargs: Any) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = []
    if list(settings.AUTHENTICATION_BACKENDS) != [BACKEND]:
        cure = f"Set AUTHENTICATION_BACKENDS to {BACKEND} alone."
        found.append(checks.Error("People can sign in past the Instance ID.", hint=cure, id="accounts.E001"))
    if settings.SESSION_ENGINE != SESSION_ENGINE:
        cure = f"Set SESSION_ENGINE to {SESSION_ENGINE}."
        found.append(
            checks.Error("The sessions of a person could not be ended.", hint=cure, id="accounts.E002")
        )
    if not isinstance(settings.OIDC_TIMEOUT, int | float) or settings.OIDC_TIMEOUT <= 0:
        cure = "Set OIDC_TIMEOUT to a number of seconds."
        found.append(
            checks.Error("A silent Instance ID would block the portal.", hint=cure, id="accounts.E003")
        )
    if not LEAST_IDLE_SECONDS <= settings.SESSION_IDLE_SECONDS <= settings.SESSION_LIFE_SECONDS:
        cure = f"Let SESSION_IDLE_SECONDS be {LEAST_IDLE_SECONDS} or more, and no more than SESSION_LIFE_SECONDS."
        found.append(
            checks.Error("People would be signed out at work, or never.", hint=cure, id="accounts.E004")
        )
    return found


def check_database_login(databases: Sequence[str] | None = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Row-level security does not bind everybody. Runs with `check --database default` and before migrations."""
    found: list[checks.CheckMessage] = []
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user")
            if cursor.fetchone()[0]:
                cure = "Let DATABASE_URL name a login that is neither superuser nor BYPASSRLS."
                found.append(
                    checks.Warning(
                        f"The login of database {alias!r} passes row-level security.",
                        hint=cure,
                        id="accounts.W001",
                    )
                )
    return found
