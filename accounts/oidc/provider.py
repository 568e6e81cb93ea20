"""The Instance ID as this process knows it: its addresses and keys, looked up at a sign-in and kept for an hour."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from accounts.oidc.refusal import SignInRefused
from accounts.reasons import UNREACHABLE
from erpnet import audit as api_calls
from erpnet.config import TrustedApplication
from erpnet.discovery import IdentityProvider, Instance, SigningKeys, load_identity_provider
from erpnet.exceptions import ErpNetError
from erpnet.transport import Transport

KEPT_SECONDS = 3600
CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Provider:
    application: TrustedApplication
    endpoints: IdentityProvider
    keys: SigningKeys


def current_provider() -> Provider:
    """Raises SignInRefused while the Instance ID cannot be reached or is not what it claims to be."""
    try:
        return _look_up(settings.TRUSTED_APPLICATION, int(time.monotonic() // KEPT_SECONDS))
    except ErpNetError as error:
        raise SignInRefused(UNREACHABLE, type(error).__name__) from error


def new_transport() -> Transport:
    """Every request leaves an audit row, and none waits longer than the settings say."""
    return Transport(recorder=api_calls.record, timeout=(CONNECT_SECONDS, settings.OIDC_TIMEOUT))


@lru_cache(maxsize=4)
def _look_up(application: TrustedApplication, _hour: int) -> Provider:
    # Failures raise and are not kept, so the next sign-in tries again.
    transport = new_transport()
    endpoints = load_identity_provider(Instance.discover(application, transport), transport)
    return Provider(application, endpoints, SigningKeys(endpoints, transport))
