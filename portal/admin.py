"""The admin site: for staff alone, across all partners, entered through the Instance ID like everything else."""

from __future__ import annotations

import logging
from dataclasses import asdict
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.gates import staff_page
from sync.selectors import operations

logger = logging.getLogger(__name__)

# The pages that operations live in: the admin's name of the list, what it is called, what one does there.
_PLACES = [
    ("sync_alert", _("Alerts"), _("What needs a person.")),
    ("django_celery_beat_periodictask", _("Schedule"), _("What runs when; run a job now.")),
    ("sync_stream", _("Streams"), _("How old each part of the mirror is.")),
    ("sync_run", _("Runs"), _("What was pulled, how fast, what went wrong.")),
    ("sync_outboxentry", _("Deliveries"), _("What partners saved and ERP.net has yet to take.")),
    ("erpnet_apicall", _("Calls to ERP.net"), _("Every call and token exchange.")),
    ("accounts_auditevent", _("Trail"), _("Who did what, and who was turned away.")),
]


class PortalAdminSite(admin.AdminSite):
    site_header = _("Portal administration")
    site_title = _("Portal administration")
    index_title = _("Operations")
    site_url = "/"
    # The start page leads everywhere; beside the filters there is no room for another list of all lists.
    enable_nav_sidebar = False

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Strangers are sent to sign in; to anybody else who is not staff the page does not exist."""
        return staff_page(_strict(super().admin_view(view, cacheable)))

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        links = _links(operations.deliveries(), operations.open_alerts())
        context = {"operations": links, "streams": operations.stream_health()}
        return super().index(request, {**context, **(extra_context or {})})

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The portal knows no passwords: the Instance ID asks for them."""
        came_from = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        return redirect(f"{settings.LOGIN_URL}?{urlencode({REDIRECT_FIELD_NAME: came_from})}")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("signout", preserve_request=True)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> Any:
        raise Http404


def _strict(view: Any) -> Any:
    """Django's admin hands some of what a browser sends to the database as it is, which chokes on it.

    The log keeps the cause, lest a fault of our own pass for the browser's.
    """

    @wraps(view)
    def strict(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except (DataError, FieldDoesNotExist, ValidationError, ValueError) as unreadable:
            logger.warning("The admin could not read what was sent", exc_info=unreadable)
            raise BadRequest from unreadable

    return strict


def _links(deliveries: operations.Deliveries, alerts: int) -> list[dict[str, Any]]:
    counted = _("%(waiting)d on their way, %(stuck)d wait for a person.") % asdict(deliveries)
    told = ngettext("%(count)d open alert.", "%(count)d open alerts.", alerts) % {"count": alerts}
    notes = {"sync_outboxentry": counted, "sync_alert": told if alerts else _("Nothing needs a person.")}
    return [
        {"url": reverse(f"admin:{place}_changelist"), "label": label, "note": notes.get(place, note)}
        for place, label, note in _PLACES
    ]
