"""Signing in. mozilla-django-oidc's settings choose the views; `accounts.urls` gives them addresses."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from mozilla_django_oidc.utils import generate_code_challenge
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)

from accounts import audit
from accounts.fresh import AUTH_TIME, FRESH
from accounts.gates import WELCOME_PATH
from accounts.middleware import PortalRequest
from accounts.models import AuditEvent, Session, SignInAttempt, User
from accounts.oidc.addresses import SeeOther, with_query
from accounts.oidc.answer import AuthorizationAnswer, demand_complete, read_answer
from accounts.oidc.attempt import (
    begin_attempt,
    consume_attempt,
    demand_same_person,
    follow_session,
    forget_browser_key,
)
from accounts.oidc.exchange import SignedIn, identify
from accounts.oidc.provider import current_provider
from accounts.oidc.refusal import SignInRefused
from accounts.oidc.sign_out import ID_TOKEN
from accounts.reasons import PROVIDER_ERROR, STATE_UNKNOWN, TOKEN_REFUSED, Reason
from accounts.selectors import memberships_for
from accounts.services import remove_sessions, sweep_sessions
from accounts.sessions import USER_AGENT
from accounts.text import local_path, printable
from erpnet import correlation
from erpnet.config import TrustedApplication


@method_decorator(never_cache, name="dispatch")
class SignInView(OIDCAuthenticationRequestView):
    """Sends a browser to the Instance ID."""

    def __init__(self, **kwargs: Any) -> None:
        # The base's own reads the provider's addresses from settings; ours are discovered.
        View.__init__(self, **kwargs)

    def get(self, request: PortalRequest) -> HttpResponse:
        next_path = local_path(request.GET.get("next", ""))
        user = request.user
        # Staff who view as a partner need none, and a new session would end the viewing without a trace.
        is_fresh = request.GET.get(FRESH) == "1" and request.viewing_as is None
        if user.is_authenticated and not is_fresh:
            return HttpResponseRedirect(next_path or "/")
        try:
            endpoints = current_provider().endpoints
        except SignInRefused as refused:
            return _refuse(request, refused, next_path)
        begun = begin_attempt(request, issuer=endpoints.issuer, next_path=next_path, fresh_for=user.pk)
        question = _authorization_request(settings.TRUSTED_APPLICATION, begun.attempt)
        response = HttpResponseRedirect(with_query(endpoints.authorization_endpoint, question))
        begun.mark_browser(response)
        return response


# The state is the defence against forged posts here: the answer comes from another site, without our CSRF token.
@method_decorator([csrf_exempt, never_cache, sensitive_post_parameters()], name="dispatch")
class CallbackView(OIDCAuthenticationCallbackView):
    """Takes the answer of the Instance ID: by POST in form_post mode, by GET in query mode, and in no other way."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowed = "POST" if settings.TRUSTED_APPLICATION.response_mode == "form_post" else "GET"
        if request.method != allowed:
            return _refused_page(request, STATE_UNKNOWN, status=405, headers={"Allow": allowed})
        try:
            answer = read_answer(request, response_mode=settings.TRUSTED_APPLICATION.response_mode)
        except SignInRefused as refused:
            return _turn_away(request, refused)
        attempt = consume_attempt(request, answer.state)
        if attempt is None:
            return _turn_away(request, SignInRefused(STATE_UNKNOWN, "no_such_attempt"))
        response = self._finish(request, attempt, answer)
        forget_browser_key(response, attempt)
        return response

    def _finish(
        self, request: HttpRequest, attempt: SignInAttempt, answer: AuthorizationAnswer
    ) -> HttpResponse:
        try:
            signed_in = _complete(attempt, answer)
            demand_same_person(attempt, signed_in.identity)
            user = cast("User", auth.authenticate(request, oidc_identity=signed_in.identity))
        except SignInRefused as refused:
            return _refuse(request, refused, attempt.next_path, fresh_for=attempt.fresh_for)
        _start_session(request, user, signed_in, attempt)
        if attempt.fresh_for:
            messages.info(
                request, _("You have signed in again. If you had sent a form, please send it once more.")
            )
        return SeeOther(attempt.next_path or _first_page(user))


def _authorization_request(application: TrustedApplication, attempt: SignInAttempt) -> dict[str, str]:
    question = {
        "client_id": application.application_uri,
        "redirect_uri": application.login_url,
        "response_type": application.response_type,
        "response_mode": application.response_mode,
        "scope": settings.OIDC_RP_SCOPES,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": generate_code_challenge(attempt.code_verifier, "S256"),
        "code_challenge_method": "S256",
    }
    # ERP.net then shows its form even to somebody whom it knows: auth/flows/auth-code/interactive-apps-prompts.md.
    return {**question, "prompt": "login"} if attempt.fresh_for else question


def _complete(attempt: SignInAttempt, answer: AuthorizationAnswer) -> SignedIn:
    """Raises SignInRefused. The attempt is used up by now, whatever comes of it."""
    if answer.error:
        raise SignInRefused(PROVIDER_ERROR, printable(answer.error, 40))
    if answer.issuer and answer.issuer != attempt.issuer:
        raise SignInRefused(TOKEN_REFUSED, "answer_of_another_issuer")
    response_type = settings.TRUSTED_APPLICATION.response_type
    demand_complete(answer, response_type=response_type)
    front_channel_token = answer.id_token if "id_token" in response_type.split() else None
    return identify(current_provider(), attempt, code=answer.code, front_channel_token=front_channel_token)


def _start_session(request: HttpRequest, user: User, signed_in: SignedIn, attempt: SignInAttempt) -> None:
    """A session with a new key, and none of the one before: a form post from another site did not bring its cookie.

    Everybody's dead ones are swept with it.
    """
    before = [key for key in (attempt.session_key, request.session.session_key) if key]
    remove_sessions(Session.objects.filter(session_key__in=before))
    sweep_sessions()
    request.session.flush()
    auth.login(request, user)
    follow_session(request, cast("str", request.session.session_key))
    request.session[ID_TOKEN] = signed_in.id_token
    request.session[AUTH_TIME] = signed_in.auth_time
    request.session[USER_AGENT] = printable(request.headers.get("User-Agent", ""), 300)
    audit.record_of_person(AuditEvent.Kind.SIGN_IN, user=user, detail={"user_type": user.user_type})


def _first_page(user: User) -> str:
    if memberships_for(user):
        return "/"
    return reverse("admin:index") if user.is_staff else WELCOME_PATH


def _turn_away(request: HttpRequest, refused: SignInRefused) -> HttpResponse:
    """Answer what belongs to no attempt of this browser. Anybody can send that, so it leaves a log line and no row."""
    audit.note(AuditEvent.Kind.SIGN_IN, reason=refused.reason.code, detail={"why": refused.detail})
    return _refused_page(request, refused.reason, status=refused.reason.status)


def _refuse(
    request: HttpRequest, refused: SignInRefused, next_path: str = "", *, fresh_for: uuid.UUID | None = None
) -> HttpResponse:
    """Record that nobody was signed in, and say why. Whoever is signed in already stays so."""
    reason = refused.reason
    audit.record(
        AuditEvent.Kind.SIGN_IN,
        user=User.objects.filter(pk=fresh_for).first() if fresh_for else None,
        succeeded=False,
        reason=reason.code,
        detail={"why": refused.detail},
    )
    return _refused_page(request, reason, next_path, status=reason.status)


def _refused_page(
    request: HttpRequest,
    reason: Reason,
    next_path: str = "",
    *,
    status: int,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    try_again = with_query(settings.LOGIN_URL, {"next": next_path}) if next_path else settings.LOGIN_URL
    context = {"reason": reason, "correlation_id": correlation.get(), "try_again": try_again}
    content = render_to_string("accounts/sign_in_refused.html", context, request)
    return HttpResponse(content, status=status, headers=headers)
