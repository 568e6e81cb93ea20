"""USR-07: sensitive actions ask for a sign-in of a few minutes ago, by the same person."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import services
from accounts.models import AuditEvent, Membership, Session, SignInAttempt, User
from accounts.permissions import Role
from accounts.view_as import SESSION_ENTRY
from tests.accounts.asking import sign_in
from tests.accounts.browser import Browser, query_of
from tests.accounts.builders import make_member, make_partner, make_staff, make_user
from tests.accounts.provider import Provider
from tests.conftest import PortalClient

pytestmark = pytest.mark.django_db
AGAIN = "/signin?fresh=1&next=%2Fsensitive%3Fpage%3D2"


@pytest.fixture(autouse=True)
def sensitive_pages(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.accounts.sensitive"


@pytest.fixture
def maria(provider: Provider, browser: Browser) -> Browser:
    """Somebody whom the Instance ID has known since this morning."""
    prove_at(provider, time.time() - 3 * 3600)
    assert browser.sign_in(provider).status_code == 303
    prove_at(provider, None)
    return browser


def prove_at(provider: Provider, at: Any) -> None:
    def change(claims: dict[str, Any]) -> None:
        if at is not None:
            claims["auth_time"] = at

    provider.front.change = provider.back.change = change


def sign_in_again(provider: Provider, browser: Browser) -> Any:
    location = browser.get(browser.get("/sensitive?page=2")["Location"])["Location"]
    return browser.come_back(provider, provider.authorize(location))


def assert_nothing_changed(browser: Browser, key: str | None, answer: Any, code: str) -> None:
    page = answer.content.decode()
    event = AuditEvent.objects.order_by("-pk")[0]
    assert (answer.status_code, event.succeeded, event.reason) == (403, False, code)
    assert code in page
    assert event.correlation_id in page
    assert event.user_id == User.objects.get(login="maria@rila-textiles.example").pk
    assert [session.session_key for session in Session.objects.all()] == [key]
    assert browser.session.session_key == key
    assert browser.get("/sensitive?page=2")["Location"] == AGAIN


def test_usr_07_a_recent_sign_in_is_enough(provider: Provider, browser: Browser) -> None:
    browser.sign_in(provider)
    assert browser.get("/sensitive").content == b"inside"


def test_usr_07_an_old_one_is_not(provider: Provider, maria: Browser) -> None:
    assert maria.get("/sensitive?page=2")["Location"] == AGAIN


def test_usr_07_it_grows_old(provider: Provider, browser: Browser, settings: Settings) -> None:
    with time_machine.travel(dt.datetime.now(dt.UTC).replace(microsecond=0), tick=False) as clock:
        browser.sign_in(provider)
        clock.shift(settings.FRESH_SIGN_IN_SECONDS)
        assert browser.get("/sensitive").content == b"inside"
        clock.shift(1)
        assert browser.get("/sensitive").status_code == 302


def test_usr_07_a_session_that_says_no_time_is_old(provider: Provider, browser: Browser) -> None:
    provider.front.change = provider.back.change = lambda claims: claims.pop("auth_time")
    assert browser.sign_in(provider).status_code == 303
    assert browser.get("/sensitive").status_code == 302


def test_usr_07_the_form_of_the_instance_id_is_asked_for(provider: Provider, maria: Browser) -> None:
    asked = query_of(maria.get(AGAIN)["Location"])
    assert asked["prompt"] == "login"
    assert SignInAttempt.objects.get().fresh_for == User.objects.get().pk
    assert "prompt" not in query_of(Browser().begin())


def test_usr_07_signing_in_again_leads_back(provider: Provider, maria: Browser) -> None:
    key = maria.session.session_key
    answer = sign_in_again(provider, maria)
    assert (answer.status_code, answer["Location"]) == (303, "/sensitive?page=2")
    assert maria.get("/sensitive?page=2").content == b"inside"
    assert not Session.objects.filter(session_key=key).exists()
    assert User.objects.count() == Session.objects.count() == 1
    assert "You have signed in again" in maria.get("/signout-callback").content.decode()


def test_usr_07_another_person_is_refused(provider: Provider, maria: Browser) -> None:
    key = maria.session.session_key
    provider.person["id"], provider.subject = str(uuid.uuid4()), "john@rila-textiles.example"
    assert_nothing_changed(maria, key, sign_in_again(provider, maria), "PP111")
    assert User.objects.count() == 1, "nobody was remembered"


@pytest.mark.parametrize("auth_time", [0, "yesterday", None])
def test_usr_07_an_older_sign_in_is_refused(provider: Provider, maria: Browser, auth_time: Any) -> None:
    key = maria.session.session_key
    if auth_time == "yesterday":
        prove_at(provider, time.time() - 86_400)
    elif auth_time is None:
        provider.front.change = provider.back.change = lambda claims: claims.pop("auth_time")
    else:
        prove_at(provider, auth_time)
    exchanges = len(provider.token_requests)
    assert_nothing_changed(maria, key, sign_in_again(provider, maria), "PP110")
    is_told_early = "id_token" in provider.application.response_type and auth_time is not None
    assert len(provider.token_requests) == exchanges + (0 if is_told_early else 1)


@pytest.mark.parametrize("auth_time", ["now", True, [], {}, float("nan"), -1])
def test_an_unreadable_time_is_refused(provider: Provider, browser: Browser, auth_time: Any) -> None:
    prove_at(provider, auth_time)
    answer = browser.sign_in(provider)
    assert answer.status_code == 403
    assert "PP103" in answer.content.decode()
    assert AuditEvent.objects.get().detail == {"why": "times_missing"}


def test_a_sign_in_of_the_future_is_refused(provider: Provider, browser: Browser) -> None:
    prove_at(provider, int(time.time()) + 300)
    assert browser.sign_in(provider).status_code == 403
    assert AuditEvent.objects.get().detail == {"why": "not_yet_valid"}


def test_giving_up_there_changes_nothing(provider: Provider, maria: Browser) -> None:
    key = maria.session.session_key
    state = query_of(maria.get(AGAIN)["Location"])["state"]
    answer = maria.come_back(provider, {"error": "access_denied", "state": state})
    assert_nothing_changed(maria, key, answer, "PP102")


def test_usr_07_what_was_sent_is_not_carried_out(provider: Provider, maria: Browser) -> None:
    answer = maria.post("/sensitive", headers={"referer": "http://testserver/sensitive?page=2"})
    assert answer["Location"] == AGAIN
    assert User.objects.get().name == "Maria Ivanova"
    sign_in_again(provider, maria)
    assert User.objects.get().name == "Maria Ivanova"
    assert maria.post("/sensitive").content == b"inside"
    assert User.objects.get().name == "Renamed"


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://evil.example/sensitive",
        "http://testserver//evil.example/",
        "http://[",
        "//",
        "http://testserver",
    ],
)
def test_ses_08_the_way_back_is_a_local_path(provider: Provider, maria: Browser, referer: str) -> None:
    answer = maria.post("/sensitive", headers={"referer": referer})
    assert answer["Location"] == "/signin?fresh=1&next=%2F"


def test_a_part_of_a_page_sends_the_whole_page(provider: Provider, maria: Browser) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/sensitive?page=2"}
    assert maria.post("/sensitive", headers=headers)["HX-Redirect"] == AGAIN


def test_a_stranger_signs_in_as_ever(provider: Provider, browser: Browser) -> None:
    asked = query_of(browser.get("/signin", {"fresh": "1"})["Location"])
    assert "prompt" not in asked
    assert SignInAttempt.objects.get().fresh_for is None


def test_who_may_not_is_told_so_and_not_asked_to_sign_in(provider: Provider, maria: Browser) -> None:
    make_member(User.objects.get(), make_partner(), Role.BILLING)
    assert maria.get("/sensitive/people").status_code == 403
    assert maria.get("/sensitive/staff").status_code == 404
    Membership.objects.update(role=Role.ADMIN)
    assert maria.get("/sensitive/people")["Location"] == "/signin?fresh=1&next=%2Fsensitive%2Fpeople"


def test_usr_07_a_viewing_is_not_interrupted(client: PortalClient) -> None:
    """Staff who view as a partner can change nothing, and a new session would end the viewing without a trace."""
    client.force_login(make_staff())
    session = client.session
    until = timezone.now() + dt.timedelta(hours=1)
    session[SESSION_ENTRY] = {
        "partner_id": str(make_partner().pk),
        "reason": "why",
        "ends_at": until.isoformat(),
    }
    session.save()
    assert client.get("/sensitive/people").content == b"inside"
    assert client.get("/signin?fresh=1&next=/people/")["Location"] == "/people/"
    assert not SignInAttempt.objects.exists()


def test_usr_07_staff_decide_on_access_after_a_fresh_sign_in_alone(client: PortalClient) -> None:
    """Looking asks for none."""
    petar = make_staff("petar@vitosha.example")
    services.grant_staff(petar.login)
    petar.groups.add(Group.objects.get())
    maria = make_user()
    member = make_member(maria, make_partner("Rila Textiles"), Role.BASIC)
    sign_in(client, petar, seconds_ago=3600)
    people, memberships = (reverse(f"admin:accounts_{name}_changelist") for name in ("user", "membership"))
    deeds: list[Callable[[], Any]] = [
        lambda: client.post(people, {"action": "deactivate", "_selected_action": [str(maria.pk)]}),
        lambda: client.post(reverse("admin:accounts_membership_change", args=[member.pk]), {"role": "Owner"}),
        lambda: client.get(reverse("admin:accounts_membership_add")),
        lambda: client.get(reverse("admin:accounts_invitation_add")),
    ]
    assert [client.get(address).status_code for address in (people, memberships)] == [200, 200]
    assert [query_of(deed()["Location"])["fresh"] for deed in deeds] == ["1"] * 4
    assert User.objects.get(pk=maria.pk).is_active
    assert Membership.objects.get(pk=member.pk).role == Role.BASIC
    sign_in(client, petar)
    assert [deed().status_code for deed in deeds[1:]] == [302, 200, 200]
    assert deeds[0]().status_code == 302
    assert not User.objects.get(pk=maria.pk).is_active
