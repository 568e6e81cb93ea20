"""Tokens: how one is asked for, and the service token, which lives in the memory of this process alone.

Docs: https://docs.erp.net/dev/auth/flows/client-credentials/service-apps-token.html
"""

from __future__ import annotations

import logging
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus

from erpnet.answers import raise_for_status, read_object
from erpnet.config import TrustedApplication
from erpnet.counters import Counters
from erpnet.exceptions import (
    ErpNetError,
    InvalidClient,
    InvalidScope,
    MalformedAnswer,
    Rejected,
    TransientError,
)
from erpnet.transport import Answer, Transport

logger = logging.getLogger("erpnet")

RENEW_AT = 0.8
ASK_AGAIN_AFTER = 30.0

# What can stand in a header: RFC 6750, 2.1.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What the token endpoint granted. `expires_in` is in seconds; `scope` is empty where it was not told."""

    access_token: str = field(repr=False)
    expires_in: float
    scope: tuple[str, ...]
    id_token: str | None = field(repr=False, default=None)


def request_token(
    transport: Transport, token_endpoint: str, form: Mapping[str, str], *, secret_in_header: bool = False
) -> TokenAnswer:
    """Post one token request, of any grant type. ERP.net's samples send the application's secret in the form; an
    instance that wants it in the header gets it there (RFC 6749, 2.3.1).

    Raises InvalidClient, InvalidScope, Rejected (`code` is OAuth's word), MalformedAnswer or TransientError.
    Docs: https://docs.erp.net/dev/auth/flows/client-credentials/service-apps-errors.html
    """
    headers = {"Accept": "application/json"}
    if secret_in_header:
        headers["Authorization"] = _basic(form["client_id"], form["client_secret"])
        form = {name: value for name, value in form.items() if name not in {"client_id", "client_secret"}}
    answer = transport.send("token", "POST", token_endpoint, headers=headers, body=form)
    if answer.status in (400, 401):
        raise _refusal(answer)
    raise_for_status(answer)
    return _read(read_object(answer))


def _basic(client_id: str, client_secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _refusal(answer: Answer) -> ErpNetError:
    word = read_object(answer).get("error")
    match word:
        case "invalid_client":
            return InvalidClient(
                "ERP.net does not accept the application. Check that ERPNET_APPLICATION_URI is its "
                "ApplicationUri, that its ApplicationSecretHash is the hash of ERPNET_APPLICATION_SECRET, "
                "and that it is enabled."
            )
        case "unauthorized_client":
            return InvalidClient(
                "The Trusted Application may not do this. The service needs SystemUserAllowed and a "
                "SystemUser; signing in needs the Impersonate flags."
            )
        case "invalid_scope":
            return InvalidScope(
                "The Trusted Application lacks a scope that was asked for. Make ERPNET_SCOPE fit its Scope."
            )
        case str():
            return Rejected(f"The Instance ID refused the token request ({word[:40]}).", code=word[:40])
        case _:
            return MalformedAnswer("The Instance ID refused the token request without giving a reason.")


def _read(content: dict[str, Any]) -> TokenAnswer:
    token, lifetime = content.get("access_token"), content.get("expires_in")
    kind = content.get("token_type", "Bearer")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(kind).lower() != "bearer":
        raise MalformedAnswer("The Instance ID answered without a bearer token.")
    if not isinstance(lifetime, int | float) or isinstance(lifetime, bool) or lifetime <= 0:
        raise MalformedAnswer("The Instance ID did not say how long the token lives.")
    scope, id_token = content.get("scope") or "", content.get("id_token")
    if not isinstance(scope, str | list):
        raise MalformedAnswer("The Instance ID did not say what the token is good for.")
    return TokenAnswer(
        access_token=token,
        expires_in=float(lifetime),
        scope=tuple(scope.split() if isinstance(scope, str) else map(str, scope)),
        id_token=id_token if isinstance(id_token, str) else None,
    )


class ServiceToken:
    """The token by which this process calls the Domain API, by Client Credentials. Never stored, never shown.

    Asked for when first needed, and anew at 80 % of its life; however many threads ask, by one request.
    """

    def __init__(
        self,
        application: TrustedApplication,
        token_endpoint: str,
        transport: Transport,
        *,
        counters: Counters | None = None,
        clock: Callable[[], float] = time.monotonic,
        secret_in_header: bool = False,
    ) -> None:
        self._application = application
        self._counters = counters or Counters()
        self._endpoint = token_endpoint
        self._secret_in_header = secret_in_header
        self._transport = transport
        self._clock = clock
        self._lock = threading.Lock()
        self._granted: TokenAnswer | None = None
        self._asked_before = False
        self._renew_at = 0.0
        self._expires_at = 0.0

    def value(self) -> str:
        """A token that is good for a while. Raises InvalidClient, InvalidScope or another ErpNetError."""
        with self._lock:
            granted = self._granted
            if granted is None or self._clock() >= self._renew_at:
                granted = self._granted = self._renewed(granted)
            return granted.access_token

    def drop(self, token: str) -> None:
        """Forget `token`, which was refused, unless another one has taken its place already."""
        with self._lock:
            if self._granted is not None and self._granted.access_token == token:
                self._granted = None

    @property
    def granted_scopes(self) -> tuple[str, ...]:
        """What the present token may do: perhaps less than was asked. Empty before the first one."""
        granted = self._granted
        if granted is None:
            return ()
        return granted.scope or self._application.scope

    def __repr__(self) -> str:
        return f"<ServiceToken of {self._application.application_uri}>"

    def _renewed(self, present: TokenAnswer | None) -> TokenAnswer:
        asked_at = self._clock()
        try:
            granted = self._request()
        except TransientError:
            if present is None or asked_at >= self._expires_at:
                raise
            logger.warning("The service token could not be renewed; the one at hand is still good.")
            self._renew_at = asked_at + ASK_AGAIN_AFTER
            return present
        self._renew_at = asked_at + RENEW_AT * granted.expires_in
        self._expires_at = asked_at + granted.expires_in
        self._counters.add(renewals=self._asked_before)
        self._asked_before = True
        missing = set(self._application.scope) - set(granted.scope or self._application.scope)
        if missing:
            logger.warning("ERP.net did not grant these scopes: %s", ", ".join(sorted(missing)))
        return granted

    def _request(self) -> TokenAnswer:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._application.application_uri,
            "client_secret": self._application.application_secret,
            "scope": " ".join(self._application.scope),
        }
        return request_token(self._transport, self._endpoint, form, secret_in_header=self._secret_in_header)
