"""People, and who of them waits to be looked up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import services
from accounts.admin.base import ReadOnlyAdmin, ReasonFilter, SteersPeople, TrailHistory, staff_of, with_code
from accounts.models import AccessRequest, AuditEvent, Membership, User


@admin.register(User)
class UserAdmin(SteersPeople, TrailHistory, ReadOnlyAdmin):
    list_display = ("login", "name", "email", "acts_for", "user_type", "is_active", "is_staff", "last_login")
    list_filter = ("user_type", "is_active", "is_staff")
    search_fields = ("login", "name", "email", "companies", "erp_id")
    fields = (
        ("login", "name"),
        ("email", "email_verified"),
        ("user_type", "erp_id", "issuer"),
        ("is_active", "is_staff"),
        ("created_at", "last_login"),
    )
    actions = ("end_sessions", "deactivate", "reactivate", "revoke_staff")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With the names of the companies for which each of them acts."""
        held = Membership.objects.filter(erp_user_id=OuterRef("erp_id"), is_active=True).order_by()
        names = held.values("erp_user_id").annotate(
            names=StringAgg("partner__name", ", ", order_by="partner__name")
        )
        return super().get_queryset(request).annotate(companies=Subquery(names.values("names")))

    def told_of(self, obj: User) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.with_company().about_user(obj)

    @admin.display(description=_("acts for"), ordering="companies")
    def acts_for(self, user: Any) -> str:
        return user.companies or ""

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
class AccessRequestAdmin(TrailHistory, ReadOnlyAdmin):
    list_display = ("user", "state", "why", "requested_at", "answered_at")
    list_filter = ("state", ReasonFilter, "requested_at")
    search_fields = ("user__login", "user__name", "user__email", "reason")
    fields = readonly_fields = ("user", "state", "why", "requested_at", "answered_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessRequest]:
        return super().get_queryset(request).select_related("user")

    def told_of(self, obj: AccessRequest) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.with_company().about_user(obj.user)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, request: AccessRequest) -> str:
        return with_code(request.reason)
