"""How somebody becomes portal staff, and what staff do to others in the admin."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import services
from accounts.models import AuditEvent, Invitation, Membership, Partner, Session, StaffGrant, User
from accounts.permissions import Role
from tests.accounts.browser import Browser
from tests.accounts.builders import make_member, make_partner, make_staff, make_user
from tests.accounts.provider import Provider

pytestmark = pytest.mark.django_db
LOGIN = "ops@vitosha.example"


@pytest.fixture(params=[("code id_token", "form_post")], ids=["hybrid-form_post"])
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def internal(provider: Provider) -> Provider:
    provider.subject, provider.person["user_type"] = LOGIN, "InternalUser"
    return provider


@pytest.fixture
def staff(internal: Provider, browser: Browser) -> Browser:
    services.grant_staff(LOGIN)
    browser.sign_in(internal)
    return browser


class TestTheGrant:
    def test_makes_the_internal_user_of_that_login_staff_at_sign_in(
        self, internal: Provider, browser: Browser, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("grant_staff", LOGIN)
        assert "with the next sign-in" in capsys.readouterr().out
        assert browser.sign_in(internal)["Location"] == "/admin/"
        user = User.objects.get()
        assert (user.is_staff, user.is_superuser) == (True, False)
        assert user.has_perms(["accounts.view_auditevent", "sync.change_stream", "erpnet.view_apicall"])
        assert not user.has_perm("auth.change_permission")
        assert not StaffGrant.objects.exists()
        reasons = AuditEvent.objects.filter(kind=AuditEvent.Kind.ROLE).values_list("reason", flat=True)
        assert set(reasons) == {"staff_promised", "staff_granted"}

    def test_works_for_somebody_who_has_signed_in_before(self, internal: Provider, browser: Browser) -> None:
        browser.sign_in(internal)
        services.grant_staff(LOGIN)
        assert not User.objects.get().is_staff
        Browser().sign_in(internal)
        assert User.objects.get().is_staff

    def test_belongs_to_the_person_from_then_on(self, internal: Provider, staff: Browser) -> None:
        internal.subject = "renamed@vitosha.example"
        Browser().sign_in(internal)
        assert User.objects.get().is_staff

    def test_is_not_for_community_users(self, internal: Provider, browser: Browser) -> None:
        services.grant_staff(LOGIN)
        internal.person["user_type"] = "ExternalCommunityUser"
        browser.sign_in(internal)
        assert not User.objects.get().is_staff
        assert StaffGrant.objects.exists()

    def test_is_lost_when_somebody_becomes_a_community_user(self, internal: Provider, staff: Browser) -> None:
        internal.person["user_type"] = "ExternalCommunityUser"
        Browser().sign_in(internal)
        user = User.objects.get()
        assert not user.is_staff
        assert not user.groups.exists()
        assert staff.get("/admin/").status_code == 404

    def test_expires(self, internal: Provider, browser: Browser) -> None:
        with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(days=8)):
            services.grant_staff(LOGIN)
        browser.sign_in(internal)
        assert not User.objects.get().is_staff

    def test_is_for_that_very_login(self, internal: Provider, browser: Browser) -> None:
        services.grant_staff(LOGIN.upper())
        browser.sign_in(internal)
        assert not User.objects.get().is_staff

    @pytest.mark.parametrize("login", ["", "a\nb", "x" * 255])
    def test_refuses_what_is_no_login(self, login: str) -> None:
        with pytest.raises(CommandError, match="LOGIN"):
            call_command("grant_staff", login)

    @pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
    def test_the_database_refuses_community_staff(self, flag: str) -> None:
        user = make_user()
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=user.pk).update(**{flag: True})


class TestTheAdmin:
    def act(self, staff: Browser, action: str, *users: User) -> Any:
        fields = {"action": action, "_selected_action": [str(user.pk) for user in users]}
        return staff.post(reverse("admin:accounts_user_changelist"), fields)

    @pytest.fixture
    def maria(self) -> User:
        user = make_user()
        for number in range(2):
            Session.objects.create(
                session_key=f"key{number}", user=user, session_data="", expire_date=dt.datetime.now(dt.UTC)
            )
        return user

    def test_strangers_sign_in_and_others_find_nothing(self, provider: Provider, browser: Browser) -> None:
        address = reverse("admin:accounts_user_changelist")
        assert browser.get(address)["Location"].startswith("/signin?next=")
        browser.sign_in(provider)
        assert browser.get(address).status_code == 404

    @pytest.mark.parametrize(
        "model", ["user", "partner", "membership", "invitation", "accessrequest", "auditevent"]
    )
    def test_lists_and_searches(self, staff: Browser, maria: User, model: str) -> None:
        make_member(maria, make_partner())
        page = staff.get(reverse(f"admin:accounts_{model}_changelist"), {"q": "r"})
        assert page.status_code == 200

    @pytest.mark.parametrize("model", ["user", "partner", "accessrequest", "auditevent"])
    def test_nothing_can_be_added_or_removed(self, staff: Browser, model: str) -> None:
        assert staff.get(reverse(f"admin:accounts_{model}_add")).status_code == 403

    def test_ses_07_ends_the_sessions_of_one_person(self, staff: Browser, maria: User) -> None:
        self.act(staff, "end_sessions", maria)
        assert not Session.objects.filter(user=maria).exists()
        assert staff.is_signed_in
        event = AuditEvent.objects.get(reason="sessions_ended")
        assert (event.login, event.subject, event.detail) == (LOGIN, f"user {maria.pk}", {"ended": 2})

    def test_usr_06_deactivating_ends_the_sessions_too(self, staff: Browser, maria: User) -> None:
        self.act(staff, "deactivate", maria)
        maria.refresh_from_db()
        assert not maria.is_active
        assert not Session.objects.filter(user=maria).exists()
        self.act(staff, "reactivate", maria)
        maria.refresh_from_db()
        assert maria.is_active

    def test_usr_06_no_session_outlives_a_deactivation(self, staff: Browser, maria: User) -> None:
        """A sign-in that was under way at that moment leaves one, which is of no use, and must not become so."""
        late = Browser()
        late.force_login(maria)
        User.objects.filter(pk=maria.pk).update(is_active=False)
        assert late.get("/sessions").status_code == 302
        self.act(staff, "reactivate", maria)
        assert late.get("/sessions").status_code == 302

    def test_takes_the_staff_role_away(self, staff: Browser) -> None:
        other = make_staff("other@vitosha.example")
        self.act(staff, "revoke_staff", other)
        other.refresh_from_db()
        assert not other.is_staff

    def test_usr_04_an_open_promise_does_not_give_the_staff_role_back(
        self, internal: Provider, staff: Browser
    ) -> None:
        services.grant_staff(LOGIN)
        services.revoke_staff(User.objects.get(), by=make_staff("other@vitosha.example"))
        assert Browser().sign_in(internal)["Location"] == "/welcome/"
        assert not User.objects.get(login=LOGIN).is_staff

    def test_a_person_cannot_be_edited(self, staff: Browser, maria: User) -> None:
        address = reverse("admin:accounts_user_change", args=[maria.pk])
        assert staff.get(address).status_code == 200
        assert staff.post(address, {"is_staff": "on", "login": "x"}).status_code == 403
        maria.refresh_from_db()
        assert not maria.is_staff

    def test_a_role_can_be_changed_and_leaves_a_trace(self, staff: Browser, maria: User) -> None:
        membership = make_member(maria, make_partner(), Role.ORDERS)
        address = reverse("admin:accounts_membership_change", args=[membership.pk])
        staff.post(address, {"role": Role.ADMIN.value, "is_active": "on"})
        membership.refresh_from_db()
        assert (membership.role, membership.source) == (Role.ADMIN, Membership.Source.DIRECTORY)
        event = AuditEvent.objects.get(reason="membership_changed")
        assert event.detail == {"role": ["Orders", "Admin"]}
        assert event.partner_id == membership.partner_id

    def test_what_staff_switch_off_stays_theirs(self, staff: Browser, maria: User) -> None:
        membership = make_member(maria, make_partner())
        address = reverse("admin:accounts_membership_change", args=[membership.pk])
        staff.post(address, {"role": membership.role})
        membership.refresh_from_db()
        assert (membership.is_active, membership.source) == (False, Membership.Source.PERSON)

    def test_what_erp_net_decides_is_switched_off_and_on_as_what_it_is(
        self, staff: Browser, maria: User
    ) -> None:
        member = make_member(maria, make_partner(), source=Membership.Source.EXTERNAL_ACCESS, days_back=30)
        address = reverse("admin:accounts_membership_change", args=[member.pk])
        for fields, is_active in (({}, False), ({"role": "Owner", "is_active": "on"}, True)):
            staff.post(address, fields)
            member.refresh_from_db()
            assert (member.is_active, member.source) == (is_active, Membership.Source.EXTERNAL_ACCESS)
            assert (member.role, member.days_back) == (Role.BILLING, 30)

    def test_a_membership_says_whose_it_is(self, staff: Browser) -> None:
        ana = make_user("ana@x.example", name="Ana Name")
        make_member(ana, make_partner())
        make_member(User(erp_id=uuid.uuid4()), make_partner("Northwind Metals"), known_as="Never Came")
        address = reverse("admin:accounts_membership_changelist")
        page = staff.get(address).content.decode()
        for words in ("Ana Name", "ana@x.example", "Never Came"):
            assert words in page
        for search in ("ana@x", "Ana", "Rila"):
            found = staff.get(address, {"q": search}).content.decode()
            assert "Ana Name" in found
            assert "Never Came" not in found

    def grant(self, staff: Browser, person: User, partner: Any, **fields: str) -> Any:
        fields = {
            "person": str(person.pk),
            "partner": str(partner.pk),
            "role": "Owner",
            "days_back": "",
            **fields,
        }
        return staff.post(reverse("admin:accounts_membership_add"), fields, follow=True)

    def test_grants_a_membership_by_hand_to_somebody_known(self, staff: Browser, maria: User) -> None:
        partner = make_partner()
        assert staff.get(reverse("admin:accounts_membership_add")).status_code == 200
        assert self.grant(staff, maria, partner, days_back="30").status_code == 200
        membership = Membership.objects.get()
        assert (membership.erp_user_id, membership.partner) == (maria.erp_id, partner)
        assert (membership.role, membership.days_back) == (Role.OWNER, 30)
        assert membership.source == Membership.Source.PERSON
        event = AuditEvent.objects.get(reason="membership_granted")
        assert (event.login, event.partner_id, event.detail["role"]) == (LOGIN, partner.pk, [None, "Owner"])

    def test_nobody_has_two_memberships_of_one_partner(self, staff: Browser, maria: User) -> None:
        partner = make_partner()
        make_member(maria, partner, Role.BASIC, is_active=False)
        assert "has a membership there already" in self.grant(staff, maria, partner).content.decode()
        assert Membership.objects.get().role == Role.BASIC

    def test_the_people_to_choose_from_are_looked_up(self, staff: Browser, maria: User) -> None:
        question = {
            "app_label": "accounts",
            "model_name": "accessrequest",
            "field_name": "user",
            "term": str(maria.erp_id),
        }
        found = staff.get(reverse("admin:autocomplete"), question).json()["results"]
        assert [each["id"] for each in found] == [str(maria.pk)]

    def test_what_erp_net_decides_is_not_changed_by_staff(self, staff: Browser, maria: User) -> None:
        member = make_member(maria, make_partner(), source=Membership.Source.EXTERNAL_ACCESS, days_back=30)
        address = reverse("admin:accounts_membership_change", args=[member.pk])
        staff.post(address, {"role": "Owner", "days_back": "", "is_active": "on"})
        member.refresh_from_db()
        assert (member.role, member.days_back) == (Role.BILLING, 30)

    def test_the_history_of_a_membership_is_what_the_trail_says(self, staff: Browser, maria: User) -> None:
        partner = make_partner()
        self.grant(staff, maria, partner)
        membership = Membership.objects.get()
        address = reverse("admin:accounts_membership_change", args=[membership.pk])
        staff.post(address, {"role": "Basic", "is_active": "on"})
        other = make_member(make_user("other@x.example"), partner)
        other.role = Role.ADMIN
        services.change_membership(other, by=maria)
        page = staff.get(reverse("admin:accounts_membership_history", args=[membership.pk]))
        text = " ".join(page.content.decode().split())
        assert "gave access to maria@rila-textiles.example" in text
        assert "Role: Owner → Basic" in text
        assert LOGIN in text
        assert "Administrator" not in text.split("change-history")[1]

    def test_staff_invite_for_a_partner_and_withdraw(self, staff: Browser) -> None:
        partner = make_partner()
        fields = {"partner": str(partner.pk), "email": "new@x.example", "role": "Owner", "days_back": ""}
        address = reverse("admin:accounts_invitation_add")
        assert staff.post(address, fields).status_code == 302
        assert "has an invitation already" in staff.post(address, fields, follow=True).content.decode()
        invitation = Invitation.objects.get()
        assert (invitation.partner, invitation.role, invitation.email) == (partner, "Owner", "new@x.example")
        action = {"action": "withdraw", "_selected_action": [str(invitation.pk)]}
        staff.post(reverse("admin:accounts_invitation_changelist"), action)
        assert not Invitation.objects.open().exists()
        reasons = set(AuditEvent.objects.filter(partner_id=partner.pk).values_list("reason", flat=True))
        assert {"invited", "invitation_withdrawn"} <= reasons

    def invite(self, partner: Partner, inviter: User, email: str) -> None:
        services.invite_person(
            partner.pk, user=inviter, acting=None, email=email, role=Role.BASIC, days_back=None
        )

    def test_staff_send_an_invitation_again(self, staff: Browser, maria: User) -> None:
        """Each that can be; the others say why not."""
        partner = make_partner()
        with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)):
            for email in ("old@x.example", "over@x.example"):
                self.invite(partner, maria, email)
        self.invite(partner, maria, "new@x.example")
        services.end_invitation(Invitation.objects.get(email="over@x.example"), by=maria)
        Invitation.objects.update(mail_due_at=None)
        action = {
            "action": "send_again",
            "_selected_action": [str(pk) for pk in Invitation.objects.values_list("pk", flat=True)],
        }
        page = staff.post(reverse("admin:accounts_invitation_changelist"), action, follow=True)
        text = page.content.decode()
        assert "The invitation to old@x.example is on its way." in text
        assert "to new@x.example was not sent again. This invitation was sent less than an hour ago" in text
        assert "to over@x.example was not sent again. It is not open any more." in text
        again = Invitation.objects.get(mail_due_at__isnull=False)
        assert (again.email, again.invited_by) == ("old@x.example", User.objects.get(login=LOGIN).pk)
        event = AuditEvent.objects.get(reason="invited_again")
        assert (event.login, event.partner_id) == (LOGIN, partner.pk)


@pytest.mark.parametrize(
    "lookup",
    ["sessions", "sessions__pk__gt", "sessions__session_key__startswith", "sessions__session_key__in"],
)
def test_no_list_of_people_tells_the_keys_of_their_sessions(staff: Browser, lookup: str) -> None:
    """A list that can be asked whether a key begins with a letter gives all of it away, and with it the person."""
    key = Session.objects.get().session_key
    people = reverse("admin:accounts_user_changelist")
    assert staff.get(people, {lookup: key}).status_code == 400
    assert LOGIN in staff.get(people, {"is_staff__exact": "1"}).content.decode()
