"""Who may come to a page. Every view of the portal is wrapped in exactly one gate, and says so in `view.policy`.

A gate that lets somebody through to partner data also opens the transaction in which PostgreSQL shows that partner's
rows alone. What does not exist and what belongs to others is the same 404 and leaves the same trace.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from http import HTTPStatus
from typing import Any, Protocol, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from accounts import audit
from accounts.middleware import PortalRequest
from accounts.models import AuditEvent, Membership, User
from accounts.permissions import WRITING, Capability
from accounts.reasons import VIEWING_MEANWHILE, VIEWING_ONLY, Reason
from accounts.tenancy import acting_as_staff, acting_for, speaking_of
from accounts.text import page_of, path_to_keep
from accounts.view_as import Viewing, end_viewing, looking_at, page_after, record_page
from erpnet import correlation

WELCOME_PATH = "/welcome/"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

View = Callable[..., HttpResponseBase]


class GatedView(Protocol):
    policy: str

    def __call__(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


class SignedInRequest(PortalRequest):
    """A request of somebody who has signed in: what a `signed_in_page` gets (for type checkers)."""

    user: User


class PartnerRequest(SignedInRequest):
    """A request that acts for a partner: what a `partner_page` gets (for type checkers)."""

    membership: Membership


def public_page(view: View) -> GatedView:
    """Open to anybody. No partner data can be read inside."""
    return _declare(view, "public")


def signed_in_page(view: View) -> GatedView:
    """Open to anybody who has signed in, with or without a partner."""

    @never_cache
    @wraps(view)
    def gate(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _send(request, _and_back(settings.LOGIN_URL, request))
        if request.viewing_as is not None and (answer := _while_viewing(request, request.viewing_as)):
            return answer
        return view(request, *args, **kwargs)

    return _declare(gate, "signed-in")


def partner_page(capability: Capability | None = None) -> Callable[[View], GatedView]:
    """Open to whoever acts for a partner in a role that has `capability`. The view sees that partner's rows alone."""

    def decorate(view: View) -> GatedView:
        @signed_in_page
        @wraps(view)
        def gate(request: PartnerRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if (detour := _detour(request)) is not None:
                return detour
            if request.viewing_as is not None and capability in WRITING:
                return _refuse(request, VIEWING_ONLY)
            if capability is not None and not request.membership.may(capability):
                _record_refusal(request, reason=f"may_not_{capability}")
                raise PermissionDenied
            return _show(view, request, *args, **kwargs)

        return _declare(gate, f"partner:{capability}" if capability else "partner")

    return decorate


def staff_page(view: View) -> GatedView:
    """Open to portal staff, who see every partner's rows. To others it does not exist."""

    @signed_in_page
    @wraps(view)
    def gate(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not getattr(request.user, "is_staff", False):
            _record_refusal(request, reason="not_staff")
            raise Http404
        if request.viewing_as is not None:
            return _refuse(request, VIEWING_MEANWHILE)
        return _run(view, acting_as_staff(), request, *args, **kwargs)

    return _declare(gate, "staff")


def viewing_page(view: View) -> GatedView:
    """Open to staff while they look at the portal as a partner: the one thing that they may send is its end."""

    @never_cache
    @wraps(view)
    def gate(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _send(request, "/") if request.viewing_as is None else view(request, *args, **kwargs)

    return _declare(gate, "viewing")


def _declare(view: View, policy: str) -> GatedView:
    gated = cast("GatedView", view)
    gated.policy = policy
    return gated


def _show(view: View, request: PartnerRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    viewing = request.viewing_as
    if viewing is None:
        return _run(view, acting_for(request.membership.partner_id), request, *args, **kwargs)
    response = _run(view, looking_at(viewing.partner.pk), request, *args, **kwargs)
    # A part of a page that had nothing new to show has shown nothing.
    if response.status_code != HTTPStatus.NO_CONTENT:
        record_page(viewing, request)
    return response


def _run(
    view: View, scope: AbstractContextManager[None], request: PortalRequest, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    try:
        with scope:
            response = view(request, *args, **kwargs)
            # A lazy page reads its rows while it renders, and outside of this transaction there are none.
            return response.render() if isinstance(response, SimpleTemplateResponse) else response
    except (Http404, ObjectDoesNotExist) as absent:
        _record_refusal(request, reason="not_found")
        raise Http404 from absent


def _record_refusal(request: PortalRequest, *, reason: str) -> None:
    partner_id = request.membership.partner_id if request.membership else None
    with speaking_of(partner_id):
        audit.record(
            AuditEvent.Kind.REFUSAL,
            user=cast("User", request.user),
            partner_id=partner_id,
            succeeded=False,
            reason=reason,
            subject=f"{request.method} {path_to_keep(request)}",
        )


def _while_viewing(request: PortalRequest, viewing: Viewing) -> HttpResponseBase | None:
    """An hour is up in the middle of a click, and a click must not lead to what one may see in one's own name."""
    if viewing.is_over:
        end_viewing(request, viewing)
        messages.info(
            request, _("You no longer view the portal as %(partner)s.") % {"partner": viewing.partner}
        )
        return _send(request, page_after(viewing))
    return None if request.method in SAFE_METHODS else _refuse(request, VIEWING_ONLY)


def _refuse(request: PortalRequest, reason: Reason) -> HttpResponseBase:
    _record_refusal(request, reason=reason.code)
    if request.htmx:
        return HttpResponseClientRefresh()
    # A page of staff leads nowhere meanwhile, nor does one that is all form; a form that was sent was on one that does.
    leads_nowhere = reason is VIEWING_MEANWHILE or request.method in SAFE_METHODS
    way_back = "/" if leads_nowhere else page_of(request)
    context = {"reason": reason, "correlation_id": correlation.get(), "way_back": way_back}
    return render(request, "accounts/viewing_refused.html", context, status=reason.status)


def _detour(request: PortalRequest) -> HttpResponseBase | None:
    """For somebody who acts for nobody yet: to be welcomed, or to choose among her partners."""
    if request.membership is not None:
        return None
    if not request.memberships:
        return _send(request, WELCOME_PATH)
    return _send(request, _and_back(reverse("partner-choice"), request))


def _and_back(address: str, request: PortalRequest) -> str:
    return f"{address}?{urlencode({'next': page_of(request)})}"


def _send(request: PortalRequest, address: str) -> HttpResponseBase:
    """Redirect the whole page, even where htmx asked for a part of it."""
    return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)
