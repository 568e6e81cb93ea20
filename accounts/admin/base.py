"""What the pages of the admin have in common."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import PeopleRefused
from accounts.fresh import fresh
from accounts.models import AuditEvent, User
from accounts.reasons import all_in_words, in_words
from accounts.trail import lines_of

HISTORY_LINES = 200


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


class SteersPeople(admin.ModelAdmin):
    """What decides on somebody's access is for whoever has signed in lately, and forms are not even shown to others."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        view = super().changelist_view
        return (fresh(view) if request.method == "POST" else view)(request, extra_context)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        view = super().changeform_view
        to_fill_in = object_id is None or request.method == "POST" or self.has_change_permission(request)
        return (fresh(view) if to_fill_in else view)(request, object_id, form_url, extra_context)


class RefusalsShown(admin.ModelAdmin):
    """What the services refuse is a message on the form's page."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except PeopleRefused as refused:
            messages.error(request, str(refused.message))
            return redirect(request.get_full_path())


class TrailHistory(admin.ModelAdmin):
    """The history of a row is what the audit trail says of it: also what colleagues and ERP.net did."""

    object_history_template = "admin/accounts/object_history.html"

    def told_of(self, obj: Any) -> QuerySet[AuditEvent]:
        """The lines about a row."""
        raise NotImplementedError

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        obj = self.get_object(request, object_id)
        events = self.told_of(obj).order_by("-pk")[:HISTORY_LINES] if obj else ()
        context = {"lines": lines_of(events), **(extra_context or {})}
        return super().history_view(request, object_id, context)


class ReasonFilter(admin.SimpleListFilter):
    """By why somebody was refused, in words."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, with_code(code)) for code in all_in_words()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


def with_code(code: str) -> str:
    """A reason in words, its code beside it; a code without words stands alone."""
    words = str(in_words(code))
    return code if words == code else f"{words} ({code})"
