"""Where a person is signed in."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.browsers import browser_of
from accounts.gates import SignedInRequest, signed_in_page
from accounts.models import Session
from accounts.oidc.sign_out import sign_out
from accounts.selectors import sessions_of
from accounts.services import end_other_sessions, end_session


@require_safe
@signed_in_page
def session_list(request: SignedInRequest) -> HttpResponse:
    return render(request, "accounts/sessions.html", {"rows": _rows(request)})


@require_POST
@signed_in_page
def session_end(request: SignedInRequest, session_id: uuid.UUID) -> HttpResponse:
    """Another browser's: for this one there is "Sign out"."""
    try:
        end_session(request.user, session_id, kept=_key(request))
    except Session.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("You are signed out there."))
    return HttpResponseRedirect(reverse("sessions"))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def sessions_end(request: SignedInRequest) -> HttpResponse:
    """Everywhere, and at last here and at the Instance ID. Asks first."""
    if request.viewing_as is not None:
        return HttpResponseRedirect(reverse("sessions"))
    if request.method != "POST":
        return render(request, "accounts/sessions_end.html", {"rows": _rows(request)})
    end_other_sessions(request.user, kept=_key(request))
    return sign_out(request)


def _rows(request: SignedInRequest) -> list[dict[str, Any]]:
    return [
        {
            "session": session,
            "browser": browser_of(session.user_agent),
            "is_this": session.session_key == request.session.session_key,
        }
        for session in sessions_of(request.user)
    ]


def _key(request: SignedInRequest) -> str:
    return request.session.session_key or ""
