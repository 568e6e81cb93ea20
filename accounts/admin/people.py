"""People, and who of them waits to be looked up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import services
from accounts.admin.base import ReadOnlyAdmin, staff_of
from accounts.models import AccessRequest, User


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("login", "name", "email", "user_type", "is_active", "is_staff", "last_login")
    list_filter = ("user_type", "is_active", "is_staff")
    search_fields = ("login", "name", "email", "erp_id")
    fields = (
        ("login", "name"),
        ("email", "email_verified"),
        ("user_type", "erp_id", "issuer"),
        ("is_active", "is_staff"),
        ("created_at", "last_login"),
    )
    actions = ("end_sessions", "deactivate", "reactivate", "revoke_staff")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by sessions: asked often enough whose key begins how, the list would tell every key."""
        return not lookup.startswith("sessions") and super().lookup_allowed(lookup, value, request)

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_user")

    @admin.action(description=_("Sign out everywhere"), permissions=["steer"])
    def end_sessions(self, request: HttpRequest, users: QuerySet[User]) -> None:
        ended = sum([services.end_sessions(user, by=staff_of(request)) for user in users])
        text = ngettext("%(count)d session has been ended.", "%(count)d sessions have been ended.", ended)
        messages.success(request, text % {"count": ended})

    @admin.action(description=_("Deactivate and sign out everywhere"), permissions=["steer"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            services.deactivate_user(user, by=staff_of(request))
        messages.success(request, _("Deactivated."))

    @admin.action(description=_("Reactivate"), permissions=["steer"])
    def reactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            services.reactivate_user(user, by=staff_of(request))
        messages.success(request, _("Reactivated."))

    @admin.action(description=_("Take away the staff role"), permissions=["steer"])
    def revoke_staff(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            services.revoke_staff(user, by=staff_of(request))
        messages.success(request, _("No longer portal staff."))


@admin.register(AccessRequest)
class AccessRequestAdmin(ReadOnlyAdmin):
    list_display = ("user", "state", "reason", "requested_at", "answered_at")
    list_filter = ("state", "reason")
    list_select_related = ("user",)
    search_fields = ("user__login", "user__name")
