"""Partners, who acts for them, and whom they have invited."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.admin.base import ReadOnlyAdmin, RefusalsShown, SteersPeople, TrailHistory, staff_of
from accounts.exceptions import PeopleRefused
from accounts.models import AccessRequest, AuditEvent, Invitation, Membership, Partner, User


@admin.register(Partner)
class PartnerAdmin(TrailHistory, ReadOnlyAdmin):
    list_display = ("name", "number", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "number", "party_id")

    def told_of(self, obj: Partner) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.with_company().for_partner(obj)


class GrantForm(ModelForm):
    """Memberships hold no key to a user; that of an access request leads to the same list to choose from."""

    person = ModelChoiceField(
        User.objects.filter(is_active=True),
        label=_("Person"),
        widget=AutocompleteSelect(AccessRequest._meta.get_field("user"), admin.site),
        help_text=_("Somebody who has signed in before. Whoever has not can be invited."),
    )


@admin.register(Membership)
class MembershipAdmin(SteersPeople, TrailHistory, RefusalsShown):
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
        return membership.last_login and date_format(
            timezone.localtime(membership.last_login), "DATETIME_FORMAT"
        )

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
            services.change_membership(obj, by=staff_of(request))
            return
        person = form.cleaned_data["person"]
        granted = services.grant_membership(
            obj.partner,
            person,
            by=staff_of(request),
            role=obj.role,
            days_back=obj.days_back,
        )
        obj.pk, obj.erp_user_id, obj.known_as = granted.pk, granted.erp_user_id, person.get_full_name()

    def told_of(self, obj: Membership) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.with_company().about_membership(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Invitation)
class InvitationAdmin(SteersPeople, TrailHistory, RefusalsShown, ReadOnlyAdmin):
    list_display = ("email", "partner", "role", "days_back", "inviter", "created_at", "expires_at", "outcome")
    list_filter = ("role", "created_at")
    search_fields = ("email", "partner__name", "inviter_login", "inviter_name")
    autocomplete_fields = ("partner",)
    fields = (
        ("partner", "email"),
        ("role", "days_back"),
        ("inviter", "created_at", "expires_at"),
        ("outcome", "accepted_at", "withdrawn_at"),
    )
    add_fields = ("partner", "email", ("role", "days_back"))
    actions = ("send_again", "withdraw")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounts.add_invitation")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        inviter = User.objects.filter(pk=OuterRef("invited_by"))
        return Invitation.objects.select_related("partner").annotate(
            inviter_login=Subquery(inviter.values("login")), inviter_name=Subquery(inviter.values("name"))
        )

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return self.fields if obj else self.add_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return flatten(self.fields) if obj else ()

    def told_of(self, obj: Invitation) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.with_company().about_invitation(obj)

    @admin.display(description=_("invited by"), ordering="inviter_name")
    def inviter(self, invitation: Any) -> str:
        return str(invitation.inviter_name or invitation.inviter_login or "")

    @admin.display(description=_("outcome"))
    def outcome(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return str(_("accepted"))
        if invitation.withdrawn_at:
            return str(_("withdrawn"))
        return str(_("expired") if invitation.is_expired else _("open"))

    def save_model(self, request: HttpRequest, obj: Invitation, form: ModelForm, change: bool) -> None:
        fields = {name: form.cleaned_data[name] for name in ("email", "role", "days_back")}
        invitation = services.invite_person(obj.partner_id, user=staff_of(request), acting=None, **fields)
        obj.pk = invitation.pk

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_invitation")

    @admin.action(description=_("Send again"), permissions=["steer"])
    def send_again(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        """Each by itself: what one of them is refused for holds up no other."""
        for invitation in invitations:
            words = {"email": invitation.email}
            try:
                services.send_again(invitation.pk, acting=None, user=staff_of(request))
            except (PeopleRefused, Invitation.DoesNotExist) as refused:
                words["why"] = str(getattr(refused, "message", _("It is not open any more.")))
                text = _("The invitation to %(email)s was not sent again. %(why)s")
                messages.error(request, text % words)
            else:
                messages.success(request, _("The invitation to %(email)s is on its way.") % words)

    @admin.action(description=_("Withdraw"), permissions=["steer"])
    def withdraw(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        for invitation in invitations:
            services.end_invitation(invitation, by=staff_of(request))
        messages.success(request, _("What was still open is withdrawn."))
