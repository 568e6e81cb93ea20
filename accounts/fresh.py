"""Sensitive actions ask for a sign-in at the Instance ID that is no more than some minutes old.

`@fresh` stands below one of the gates, around whatever must not be done by somebody who found a browser left open.
ERP.net says in `auth_time` when a person last proved who she is; the session keeps it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect

from accounts.middleware import PortalRequest
from accounts.text import page_of

AUTH_TIME = "auth_time"
FRESH = "fresh"

View = Callable[..., HttpResponseBase]


def fresh(view: View) -> View:
    """Send whoever has not signed in lately to do so, and back to the page that the request came from.

    What a form sent along is lost: nothing that was typed goes on a journey to another site. Staff who view the portal
    as a partner can send none, and are let through.
    """

    @wraps(view)
    def checked(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.viewing_as is not None or has_signed_in_lately(request):
            return view(request, *args, **kwargs)
        address = f"{settings.LOGIN_URL}?{urlencode({FRESH: '1', 'next': page_of(request)})}"
        return HttpResponseClientRedirect(address) if request.htmx else HttpResponseRedirect(address)

    return checked


def has_signed_in_lately(request: HttpRequest) -> bool:
    """Whether the person of this session proved who she is within the last FRESH_SIGN_IN_SECONDS."""
    at = request.session.get(AUTH_TIME)
    return at is not None and time.time() - at <= settings.FRESH_SIGN_IN_SECONDS
