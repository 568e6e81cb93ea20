"""For somebody who has signed in and acts for nobody yet: her company is looked up while she waits."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.gates import SignedInRequest, signed_in_page
from accounts.models import AccessRequest
from accounts.reasons import NOT_ASKED_YET, REASONS
from sync.services.access import request_access


@require_safe
@signed_in_page
def welcome(request: SignedInRequest) -> HttpResponse:
    """Asking twice costs nothing, so whoever looks at the page is looked up; a refusal is asked anew after a minute."""
    if request.membership is not None or request.memberships:
        return redirect("portal:dashboard")
    return render(request, "portal/welcome.html", _context(request))


@require_safe
@signed_in_page
def answer(request: SignedInRequest) -> HttpResponse:
    """The part of the page that moves. Empty where nothing is new, so that screen readers do not repeat themselves."""
    if request.membership is not None or request.memberships:
        return HttpResponseClientRedirect(reverse("portal:dashboard"))
    context = _context(request)
    if context["mark"] == request.GET.get("seen"):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "portal/_welcome_answer.html", context)


def _context(request: SignedInRequest) -> dict[str, Any]:
    access = request_access(request.user)
    is_waiting = access.state != AccessRequest.State.REFUSED
    return {
        "mark": f"{access.state}-{access.reason}",
        "is_waiting": is_waiting,
        "reason": REASONS.get(access.reason, None if is_waiting else NOT_ASKED_YET),
    }
