"""From what came back through the browser to who somebody is. A bad answer never reaches the token endpoint."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from django.views.decorators.debug import sensitive_variables

from accounts.models import SignInAttempt
from accounts.oidc.identity import read_identity
from accounts.oidc.provider import Provider, new_transport
from accounts.oidc.refusal import SignInRefused
from accounts.oidc.validator import (
    Claims,
    Expectations,
    TokenFault,
    TokenRefused,
    access_token_claims,
    front_channel_claims,
    token_endpoint_claims,
)
from accounts.reasons import EXCHANGE_FAILED, NOT_FRESH, TOKEN_REFUSED, UNREACHABLE
from accounts.services import Identity
from erpnet.exceptions import ErpNetError, TransientError
from erpnet.tokens import TokenAnswer, request_token


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who it is, and the ID token that ends the session at the Instance ID later on. The access token is gone.

    `auth_time` says when the person proved it, in seconds since the epoch.
    """

    identity: Identity
    auth_time: float | None
    id_token: str = field(repr=False)


@sensitive_variables()
def identify(
    provider: Provider, attempt: SignInAttempt, *, code: str, front_channel_token: str | None
) -> SignedIn:
    """Judge the ID token of the front channel, if the flow has one; then redeem the code and judge what it gives.

    Raises SignInRefused.
    """
    try:
        first = None
        if front_channel_token is not None:
            expected = _expectations(provider, attempt)
            first = front_channel_claims(front_channel_token, provider.keys, expected, code=code)
        tokens = _redeem(provider, attempt, code)
        id_claims, claims = _judge(provider, attempt, tokens, first)
    except TokenRefused as refused:
        reason = NOT_FRESH if refused.fault == TokenFault.NOT_FRESH else TOKEN_REFUSED
        raise SignInRefused(reason, refused.fault) from None
    except TransientError as error:
        raise SignInRefused(UNREACHABLE, type(error).__name__) from None
    except ErpNetError as error:
        raise SignInRefused(EXCHANGE_FAILED, type(error).__name__) from None
    return SignedIn(read_identity(claims), id_claims.get("auth_time"), tokens.id_token or "")


def _redeem(provider: Provider, attempt: SignInAttempt, code: str) -> TokenAnswer:
    form = {
        "grant_type": "authorization_code",
        "client_id": provider.application.application_uri,
        "client_secret": provider.application.application_secret,
        "code": code,
        "redirect_uri": provider.application.login_url,
        "code_verifier": attempt.code_verifier,
    }
    endpoints = provider.endpoints
    return request_token(
        new_transport(), endpoints.token_endpoint, form, secret_in_header=endpoints.secret_in_header
    )


def _judge(
    provider: Provider, attempt: SignInAttempt, tokens: TokenAnswer, first: Claims | None
) -> tuple[Claims, Claims]:
    """The claims of the ID token and of the access token, once both are good and speak of one person."""
    expected = _expectations(provider, attempt)
    id_claims = token_endpoint_claims(
        tokens.id_token, provider.keys, expected, access_token=tokens.access_token, first=first
    )
    claims = access_token_claims(tokens.access_token, provider.keys, expected, subject=id_claims["sub"])
    return id_claims, claims


def _expectations(provider: Provider, attempt: SignInAttempt) -> Expectations:
    return Expectations(
        issuer=attempt.issuer,
        client_id=provider.application.application_uri,
        nonce=attempt.nonce,
        state=attempt.state,
        now=time.time(),
        authenticated_since=attempt.created_at.timestamp() if attempt.fresh_for else None,
    )
