"""What the pages of the admin have in common."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.exceptions import PeopleRefused
from accounts.models import User


def staff_of(request: HttpRequest) -> User:
    """The admin site lets nobody in who has not signed in."""
    return cast("User", request.user)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RefusalsShown(admin.ModelAdmin):
    """What the services refuse is a message on the form's page."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except PeopleRefused as refused:
            messages.error(request, str(refused.message))
            return redirect(request.get_full_path())
