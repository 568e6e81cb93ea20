"""Signing out: here first, then at the Instance ID, which sends people back to `signed_out`."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from mozilla_django_oidc.views import OIDCLogoutView

from accounts import audit
from accounts.middleware import PortalRequest
from accounts.models import AuditEvent
from accounts.oidc.addresses import SeeOther, with_query
from accounts.oidc.provider import current_provider
from accounts.oidc.refusal import SignInRefused
from accounts.view_as import end_viewing

ID_TOKEN = "oidc_id_token"  # noqa: S105 - the name of a session entry


class SignOutView(OIDCLogoutView):
    """Ends the session here, then the one at the Instance ID. Only by POST, with a CSRF token."""

    http_method_names = ["post"]

    @method_decorator(never_cache)
    def post(self, request: PortalRequest) -> HttpResponse:
        return sign_out(request)


def sign_out(request: PortalRequest) -> HttpResponse:
    """End the session of this browser, here and at the Instance ID."""
    id_token = request.session.get(ID_TOKEN, "")
    if request.user.is_authenticated:
        audit.record_of_person(AuditEvent.Kind.SIGN_OUT, user=request.user)
    if request.viewing_as is not None:
        end_viewing(request, request.viewing_as)
    auth.logout(request)
    return SeeOther(_end_session_address(id_token))


@require_safe
@never_cache
def signed_out(request: HttpRequest) -> HttpResponse:
    """Where the Instance ID sends people back to. Changes nothing, whatever parameters it brings."""
    return render(request, "accounts/signed_out.html")


def _end_session_address(id_token: str) -> str:
    goodbye = reverse("signout-callback")
    if not id_token:
        return goodbye
    try:
        endpoint = current_provider().endpoints.end_session_endpoint
    except SignInRefused:
        return goodbye
    question = {
        "id_token_hint": id_token,
        "post_logout_redirect_uri": settings.TRUSTED_APPLICATION.logout_url,
        "state": secrets.token_urlsafe(32),
    }
    return with_query(endpoint, question)
