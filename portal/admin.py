"""The admin site: for staff alone, across all partners, entered through the Instance ID like everything else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import acting_as_staff

View = Callable[..., HttpResponseBase]


class PortalAdminSite(admin.AdminSite):
    site_header = _("Portal administration")
    site_title = _("Portal administration")
    index_title = _("Operations")
    site_url = "/"

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Strangers are sent to sign in; to anybody else who is not staff the page does not exist."""
        gated = super().admin_view(_as_staff(view), cacheable)

        @wraps(gated)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return gated(request, *args, **kwargs)

        return gate

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


def _as_staff(view: View) -> View:
    """Every partner's rows are in sight, until the page is rendered and the transaction ends."""

    @wraps(view)
    def as_staff(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with acting_as_staff():
            response = view(request, *args, **kwargs)
            return response.render() if isinstance(response, SimpleTemplateResponse) else response

    return as_staff
