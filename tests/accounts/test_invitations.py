"""Inviting somebody by e-mail, and coming in by the link."""

from __future__ import annotations

import datetime as dt
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import mail as portal_mail
from accounts.exceptions import AlreadyMember, InvitationGone, TooManyInvitations
from accounts.models import AuditEvent, Invitation, Membership, Partner, User
from accounts.permissions import Role
from accounts.services import accept_invitation, change_membership, deactivate_user, invite_person
from accounts.tasks import send_invitations
from accounts.tenancy import acting_for
from portal.logs import JsonFormatter
from tests.accounts.browser import Browser
from tests.accounts.builders import make_member, make_partner, make_staff, make_user, prove_anew
from tests.accounts.provider import Provider

pytestmark = pytest.mark.django_db

ADDRESS = "ivo@somewhere.example"
LINK = re.compile(r"http://localhost:8000(/invitations/[\w-]{43})\n")
LATER = dt.timedelta(minutes=61)


@pytest.fixture
def rila() -> Partner:
    return make_partner()


@pytest.fixture
def maria(rila: Partner) -> User:
    user = make_user(name="Maria Ivanova")
    make_member(user, rila, Role.OWNER)
    return user


@pytest.fixture
def page(maria: User) -> Browser:
    return signed_in(maria)


@pytest.fixture
def ivo() -> User:
    return make_user("ivo@else.example", name="Ivo")


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    prove_anew(browser)
    return browser


def invite(browser: Browser, email: str = ADDRESS, role: str = Role.ORDERS, days_back: str = "") -> Any:
    return browser.post("/people/invite", {"email": email, "role": role, "days_back": days_back}, follow=True)


def link() -> str:
    """The link of the latest mail, once the worker has sent what is due."""
    send_invitations()
    found = LINK.search(str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found.group(1)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def roles_of(user: User) -> dict[str, str]:
    return {each.partner.name: each.role for each in Membership.objects.for_user(user).filter(is_active=True)}


def is_gone(answer: Any) -> bool:
    return answer.status_code == 404 and "PP207" in text(answer)


# -- The mail ----------------------------------------------------------------------------------------------------------


def test_an_invitation_is_mailed_by_the_worker_and_names_the_company(page: Browser) -> None:
    answer = invite(page)
    assert f"The invitation to {ADDRESS} is on its way." in text(answer)
    assert "Being sent" in text(answer)
    assert not mail.outbox
    link()
    (message,) = mail.outbox
    assert message.to == [ADDRESS]
    assert message.subject == "Rila Textiles invites you to the partner portal"
    assert "Maria Ivanova" in message.body
    assert "Being sent" not in text(page.get("/people/"))
    assert "Sent" in text(page.get("/people/"))


def test_the_worker_is_told_when_the_invitation_is_there(
    page: Browser, broker: Any, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        invite(page)
        assert broker.llen("default") == 0
    assert broker.llen("default") == 1
    assert ADDRESS not in str(broker.lrange("default", 0, -1))


def test_the_mail_is_in_the_language_in_which_somebody_invites(page: Browser, maria: User) -> None:
    """Not in that of her first sign-in."""
    User.objects.filter(pk=maria.pk).update(language="en")
    page.post("/language", {"language": "bg"})
    invite(page)
    link()
    assert "Ви кани" in mail.outbox[-1].subject
    page.post("/language", {"language": "en"})
    with time_machine.travel(dt.datetime.now(dt.UTC) + LATER):
        page.post(f"/people/invitations/{Invitation.objects.get().pk}/send")
        prove_anew(page)
        page.post(f"/people/invitations/{Invitation.objects.get().pk}/send")
        link()
    assert "invites you" in mail.outbox[-1].subject


def test_a_company_whose_name_holds_a_line_break_writes_no_headers(page: Browser, rila: Partner) -> None:
    Partner.objects.filter(pk=rila.pk).update(name="Rila\nBcc: all@x.example")
    invite(page)
    link()
    assert mail.outbox[0].subject == "RilaBcc: all@x.example invites you to the partner portal"
    assert mail.outbox[0].recipients() == [ADDRESS]


def test_a_mail_server_that_is_down_is_tried_again_later(
    page: Browser, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    invite(page)
    with caplog.at_level(logging.WARNING):
        send_invitations()
    assert "was not sent: ConnectionRefusedError" in caplog.text
    assert ADDRESS not in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_invitations()
    assert not mail.outbox
    with time_machine.travel(dt.datetime.now(dt.UTC) + portal_mail.TRY_AGAIN_AFTER):
        send_invitations()
    assert len(mail.outbox) == 1


def test_an_address_that_takes_no_mail_holds_up_nobody_elses(page: Browser) -> None:
    invite(page, f"a@{'ü' * 60}.example")
    invite(page)
    send_invitations()
    assert [sent.to for sent in mail.outbox] == [[ADDRESS]]


def test_a_mail_is_sent_once_however_often_the_worker_is_rung(page: Browser) -> None:
    invite(page)
    send_invitations()
    send_invitations()
    assert len(mail.outbox) == 1


def test_without_a_mail_server_nobody_is_invited(page: Browser, settings: Settings) -> None:
    settings.EMAIL_URL = ""
    html = text(page.get("/people/invite"))
    assert "cannot send mail yet" in html
    assert 'name="email"' not in html
    assert invite(page).status_code == 422
    assert not Invitation.objects.exists()


def test_log_03_the_secret_is_kept_nowhere(
    page: Browser, ivo: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        invite(page)
        address = link()
        signed_in(ivo).post(address)
    secret = address.rsplit("/", 1)[1]
    rows = [*Invitation.objects.values(), *AuditEvent.objects.values()]
    assert secret not in str(rows)
    assert secret not in "".join(
        record.getMessage() + str(vars(record))
        for record in caplog.records
        if record.name.startswith("portal")
    )


@pytest.mark.parametrize("address", ["{}/", "{}?x=1", "{}"])
def test_log_03_a_link_that_fails_leaves_no_secret_in_the_log(
    page: Browser, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    invite(page)
    path = link()
    with caplog.at_level(logging.INFO):
        assert Browser(enforce_csrf_checks=True).post(address.format(path)).status_code in (403, 404)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any("/invitations/..." in line for line in lines)
    assert path.rsplit("/", 1)[1] not in "".join(lines)


# -- Coming in ---------------------------------------------------------------------------------------------------------


def test_the_link_says_who_invites_asks_once_and_opens_the_portal(
    page: Browser, ivo: User, rila: Partner, maria: User
) -> None:
    invite(page, role=Role.BILLING, days_back="60")
    address, theirs = link(), signed_in(ivo)
    html = text(theirs.get(address))
    for words in ("Rila Textiles invites you", "Maria Ivanova", "Billing", "60 days", ADDRESS, ivo.login):
        assert words in html
    assert roles_of(ivo) == {}
    answer = theirs.post(address, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "You now act for Rila Textiles" in text(answer)
    member = Membership.objects.get(erp_user_id=ivo.erp_id)
    assert (member.role, member.days_back, member.source) == (Role.BILLING, 60, Membership.Source.INVITATION)
    invitation = Invitation.objects.get()
    assert (invitation.accepted_by, invitation.withdrawn_at) == (ivo.pk, None)
    event = AuditEvent.objects.get(reason="invitation_accepted")
    assert (event.user_id, event.partner_id) == (ivo.pk, rila.pk)
    assert event.detail["role"] == [None, "Billing"]
    assert event.detail["email"] == ADDRESS
    assert ADDRESS not in text(page.get("/people/"))


@pytest.mark.parametrize("mode", [("code id_token", "form_post")], ids=["hybrid-form_post"])
def test_whoever_is_signed_in_as_somebody_else_signs_out_there_and_comes_back(
    page: Browser, provider: Provider, mode: Any, ivo: User
) -> None:
    invite(page)
    address, theirs = link(), signed_in(ivo)
    html = text(theirs.get(address))
    assert f"If you do not work as {ivo.login}" in html
    form = re.search(r'<form[^>]*method="post" action="(/signout)">.*?Sign out', html)
    assert form
    theirs.post(form[1])
    assert theirs.get(address)["Location"].startswith("/signin?next=")
    theirs.sign_in(provider, address)
    theirs.post(address)
    assert roles_of(User.objects.latest("created_at")) == {"Rila Textiles": "Orders"}
    assert roles_of(ivo) == {}


@pytest.mark.parametrize("mode", [("code id_token", "form_post")], ids=["hybrid-form_post"])
def test_a_stranger_signs_in_first_and_comes_back(page: Browser, provider: Provider, mode: Any) -> None:
    invite(page)
    address, stranger = link(), Browser()
    assert stranger.get(address)["Location"] == f"/signin?next={address.replace('/', '%2F')}"
    assert stranger.sign_in(provider, address)["Location"] == address
    assert "Rila Textiles invites you" in text(stranger.get(address))


def test_whoever_comes_in_acts_for_the_new_company(page: Browser, ivo: User) -> None:
    for name in ("Balkan Plastics", "Danube Packaging"):
        make_member(ivo, make_partner(name))
    invite(page)
    theirs = signed_in(ivo)
    theirs.post(link())
    assert "<h1>Rila Textiles</h1>" in text(theirs.get("/"))
    assert "<h1>Rila Textiles</h1>" in text(signed_in(ivo).get("/"))


def test_the_address_says_nothing_about_who_somebody_is(page: Browser, ivo: User) -> None:
    """USR-01: nobody becomes a member by an e-mail address."""
    namesake = make_user("other@somewhere.example", email=ADDRESS, email_verified=True)
    invite(page)
    assert signed_in(namesake).get("/", follow=True).redirect_chain[-1][0] == "/welcome/"
    signed_in(ivo).post(link())
    assert (roles_of(namesake), roles_of(ivo)) == ({}, {"Rila Textiles": "Orders"})


def test_somebody_who_was_taken_out_can_be_invited_back(page: Browser, ivo: User, rila: Partner) -> None:
    make_member(ivo, rila, Role.ADMIN, is_active=False, source=Membership.Source.PERSON)
    invite(page)
    signed_in(ivo).post(link())
    assert roles_of(ivo) == {"Rila Textiles": "Orders"}
    detail = AuditEvent.objects.get(reason="invitation_accepted").detail
    assert detail["is_active"] == [False, True]
    assert detail["role"] == ["Admin", "Orders"]


def test_a_spare_invitation_is_no_way_back_for_somebody_who_was_taken_out(
    page: Browser, ivo: User, rila: Partner
) -> None:
    membership = make_member(ivo, rila, Role.ORDERS)
    invite(page, role=Role.ADMIN)
    address = link()
    page.post(f"/people/{membership.pk}/remove")
    assert roles_of(ivo) == {}
    answer = signed_in(ivo).post(address)
    assert is_gone(answer)
    assert roles_of(ivo) == {}
    assert Invitation.objects.open().exists()


@pytest.mark.parametrize(
    ("role", "days_back"), [(Role.OWNER, ""), (Role.ADMIN, "10"), (Role.BASIC, ""), (Role.BASIC, "1")]
)
def test_whose_access_erp_net_keeps_comes_back_with_that_and_no_more(
    page: Browser, ivo: User, rila: Partner, role: str, days_back: str
) -> None:
    member = make_member(ivo, rila, Role.ORDERS, days_back=30, source=Membership.Source.EXTERNAL_ACCESS)
    page.post(f"/people/{member.pk}/remove")
    assert roles_of(ivo) == {}
    invite(page, role=role, days_back=days_back)
    answer = signed_in(ivo).post(link(), follow=True)
    assert "is the one that is kept for you in ERP.net" in text(answer)
    member.refresh_from_db()
    assert (member.role, member.days_back, member.is_active) == (Role.ORDERS, 30, True)
    assert member.source == Membership.Source.EXTERNAL_ACCESS
    refused = page.post(f"/people/{member.pk}/", {"role": Role.OWNER, "days_back": ""})
    assert refused.status_code == 422
    member.refresh_from_db()
    assert (member.role, member.days_back) == (Role.ORDERS, 30)


def test_an_administrator_brings_back_no_owner_whom_erp_net_keeps(page: Browser, rila: Partner) -> None:
    anton, owner = make_user("anton@rila-textiles.example"), make_user("owner@else.example")
    make_member(anton, rila, Role.ADMIN)
    member = make_member(owner, rila, Role.OWNER, source=Membership.Source.EXTERNAL_ACCESS)
    page.post(f"/people/{member.pk}/remove")
    invite(signed_in(anton), role=Role.BASIC)
    assert is_gone(signed_in(owner).post(link()))
    assert roles_of(owner) == {}
    assert Invitation.objects.open().exists()


def test_a_member_who_clicks_keeps_what_she_has_and_the_link_works_on(
    page: Browser, maria: User, ivo: User
) -> None:
    invite(page, role=Role.BASIC)
    address = link()
    asked = text(page.get(address))
    assert "You act for Rila Textiles already" in asked
    assert "Not now" not in asked
    assert "You already act for this company" in text(page.post(address, follow=True))
    assert roles_of(maria) == {"Rila Textiles": "Owner"}
    signed_in(ivo).post(address)
    assert roles_of(ivo) == {"Rila Textiles": "Basic"}


def _used(page: Browser, invitation: Invitation, address: str) -> None:
    signed_in(make_user("first@else.example")).post(address)


def _withdrawn(page: Browser, invitation: Invitation, address: str) -> None:
    page.post(f"/people/invitations/{invitation.pk}/withdraw")


def _expired(page: Browser, invitation: Invitation, address: str) -> None:
    Invitation.objects.update(expires_at=dt.datetime.now(dt.UTC))


def _sent_again(page: Browser, invitation: Invitation, address: str) -> None:
    Invitation.objects.update(created_at=dt.datetime.now(dt.UTC) - LATER)
    page.post(f"/people/invitations/{invitation.pk}/send")
    send_invitations()


def _company_left(page: Browser, invitation: Invitation, address: str) -> None:
    Partner.objects.update(is_active=False)


def _inviter_removed(page: Browser, invitation: Invitation, address: str) -> None:
    Membership.objects.update(is_active=False)


def _inviter_demoted(page: Browser, invitation: Invitation, address: str) -> None:
    Membership.objects.update(role=Role.BILLING)


def _inviter_limited(page: Browser, invitation: Invitation, address: str) -> None:
    Membership.objects.update(days_back=30)


def _inviter_deactivated(page: Browser, invitation: Invitation, address: str) -> None:
    deactivate_user(User.objects.get(pk=invitation.invited_by), by=make_staff())


@pytest.mark.parametrize(
    "end",
    [
        _used,
        _withdrawn,
        _expired,
        _sent_again,
        _company_left,
        _inviter_removed,
        _inviter_demoted,
        _inviter_limited,
        _inviter_deactivated,
    ],
)
def test_a_link_that_is_over_leads_to_one_plain_page(page: Browser, ivo: User, end: Any) -> None:
    invite(page)
    address = link()
    end(page, Invitation.objects.get(), address)
    theirs = signed_in(ivo)
    assert is_gone(theirs.get(address))
    assert is_gone(theirs.post(address))
    assert roles_of(ivo) == {}
    assert "Rila" not in text(theirs.get(address))


@pytest.mark.parametrize("secret", ["x", "A" * 43, "A" * 400, "%00", "%ff%fe", "тайна", "..%2f"])
def test_a_wrong_link_leads_to_the_same_page(page: Browser, ivo: User, secret: str) -> None:
    invite(page)
    link()
    theirs = signed_in(ivo)
    answer = theirs.get(f"/invitations/{secret}")
    assert is_gone(answer) or (answer.status_code, "PP404" in text(answer)) == (404, True)
    event = AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSAL).first()
    assert event is None or (event.reason, event.subject) == ("PP207", "GET an invitation")


def test_a_link_before_its_mail_is_made_is_nothing(page: Browser, ivo: User) -> None:
    invite(page)
    kept = Invitation.objects.get().secret_hash
    assert is_gone(signed_in(ivo).get(f"/invitations/{kept}"))


# -- The list of invitations -------------------------------------------------------------------------------------------


def test_one_address_has_one_open_invitation(page: Browser) -> None:
    invite(page)
    answer = invite(page, ADDRESS.upper())
    assert answer.status_code == 422
    assert "has an invitation already" in text(answer)
    page.post(f"/people/invitations/{Invitation.objects.get().pk}/withdraw")
    invite(page)
    assert Invitation.objects.open().count() == 1


def test_an_invitation_is_sent_again_with_a_new_link_and_a_new_week(page: Browser, ivo: User) -> None:
    invite(page)
    first = link()
    invitation = Invitation.objects.get()
    again = f"/people/invitations/{invitation.pk}/send"
    assert "less than an hour ago" in text(page.post(again, follow=True))
    later = dt.datetime.now(dt.UTC) - dt.timedelta(days=8)
    Invitation.objects.update(created_at=later, expires_at=later + dt.timedelta(days=7))
    assert "Expired" in text(page.get("/people/"))
    page.post(again)
    second = link()
    assert first != second
    assert Invitation.objects.get().expires_at > dt.datetime.now(dt.UTC) + dt.timedelta(days=6)
    signed_in(ivo).post(second)
    assert roles_of(ivo) == {"Rila Textiles": "Orders"}
    assert AuditEvent.objects.filter(reason="invited_again").count() == 1


def test_a_form_of_one_company_invites_nobody_to_another(page: Browser, maria: User, rila: Partner) -> None:
    northwind = make_partner("Northwind Metals")
    make_member(maria, northwind, Role.OWNER)
    page.post("/partner", {"partner": rila.pk})
    assert f'name="company" value="{rila.pk}"' in text(page.get("/people/invite"))
    page.post("/partner", {"partner": northwind.pk})
    sent = {"email": ADDRESS, "role": Role.ORDERS, "days_back": "", "company": rila.pk}
    answer = page.post("/people/invite", sent)
    assert answer.status_code == 422
    assert "for another company than the one you act for now" in text(answer)
    assert not Invitation.objects.exists()
    page.post("/people/invite", {**sent, "company": northwind.pk})
    assert Invitation.objects.get().partner == northwind


def test_an_administrator_leaves_invitations_of_owners_alone(page: Browser, rila: Partner) -> None:
    invite(page, role=Role.OWNER)
    anton = make_user("anton@rila-textiles.example")
    make_member(anton, rila, Role.ADMIN)
    theirs, invitation = signed_in(anton), Invitation.objects.get()
    assert "/withdraw" not in text(theirs.get("/people/"))
    for deed in ("send", "withdraw"):
        answer = theirs.post(f"/people/invitations/{invitation.pk}/{deed}", follow=True)
        assert "does not reach far enough" in text(answer)
    assert Invitation.objects.open().exists()


def test_acl_02_invitations_of_other_companies_do_not_exist(page: Browser) -> None:
    northwind = make_partner("Northwind Metals")
    theirs = invite_person(
        northwind.pk, user=make_staff(), acting=None, email="x@y.example", role=Role.BASIC, days_back=None
    )
    assert "x@y.example" not in text(page.get("/people/"))
    for deed in ("send", "withdraw"):
        assert page.post(f"/people/invitations/{theirs.pk}/{deed}").status_code == 404
    assert Invitation.objects.open().get() == theirs


def test_a_company_sends_so_many_a_day_and_no_more(page: Browser, maria: User) -> None:
    for number in range(50):
        invite(page, f"{number}@x.example")
    answer = invite(page)
    assert answer.status_code == 422
    assert "as many invitations as it can in one day" in text(answer)
    page.post(f"/people/invitations/{Invitation.objects.filter(email='1@x.example').get().pk}/withdraw")
    assert invite(page).status_code == 422, "the mail was sent all the same"
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=24, minutes=1)):
        assert invite(signed_in(maria)).status_code == 200


def test_sending_again_is_counted_with_them_each_time(page: Browser, maria: User) -> None:
    now = dt.datetime.now(dt.UTC)
    with time_machine.travel(now - dt.timedelta(hours=3)):
        theirs = signed_in(maria)
        for number in range(25):
            invite(theirs, f"{number}@x.example")
    for hours in (2, 1):
        with time_machine.travel(now - dt.timedelta(hours=hours) + dt.timedelta(minutes=5)):
            theirs = signed_in(maria)
            for invitation in Invitation.objects.filter(email__endswith="@x.example"):
                answer = theirs.post(f"/people/invitations/{invitation.pk}/send", follow=True)
    assert "as many invitations as it can in one day" in text(answer)
    assert AuditEvent.objects.filter(reason="invited_again").count() == 25
    assert invite(page).status_code == 422


@pytest.mark.parametrize(
    "email", [ADDRESS, ADDRESS.upper(), f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'w' * 50}.example"]
)
def test_an_address_gets_three_mails_a_day_however_they_are_asked_for(
    page: Browser, maria: User, email: str
) -> None:
    for _again in range(3):
        assert invite(page, email).status_code == 200
        page.post(f"/people/invitations/{Invitation.objects.open().get().pk}/withdraw")
    answer = invite(page, email.lower())
    assert answer.status_code == 422
    assert "as many invitations as it can in one day. Ask the person" in text(answer)
    assert invite(page, "other@x.example").status_code == 200
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=24, minutes=1)):
        assert invite(signed_in(maria), email).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_several_mails_at_once_that_would_each_be_the_days_last_one_is_sent(
    rila: Partner, maria: User
) -> None:
    together = Barrier(4)

    def invited(number: int) -> bool:
        try:
            with acting_for(rila):
                if number >= 100:
                    together.wait(10)
                fields: dict[str, Any] = {
                    "email": f"{number}@x.example",
                    "role": Role.BASIC,
                    "days_back": None,
                }
                invite_person(rila.pk, user=maria, acting=None, **fields)
        except TooManyInvitations:
            return False
        return True

    def in_a_thread(number: int) -> bool:
        try:
            return invited(number)
        finally:
            connection.close()

    assert all(invited(number) for number in range(49))
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(in_a_thread, range(100, 104))) == [False, False, False, True]


@pytest.mark.parametrize(
    "email",
    ["", "nobody", "a@b", "a@b.example\nBcc: c@d.example", "x" * 300 + "@y.example", "\x00@y.example"],
)
def test_what_is_no_address_is_refused(page: Browser, email: str) -> None:
    assert invite(page, email).status_code == 422
    assert not Invitation.objects.exists()


# -- Two at once -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_gets_in(page: Browser) -> None:
    invite(page)
    secret = link().rsplit("/", 1)[1]
    people = [make_user(f"{number}@x.example") for number in range(4)]

    def accept(user: User) -> bool:
        try:
            accept_invitation(secret, user=user)
        except InvitationGone:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(people)) as pool:
        assert sorted(pool.map(accept, people)) == [False, False, False, True]
    assert Membership.objects.filter(source=Membership.Source.INVITATION).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_invitations_of_one_person_at_once_one_counts(page: Browser, ivo: User) -> None:
    """The other one changes nothing of what the first has given, and stays open."""
    secrets = []
    for number, role in enumerate((Role.BILLING, Role.ORDERS)):
        invite(page, f"{number}@x.example", role=role)
        secrets.append(link().rsplit("/", 1)[1])

    def accept(secret: str) -> bool:
        both_are_ready.wait()
        try:
            accept_invitation(secret, user=ivo)
        except AlreadyMember:
            return False
        finally:
            connection.close()
        return True

    for _round in range(5):
        Membership.objects.filter(source=Membership.Source.INVITATION).delete()
        Invitation.objects.update(accepted_at=None, accepted_by=None)
        both_are_ready = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(accept, secrets)) == [False, True]
        given = Membership.objects.get(erp_user_id=ivo.erp_id).role
        assert Invitation.objects.get(accepted_by=ivo.pk).role == given


def test_what_a_person_granted_can_still_be_switched_off_by_staff(page: Browser, ivo: User) -> None:
    invite(page)
    theirs = signed_in(ivo)
    theirs.post(link())
    member = Membership.objects.get(erp_user_id=ivo.erp_id)
    member.is_active = False
    change_membership(member, by=make_staff())
    assert theirs.get("/orders/")["Location"] == "/welcome/"


def test_the_database_lets_nobody_invite_to_another_company(rila: Partner, maria: User) -> None:
    northwind = make_partner("Northwind Metals")
    with pytest.raises(Exception, match="row-level security"), acting_for(rila):
        invite_person(northwind.pk, user=maria, acting=None, email=ADDRESS, role=Role.BASIC, days_back=None)
    assert not Invitation.objects.exists()
