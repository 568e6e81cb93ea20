"""Who somebody is, read from the claims of a user's validated access token."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import User
from accounts.oidc.refusal import SignInRefused
from accounts.reasons import IDENTITY_INCOMPLETE, USER_TYPE
from accounts.services import Identity
from accounts.text import printable

LONGEST_LOGIN = 254


def read_identity(claims: Mapping[str, Any]) -> Identity:
    """Raises SignInRefused where the claims lack what identifies a person, or speak of one who may not come."""
    if claims.get("user_type") not in User.UserType.values:
        raise SignInRefused(USER_TYPE, f"login {printable(claims['sub'], LONGEST_LOGIN)}")
    return Identity(
        issuer=claims["iss"],
        erp_id=_guid(claims.get("id")),
        login=_login(claims["sub"]),
        name=_text(claims.get("name")),
        email=_email(claims.get("email")),
        email_verified=read_boolean(claims.get("email_verified", False), "email_verified"),
        user_type=User.UserType(claims["user_type"]),
        language=_language(claims.get("locale")),
    )


def read_boolean(value: object, name: str) -> bool:
    """ERP.net sends booleans as strings, and `bool("false")` is true: so only the four known spellings are read."""
    if value is True or value == "true":
        return True
    if value is False or value == "false":
        return False
    raise SignInRefused(IDENTITY_INCOMPLETE, f"{name}_unreadable")


def _guid(value: object) -> uuid.UUID:
    try:
        guid = uuid.UUID(str(value))
    except ValueError:
        raise SignInRefused(IDENTITY_INCOMPLETE, "id_unreadable") from None
    if not guid.int:
        raise SignInRefused(IDENTITY_INCOMPLETE, "id_empty")
    return guid


def _login(subject: str) -> str:
    if printable(subject, LONGEST_LOGIN) != subject:
        raise SignInRefused(IDENTITY_INCOMPLETE, "sub_unreadable")
    return subject


def _text(value: object) -> str:
    return printable(value, 254) if isinstance(value, str) else ""


def _email(value: object) -> str:
    """For display, so one that is not an address is left out rather than refused."""
    email = _text(value)
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email


def _language(value: object) -> str:
    return value if isinstance(value, str) and value in dict(settings.LANGUAGES) else ""
