"""How long somebody stays signed in, where, and how that ends."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import responses
import time_machine
from django.conf import settings as portal_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.browsers import browser_of
from accounts.models import AuditEvent, Session, User
from tests.accounts.browser import Browser
from tests.accounts.builders import make_user
from tests.accounts.provider import Provider
from tests.conftest import PortalClient

pytestmark = pytest.mark.django_db

SESSION = portal_settings.SESSION_COOKIE_NAME
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.6 Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
EDGE = f"{CHROME.replace('X11; Linux x86_64', 'Macintosh; Intel Mac OS X 10_15_7')} Edg/140.0.0.0"
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
IDLE, LIFE = 2 * 3600, 12 * 3600


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def maria() -> User:
    return make_user()


def signed_in(user: User) -> PortalClient:
    client = PortalClient()
    client.force_login(user)
    return client


def is_in(client: Any) -> bool:
    return client.get("/sessions").status_code == 200


class TestLimits:
    def test_ses_03_idle_ends_a_session(self, maria: User, clock: Any) -> None:
        client = signed_in(maria)
        clock.shift(IDLE - 1)
        assert is_in(client)
        clock.shift(IDLE)
        assert not is_in(client)
        assert client.get("/sessions")["Location"] == "/signin?next=%2Fsessions"

    def test_ses_03_use_keeps_it_until_its_life_is_over(self, maria: User, clock: Any) -> None:
        client = signed_in(maria)
        for _ in range(11):
            clock.shift(3600)
            assert is_in(client)
        clock.shift(3599)
        assert is_in(client)
        clock.shift(1)
        assert not is_in(client)

    def test_ses_03_what_a_request_writes_prolongs_no_life(self, maria: User, clock: Any) -> None:
        client = signed_in(maria)
        for _ in range(12):
            session = client.session
            session["something"] = "new"
            session.save()
            assert is_in(client)
            clock.shift(3600)
        assert not is_in(client)

    @pytest.mark.parametrize(
        ("name", "seconds"), [("SESSION_IDLE_SECONDS", 1800), ("SESSION_LIFE_SECONDS", 1800)]
    )
    def test_ses_03_a_lower_limit_holds_at_once(
        self, maria: User, clock: Any, settings: Settings, name: str, seconds: int
    ) -> None:
        client = signed_in(maria)
        clock.shift(1800)
        setattr(settings, name, seconds)
        assert not is_in(client)

    @pytest.mark.usefixtures("provider")
    def test_ses_03_the_cookie_proves_nothing(self, maria: User, clock: Any) -> None:
        """The limits are in the record: a browser that keeps its cookie for years is out all the same."""
        client = signed_in(maria)
        key = client.cookies[SESSION].value
        clock.shift(LIFE)
        thief = PortalClient()
        thief.cookies[SESSION] = key
        assert not is_in(thief)

    def test_a_record_without_its_times_is_over(self, maria: User) -> None:
        client = signed_in(maria)
        Session.objects.update(started_at=None)
        assert not is_in(client)

    @pytest.mark.parametrize("key", ["", "x", "\x00" * 32, "A" * 32, "é" * 32, "x" * 4000, "'; --" * 8])
    def test_a_key_that_is_none_of_ours_is_nobodys(self, key: str) -> None:
        client = PortalClient()
        client.cookies[SESSION] = key
        assert client.get("/sessions").status_code == 302

    def test_the_dead_are_swept_at_a_sign_in(self, provider: Provider, browser: Browser) -> None:
        with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=IDLE + 1)):
            signed_in(make_user("john@rila-textiles.example"))
        browser.sign_in(provider)
        assert [session.user for session in Session.objects.all()] == [
            User.objects.get(login=provider.subject)
        ]


class TestLastUse:
    def test_is_written_once_a_minute(self, maria: User, clock: Any) -> None:
        client = signed_in(maria)
        assert _writes(client) == 0
        clock.shift(59)
        assert _writes(client) == 0
        clock.shift(1)
        assert _writes(client) == 1
        assert Session.objects.get().seen_at == NOON + dt.timedelta(minutes=1)
        assert _writes(client) == 0

    def test_raises_no_session_that_has_been_ended(self, maria: User, clock: Any) -> None:
        client = signed_in(maria)
        session = client.session
        clock.shift(120)
        Session.objects.all().delete()
        assert session.get("anything") is None
        assert not is_in(client)
        assert not Session.objects.exists()

    def test_a_record_keeps_its_name_and_start(self, maria: User, clock: Any) -> None:
        client = signed_in(maria)
        before = Session.objects.get()
        clock.shift(300)
        session = client.session
        session["something"] = "new"
        session.save()
        after = Session.objects.get()
        assert (after.public_id, after.started_at) == (before.public_id, NOON)


def _writes(client: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/sessions")
    return sum(query["sql"].startswith('UPDATE "accounts_session"') for query in queries)


class TestThePage:
    def test_shows_each_browser_and_marks_this_one(self, provider: Provider) -> None:
        office, phone = Browser(headers={"user-agent": FIREFOX}), Browser(headers={"user-agent": SAFARI})
        office.sign_in(provider)
        phone.sign_in(provider)
        page = office.get("/sessions").content.decode()
        assert "Firefox, Windows" in page
        assert "Safari, iPhone" in page
        assert page.count("This browser") == 1
        assert page.index("Firefox, Windows") < page.index("This browser")
        assert str(Session.objects.get(user_agent=SAFARI).public_id) in page
        assert str(Session.objects.get(user_agent=FIREFOX).public_id) not in page
        assert not any(session.session_key in page for session in Session.objects.all())

    def test_shows_no_dead_ones_and_nobody_elses(self, maria: User, clock: Any) -> None:
        signed_in(maria)
        clock.shift(IDLE)
        client = signed_in(maria)
        signed_in(make_user("john@rila-textiles.example"))
        page = client.get("/sessions").content.decode()
        assert page.count('class="rows__row"') == 1
        assert "Unknown browser" in page

    def test_asks_the_database_the_same_for_many(
        self, maria: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        client = signed_in(maria)
        with CaptureQueriesContext(connection) as one:
            client.get("/sessions")
        for _ in range(20):
            signed_in(maria)
        with django_assert_num_queries(len(one)):
            client.get("/sessions")
        assert len(one) <= 12

    def test_ses_04_is_kept_by_no_browser(self, maria: User) -> None:
        assert "no-store" in signed_in(maria).get("/sessions")["Cache-Control"]

    def test_a_browser_that_tells_nonsense_is_kept_as_text(self, provider: Provider) -> None:
        browser = Browser(headers={"user-agent": "<script>Firefox/\x00" + "x" * 5000})
        assert browser.sign_in(provider).status_code == 303
        assert len(Session.objects.get().user_agent) <= 300
        assert "<script>" not in browser.get("/sessions").content.decode()

    def test_is_reached_by_somebody_without_a_company(self, maria: User) -> None:
        client = signed_in(maria)
        assert 'href="/sessions"' in client.get("/welcome/").content.decode()
        assert 'href="/">' in client.get("/sessions").content.decode()


class TestEnding:
    def test_one_other_browser(self, maria: User) -> None:
        here, there = signed_in(maria), signed_in(maria)
        session = Session.objects.get(session_key=there.session.session_key)
        assert here.post(f"/sessions/{session.public_id}/end")["Location"] == "/sessions"
        assert "You are signed out there" in here.get("/sessions").content.decode()
        assert is_in(here)
        assert not is_in(there)
        assert AuditEvent.objects.get().kind == AuditEvent.Kind.SIGN_OUT

    @pytest.mark.parametrize("whose", ["another's", "this one", "nobody's"])
    def test_acl_02_no_other_can_be_ended(self, maria: User, whose: str) -> None:
        here = signed_in(maria)
        john = signed_in(make_user("john@rila-textiles.example"))
        ids = {
            "another's": Session.objects.get(session_key=john.session.session_key).public_id,
            "this one": Session.objects.get(session_key=here.session.session_key).public_id,
            "nobody's": uuid.uuid4(),
        }
        assert here.post(f"/sessions/{ids[whose]}/end").status_code == 404
        assert is_in(here)
        assert is_in(john)
        assert not AuditEvent.objects.exists()

    def test_everywhere(self, provider: Provider, browser: Browser) -> None:
        phone = Browser()
        phone.sign_in(provider)
        browser.sign_in(provider)
        john = signed_in(make_user("john@rila-textiles.example"))
        answer = browser.post("/sessions/end")
        assert answer.status_code == 303
        assert answer["Location"].startswith(provider.metadata["end_session_endpoint"] + "?")
        assert not is_in(phone)
        assert not is_in(browser)
        assert is_in(john)

    def test_everywhere_is_asked_first_and_says_where(self, maria: User) -> None:
        here, there = signed_in(maria), signed_in(maria)
        Session.objects.filter(session_key=there.session.session_key).update(user_agent=SAFARI)
        assert 'href="/sessions/end"' in here.get("/sessions").content.decode()
        page = here.get("/sessions/end").content.decode()
        assert "Sign out everywhere?" in page
        assert "Safari, iPhone" in page
        assert "Unknown browser" in page
        assert 'href="/sessions"' in page
        assert is_in(here)
        assert is_in(there)

    @pytest.mark.parametrize("path", [f"/sessions/{uuid.uuid4()}/end", "/sessions/end"])
    def test_ses_05_needs_a_post_and_a_csrf_token(self, maria: User, path: str) -> None:
        client = PortalClient(enforce_csrf_checks=True)
        client.force_login(maria)
        assert client.get(path).status_code == (200 if path == "/sessions/end" else 405)
        assert client.post(path).status_code == 403
        assert is_in(client)

    @pytest.mark.parametrize("path", ["/sessions", "/sessions/end", f"/sessions/{uuid.uuid4()}/end"])
    def test_a_stranger_signs_in_first(self, path: str) -> None:
        client = PortalClient()
        answer = client.get(path) if path == "/sessions" else client.post(path)
        assert answer["Location"].startswith("/signin?")

    def test_people_who_are_signed_in_need_no_instance_id(
        self, provider: Provider, browser: Browser, http: responses.RequestsMock
    ) -> None:
        browser.sign_in(provider)
        http.reset()
        assert is_in(browser)
        assert browser.get("/signin", {"next": "/sessions"})["Location"] == "/sessions"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        (SAFARI, "Safari, iPhone"),
        (CHROME, "Chrome, Linux"),
        (EDGE, "Edge, macOS"),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_browsers_are_told_by_their_marks(user_agent: str, name: str) -> None:
    assert browser_of(user_agent) == name
