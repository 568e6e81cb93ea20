"""The portal's addresses, and one behind each kind of gate that asks for a fresh sign-in."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import path

from accounts.fresh import fresh
from accounts.gates import partner_page, signed_in_page, staff_page
from accounts.models import User
from accounts.permissions import Capability
from portal.urls import handler400, handler403, handler404, handler500
from portal.urls import urlpatterns as portal_addresses

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@fresh
def rename(request: Any) -> HttpResponse:
    if request.method == "POST":
        User.objects.filter(pk=request.user.pk).update(name="Renamed")
    return HttpResponse("inside")


urlpatterns = [
    path("sensitive", signed_in_page(rename)),
    path("sensitive/people", partner_page(Capability.VIEW_PEOPLE)(rename)),
    path("sensitive/staff", staff_page(rename)),
    *portal_addresses,
]
