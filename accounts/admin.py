"""People and partners in the admin. What ERP.net says is shown and never edited here; the deeds are actions."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import services
from accounts.models import AccessRequest, AuditEvent, Membership, Partner, User


def _staff(request: HttpRequest) -> User:
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

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_user")

    @admin.action(description=_("Sign out everywhere"), permissions=["steer"])
    def end_sessions(self, request: HttpRequest, users: QuerySet[User]) -> None:
        ended = sum([services.end_sessions(user, by=_staff(request)) for user in users])
        text = ngettext("%(count)d session has been ended.", "%(count)d sessions have been ended.", ended)
        messages.success(request, text % {"count": ended})

    @admin.action(description=_("Deactivate and sign out everywhere"), permissions=["steer"])
    def deactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            services.deactivate_user(user, by=_staff(request))
        messages.success(request, _("Deactivated."))

    @admin.action(description=_("Reactivate"), permissions=["steer"])
    def reactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            services.reactivate_user(user, by=_staff(request))
        messages.success(request, _("Reactivated."))

    @admin.action(description=_("Take away the staff role"), permissions=["steer"])
    def revoke_staff(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            services.revoke_staff(user, by=_staff(request))
        messages.success(request, _("No longer portal staff."))


@admin.register(Partner)
class PartnerAdmin(ReadOnlyAdmin):
    list_display = ("name", "number", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "number", "party_id")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ("person", "partner", "role", "source", "is_active", "updated_at")
    list_filter = ("role", "source", "is_active")
    list_select_related = ("partner",)
    search_fields = ("erp_user_id", "partner__name")
    fields = ("person", "partner", "role", "is_active", "source", "created_at", "updated_at")
    readonly_fields = ("person", "partner", "source", "created_at", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return Membership.objects.with_login()

    @admin.display(description=_("person"), ordering="login")
    def person(self, membership: Any) -> str:
        return str(membership.login or membership.erp_user_id)

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm, change: bool) -> None:
        services.change_membership(obj, by=_staff(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessRequest)
class AccessRequestAdmin(ReadOnlyAdmin):
    list_display = ("user", "state", "reason", "requested_at", "answered_at")
    list_filter = ("state", "reason")
    list_select_related = ("user",)
    search_fields = ("user__login", "user__name")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "succeeded", "reason", "login", "partner", "subject")
    list_filter = ("kind", "succeeded", "reason", "at")
    search_fields = ("login", "reason", "subject", "correlation_id", "partner_id", "partner_name")
    date_hierarchy = "at"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """The trail names partners by value, so that it outlives them; where one is still there, its name is shown."""
        names = Partner.objects.filter(pk=OuterRef("partner_id")).values("name")
        return super().get_queryset(request).annotate(partner_name=Subquery(names))

    @admin.display(description=_("partner"), ordering="partner_name")
    def partner(self, event: Any) -> str:
        return event.partner_name or str(event.partner_id or "")
