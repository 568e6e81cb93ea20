"""What the Instance ID sends back through the browser, read strictly and believed by nobody yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import HttpRequest

from accounts.oidc.refusal import SignInRefused
from accounts.reasons import MALFORMED

FORM = "application/x-www-form-urlencoded"
LONGEST_CODE = 4096


@dataclass(frozen=True, slots=True)
class AuthorizationAnswer:
    """Each parameter once, empty where it was not sent."""

    state: str
    error: str
    issuer: str
    code: str = field(repr=False)
    id_token: str = field(repr=False)


def read_answer(request: HttpRequest, *, response_mode: str) -> AuthorizationAnswer:
    """The parameters from the one place where the agreed response mode puts them. Raises SignInRefused."""
    if response_mode == "form_post" and request.content_type != FORM:
        raise SignInRefused(MALFORMED, "not_a_form")
    parameters = request.POST if response_mode == "form_post" else request.GET
    if any(len(values) > 1 for _name, values in parameters.lists()):
        raise SignInRefused(MALFORMED, "repeated_parameter")
    return AuthorizationAnswer(
        state=parameters.get("state", ""),
        error=parameters.get("error", ""),
        issuer=parameters.get("iss", ""),
        code=parameters.get("code", ""),
        id_token=parameters.get("id_token", ""),
    )


def demand_complete(answer: AuthorizationAnswer, *, response_type: str) -> None:
    """Raises SignInRefused for an answer without what `response_type` promises."""
    if not 0 < len(answer.code) <= LONGEST_CODE:
        raise SignInRefused(MALFORMED, "no_code")
    if "id_token" in response_type.split() and not answer.id_token:
        raise SignInRefused(MALFORMED, "no_id_token")
