"""One trip to the Instance ID: what was sent along must come back to the same browser, once, within ten minutes.

The browser's half is a cookie of its own per attempt. It is SameSite=None because the answer may come as a form post
from another site, where the session cookie (Lax) is not sent; see `SignInAttempt` for our half.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from accounts.models import SignInAttempt, User
from accounts.oidc.refusal import SignInRefused
from accounts.reasons import ANOTHER_PERSON
from accounts.services import Identity

LIVE_AT_ONCE = 5

_COOKIE_STEM = "oidc-tx-"
_STATE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class BegunAttempt:
    """A new attempt, the secret that its browser must keep, and that browser's cookies of attempts that are over."""

    attempt: SignInAttempt
    browser_key: str
    spent_cookies: tuple[str, ...]

    def mark_browser(self, response: HttpResponseBase) -> None:
        for name in self.spent_cookies:
            response.delete_cookie(name, samesite="None")
        # Secure even over plain http, which is for loopback alone: browsers accept it there, as SameSite=None demands.
        response.set_cookie(
            _cookie_name(self.attempt.state),
            self.browser_key,
            max_age=settings.SIGN_IN_ATTEMPT_SECONDS,
            secure=True,
            httponly=True,
            samesite="None",
        )


def begin_attempt(
    request: HttpRequest, *, issuer: str, next_path: str, fresh_for: uuid.UUID | None = None
) -> BegunAttempt:
    """Record a new attempt of this browser. Its oldest ones make room, and everybody's dead ones are swept.

    `fresh_for` is the user who is signed in already and has to prove it anew.
    """
    SignInAttempt.objects.filter(created_at__lte=_oldest_live()).delete()
    spent_cookies = _make_room(request)
    browser_key = secrets.token_urlsafe(32)
    attempt = SignInAttempt.objects.create(
        state=secrets.token_urlsafe(32),
        browser_key_hash=_hash(browser_key),
        nonce=secrets.token_urlsafe(32),
        code_verifier=secrets.token_urlsafe(48),
        issuer=issuer,
        next_path=next_path,
        session_key=request.session.session_key or "",
        fresh_for=fresh_for,
    )
    return BegunAttempt(attempt, browser_key, spent_cookies)


def consume_attempt(request: HttpRequest, state: str) -> SignInAttempt | None:
    """Take the live attempt that `state` names, if this browser began it. Of two callers at once, one gets it."""
    if not _STATE.fullmatch(state):
        return None
    browser_key = request.COOKIES.get(_cookie_name(state), "")
    taken = SignInAttempt.objects.raw(
        "DELETE FROM accounts_signinattempt WHERE state = %s AND browser_key_hash = %s AND created_at > %s RETURNING *",
        [state, _hash(browser_key), _oldest_live()],
    )
    return next(iter(taken), None)


def demand_same_person(attempt: SignInAttempt, identity: Identity) -> None:
    """Raises SignInRefused where somebody else answers than the one who had to sign in anew."""
    if attempt.fresh_for is None:
        return
    asked = User.objects.filter(pk=attempt.fresh_for, issuer=identity.issuer, erp_id=identity.erp_id)
    if not asked.exists():
        raise SignInRefused(ANOTHER_PERSON, f"ERP.net user {identity.erp_id}")


def follow_session(request: HttpRequest, session_key: str) -> None:
    """Tell this browser's other attempts which session is there by now: the next one to come back ends it."""
    keys = [_hash(value) for value in _browser_keys(request).values()]
    SignInAttempt.objects.filter(browser_key_hash__in=keys).update(session_key=session_key)


def forget_browser_key(response: HttpResponseBase, attempt: SignInAttempt) -> None:
    response.delete_cookie(_cookie_name(attempt.state), samesite="None")


def _make_room(request: HttpRequest) -> tuple[str, ...]:
    """Leave this browser one attempt fewer than it may have. Returns the names of its spent cookies."""
    keys = {_hash(value): name for name, value in _browser_keys(request).items()}
    mine = SignInAttempt.objects.filter(browser_key_hash__in=list(keys))
    kept = list(mine.order_by("-created_at").values_list("browser_key_hash", flat=True)[: LIVE_AT_ONCE - 1])
    mine.exclude(browser_key_hash__in=kept).delete()
    return tuple(name for key_hash, name in keys.items() if key_hash not in kept)


def _browser_keys(request: HttpRequest) -> dict[str, str]:
    return {name: value for name, value in request.COOKIES.items() if name.startswith(_cookie_stem())}


def _cookie_name(state: str) -> str:
    return f"{_cookie_stem()}{hashlib.sha256(state.encode()).hexdigest()[:8]}"


def _cookie_stem() -> str:
    return f"__Host-{_COOKIE_STEM}" if settings.SECURE_SITE else _COOKIE_STEM


def _hash(browser_key: str) -> str:
    return hashlib.sha256(browser_key.encode()).hexdigest()


def _oldest_live() -> datetime:
    return timezone.now() - timedelta(seconds=settings.SIGN_IN_ATTEMPT_SECONDS)
