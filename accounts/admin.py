"""People and partners in the admin. What ERP.net says is shown and never edited here; the deeds are actions."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import services
from accounts.exceptions import PeopleRefused
from accounts.models import AccessRequest, AuditEvent, Invitation, Membership, Partner, User
from accounts.trail import history_of


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

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Never by sessions: asked often enough whose key begins how, the list would tell every key."""
        return not lookup.startswith("sessions") and super().lookup_allowed(lookup, value, request)

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


class RefusalsShown(admin.ModelAdmin):
    """What the services refuse is a message on the form's page."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            return super().add_view(request, form_url, extra_context)
        except PeopleRefused as refused:
            messages.error(request, str(refused.message))
            return redirect(request.get_full_path())


class GrantForm(ModelForm):
    """Memberships hold no key to a user; that of an access request leads to the same list to choose from."""

    person = ModelChoiceField(
        User.objects.filter(is_active=True),
        label=_("person"),
        widget=AutocompleteSelect(AccessRequest._meta.get_field("user"), admin.site),
        help_text=_("Somebody who has signed in before. Whoever has not can be invited."),
    )


@admin.register(Membership)
class MembershipAdmin(RefusalsShown):
    list_display = ("who", "login_name", "partner", "role", "days_back", "source", "is_active", "seen")
    list_filter = ("role", "source", "is_active")
    list_select_related = ("partner",)
    search_fields = ("login", "email", "person_name", "known_as", "erp_user_id", "partner__name")
    autocomplete_fields = ("partner",)
    fields = (
        ("who", "login_name", "erp_user_id"),
        ("partner", "source"),
        ("role", "days_back", "is_active"),
        ("seen", "created_at", "updated_at"),
    )
    readonly_fields = (
        "who",
        "login_name",
        "erp_user_id",
        "partner",
        "source",
        "seen",
        "created_at",
        "updated_at",
    )
    add_fields = ("person", "partner", "role", "days_back")
    object_history_template = "admin/accounts/membership/object_history.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return Membership.objects.with_person()

    @admin.display(description=_("person"), ordering="person_name")
    def who(self, membership: Any) -> str:
        return str(membership.person_name or membership.known_as or membership.login or _("not known yet"))

    @admin.display(description=_("login"), ordering="login")
    def login_name(self, membership: Any) -> str:
        return str(membership.login or "")

    @admin.display(description=_("last sign-in"), ordering="last_login")
    def seen(self, membership: Any) -> Any:
        return membership.last_login

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return self.fields if obj else self.add_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        if obj is None:
            return ()
        by_erp_net = obj.source == Membership.Source.EXTERNAL_ACCESS
        return (*self.readonly_fields, "role", "days_back") if by_erp_net else self.readonly_fields

    def get_form(
        self, request: HttpRequest, obj: Membership | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return super().get_form(request, obj, change, **(kwargs if obj else {**kwargs, "form": GrantForm}))

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm, change: bool) -> None:
        if change:
            services.change_membership(obj, by=_staff(request))
            return
        granted = services.grant_membership(
            obj.partner,
            form.cleaned_data["person"],
            by=_staff(request),
            role=obj.role,
            days_back=obj.days_back,
        )
        obj.pk, obj.erp_user_id = granted.pk, granted.erp_user_id

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What the audit trail says of the person at this partner: also what the directory and colleagues did."""
        membership = self.get_object(request, object_id)
        lines = history_of(membership) if membership else []
        return super().history_view(request, object_id, {**(extra_context or {}), "lines": lines})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Invitation)
class InvitationAdmin(RefusalsShown, ReadOnlyAdmin):
    list_display = ("email", "partner", "role", "days_back", "created_at", "expires_at", "outcome")
    list_filter = ("role", "created_at")
    list_select_related = ("partner",)
    search_fields = ("email", "partner__name")
    autocomplete_fields = ("partner",)
    fields = ("partner", "email", ("role", "days_back"))
    actions = ("send_again", "withdraw")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.add_invitation")

    @admin.display(description=_("outcome"))
    def outcome(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return str(_("accepted"))
        if invitation.withdrawn_at:
            return str(_("withdrawn"))
        return str(_("expired") if invitation.is_expired else _("open"))

    def save_model(self, request: HttpRequest, obj: Invitation, form: ModelForm, change: bool) -> None:
        fields = {name: form.cleaned_data[name] for name in ("email", "role", "days_back")}
        invitation = services.invite_person(obj.partner_id, user=_staff(request), acting=None, **fields)
        obj.pk = invitation.pk

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_invitation")

    @admin.action(description=_("Send again"), permissions=["steer"])
    def send_again(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        """Each by itself: what one of them is refused for holds up no other."""
        for invitation in invitations:
            words = {"email": invitation.email}
            try:
                services.send_again(invitation.pk, acting=None, user=_staff(request))
            except (PeopleRefused, Invitation.DoesNotExist) as refused:
                words["why"] = str(getattr(refused, "message", _("It is not open any more.")))
                text = _("The invitation to %(email)s was not sent again. %(why)s")
                messages.error(request, text % words)
            else:
                messages.success(request, _("The invitation to %(email)s is on its way.") % words)

    @admin.action(description=_("Withdraw"), permissions=["steer"])
    def withdraw(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        for invitation in invitations:
            services.end_invitation(invitation, by=_staff(request))
        messages.success(request, _("What was still open is withdrawn."))


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
