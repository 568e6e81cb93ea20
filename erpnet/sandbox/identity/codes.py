"""What waits at the token endpoint: codes and refresh tokens. Each works once, and the process forgets them.

Docs: https://docs.erp.net/dev/auth/flows/auth-code/interactive-apps-refresh-tokens.html
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from authlib.oauth2.rfc6749 import OAuth2Request

from erpnet.sandbox.identity.application import Application
from erpnet.sandbox.identity.tokens import SignIn

CODE_SECONDS = 60
REFRESH_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person's sign-in gave an application. `family` names all tokens that come of one code."""

    kind: Literal["code", "refresh token"]
    family: str
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    code_challenge_method: str | None
    sign_in: SignIn
    expires: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def check_client(self, client: Application) -> bool:
        return self.client_id == client.get_client_id()


class Grants:
    """Both kinds in one place, for a code that is used again takes the tokens that came of it with it."""

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.time
        self._lock = threading.Lock()
        self._waiting: dict[str, Grant] = {}
        self._used: dict[str, Grant] = {}
        self._revoked: dict[str, float] = {}

    def keep_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        grant = Grant(
            kind="code",
            family=secrets.token_hex(16),
            client_id=request.client.get_client_id(),
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
            sign_in=request.user,
            expires=self.clock() + CODE_SECONDS,
        )
        with self._lock:
            self._forget()
            self._waiting[code] = grant

    def new_refresh_token(self, grant: Grant, *, renewed: bool) -> str:
        """A refresh token after `grant`. A renewed one ends when the first one would have ended."""
        token = secrets.token_hex(32).upper()
        expires = grant.expires if renewed else self.clock() + REFRESH_SECONDS
        with self._lock:
            self._forget()
            self._waiting[token] = replace(grant, kind="refresh token", expires=expires)
        return token

    def take_code(self, code: str, client: Application) -> Grant | None:
        """What a code stands for, once: a second use revokes all that came of the first."""
        return self._take("code", code, client)

    def take_refresh_token(self, token: str, client: Application) -> Grant | None:
        """What a refresh token stands for, once: a second use revokes all that came of the same code."""
        return self._take("refresh token", token, client)

    def end_session(self, sid: str) -> None:
        """Revoke what came of the sign-ins of one session: the person signed out."""
        with self._lock:
            for grant in [*self._waiting.values(), *self._used.values()]:
                if grant.sign_in.sid == sid:
                    self._revoked[grant.family] = self.clock() + REFRESH_SECONDS

    def _take(self, kind: str, secret: str, client: Application) -> Grant | None:
        now = self.clock()
        with self._lock:
            if used := self._used.get(secret):
                self._revoked[used.family] = now + REFRESH_SECONDS
                return None
            grant = self._waiting.get(secret)
            if grant is None or grant.kind != kind or not grant.check_client(client):
                return None
            self._used[secret] = self._waiting.pop(secret)
        return grant if grant.expires >= now and grant.family not in self._revoked else None

    def _forget(self) -> None:
        now = self.clock()
        self._waiting = {secret: one for secret, one in self._waiting.items() if one.expires >= now}
        self._used = {
            secret: one for secret, one in self._used.items() if one.expires + REFRESH_SECONDS >= now
        }
        self._revoked = {family: until for family, until in self._revoked.items() if until >= now}
