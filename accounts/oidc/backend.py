"""The door between an identity that has been proven and a user of the portal."""

from __future__ import annotations

import uuid

from django.contrib.auth import get_user_model
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from accounts.models import User
from accounts.oidc.refusal import SignInRefused
from accounts.reasons import DEACTIVATED
from accounts.services import Identity, remember_user


class InstanceIdBackend(OIDCAuthenticationBackend):
    """Takes identities that `exchange` has proven. The base's own exchange and matching by e-mail are never reached."""

    def __init__(self) -> None:
        # The base reads the provider's addresses from settings here. Ours are discovered, and only when somebody signs
        # in: a backend is also built for every request of those who have, and they must not need the Instance ID.
        self.UserModel = get_user_model()

    def authenticate(self, request: HttpRequest | None, *, oidc_identity: Identity) -> User:
        """Raises SignInRefused for somebody whom the portal's staff have shut out."""
        user = remember_user(oidc_identity)
        if not user.is_active:
            raise SignInRefused(DEACTIVATED, f"user {user.pk}")
        return user

    def get_user(self, user_id: uuid.UUID) -> User | None:
        """The user of a session; None once deactivated, whatever sessions are left."""
        return User.objects.filter(pk=user_id, is_active=True).first()
