"""For which partner a request acts.

Sets `request.memberships` (all that the person has) and `request.membership`: the only one, else the one chosen in
this browser, else the one chosen last, else None until the person has been asked. They are read anew for each request,
so what ERP.net takes away is gone with the next click.

Staff who look at the portal as a partner (`request.viewing_as`) act for that partner alone, whatever else they may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User
from accounts.selectors import memberships_for
from accounts.services import CHOSEN_PARTNER
from accounts.view_as import Viewing, viewing_of


class PortalRequest(HttpRequest):
    """A request as views get it (for type checkers)."""

    htmx: HtmxDetails
    memberships: list[Membership]
    membership: Membership | None
    viewing_as: Viewing | None


class CurrentPartnerMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponseBase:
        request.viewing_as = viewing_of(request) if _is_signed_in(request) else None
        request.memberships = _memberships(request)
        request.membership = _chosen(request)
        return self.get_response(request)


def _memberships(request: PortalRequest) -> list[Membership]:
    if request.viewing_as is not None:
        return [request.viewing_as.membership()]
    return memberships_for(cast("User", request.user)) if _is_signed_in(request) else []


def _is_signed_in(request: PortalRequest) -> bool:
    # Without a session cookie nobody is signed in: no need to touch the session, which would forbid caching the page.
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated


def _chosen(request: PortalRequest) -> Membership | None:
    if len(request.memberships) <= 1:
        return next(iter(request.memberships), None)
    by_partner = {str(each.partner_id): each for each in request.memberships}
    if chosen := by_partner.get(request.session.get(CHOSEN_PARTNER, "")):
        return chosen
    remembered = by_partner.get(str(cast("User", request.user).chosen_partner_id))
    if remembered is not None:
        # From here on this browser's own, so that a choice made in another browser changes nothing under its pages.
        request.session[CHOSEN_PARTNER] = str(remembered.partner_id)
    return remembered
