"""For somebody who has signed in and acts for nobody yet: her company is looked up while she waits."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HTMX_STOP_POLLING, HttpResponseClientRedirect

from accounts.gates import signed_in_page
from accounts.middleware import PortalRequest
from accounts.models import AccessRequest
from accounts.reasons import NOT_ASKED_YET, REASONS
from sync import services


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def welcome(request: PortalRequest) -> HttpResponse:
    """Asking twice costs nothing, so a look at the page asks; the button asks once more after a refusal."""
    if request.membership is not None:
        return redirect("portal:dashboard")
    context = _context(request, again=request.method == "POST")
    return render(request, "portal/welcome.html", context)


@require_safe
@signed_in_page
def answer(request: PortalRequest) -> HttpResponse:
    """The part of the page that moves."""
    if request.membership is not None:
        return HttpResponseClientRedirect(reverse("portal:dashboard"))
    context = _context(request)
    response = render(request, "portal/_welcome_answer.html", context)
    if not context["is_waiting"]:
        response.status_code = HTMX_STOP_POLLING
    return response


def _context(request: PortalRequest, *, again: bool = False) -> dict[str, Any]:
    access = services.request_access(request.user)
    return {
        "is_waiting": access.state != AccessRequest.State.REFUSED,
        "reason": REASONS.get(access.reason, NOT_ASKED_YET),
    }
