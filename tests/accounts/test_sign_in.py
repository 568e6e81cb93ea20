"""Signing in, as a person, an impatient person and an attacker would."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import threading
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import responses
import time_machine
from django.conf import settings as portal_settings
from django.db import connection
from pytest_django import Settings

from accounts.models import AuditEvent, Session, SignInAttempt, User
from erpnet.models import ApiCall
from tests.accounts.asking import TOKEN
from tests.accounts.browser import Browser, query_of
from tests.accounts.builders import make_member, make_partner
from tests.accounts.provider import MARIA, SECRET, Provider

pytestmark = pytest.mark.django_db
SESSION = portal_settings.SESSION_COOKIE_NAME


@pytest.fixture
def hybrid(http: responses.RequestsMock, settings: Settings) -> Provider:
    provider = Provider(http, response_type="code id_token", response_mode="form_post")
    settings.TRUSTED_APPLICATION = provider.application
    return provider


def attempt_cookies(browser: Browser) -> dict[str, Any]:
    return {name: morsel for name, morsel in browser.cookies.items() if "oidc-tx-" in name and morsel.value}


def assert_nobody_came_in(provider: Provider, answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert code in answer.content.decode()
    assert SESSION not in answer.cookies
    assert provider.token_requests == []
    assert not User.objects.exists()


class TestTheRequest:
    def test_oid_01_says_what_is_configured(self, provider: Provider, browser: Browser) -> None:
        location = browser.begin()
        asked = query_of(location)
        assert location.startswith(f"{provider.issuer}/connect/authorize?")
        assert asked["response_type"] == provider.application.response_type
        assert asked["response_mode"] == provider.application.response_mode
        assert asked["client_id"] == "portal.tests"
        assert asked["redirect_uri"] == "http://localhost:8000/signin-callback"
        assert asked["scope"] == "openid profile"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked) == 9

    def test_oid_02_is_random_each_time(self, hybrid: Provider, browser: Browser) -> None:
        one, other = query_of(browser.begin()), query_of(browser.begin())
        for name in ("state", "nonce", "code_challenge"):
            assert one[name] != other[name]
            assert len(one[name]) == 43
        assert {len(attempt.code_verifier) for attempt in SignInAttempt.objects.all()} == {64}

    def test_ties_the_attempt_to_the_browser_by_a_cookie_of_its_own(
        self, hybrid: Provider, browser: Browser
    ) -> None:
        browser.begin()
        ((name, cookie),) = attempt_cookies(browser).items()
        assert re.fullmatch(r"oidc-tx-[0-9a-f]{8}", name)
        assert (cookie["samesite"], cookie["secure"], cookie["httponly"]) == ("None", True, True)
        assert (cookie["max-age"], cookie["path"], cookie["domain"]) == (600, "/", "")
        assert cookie.value not in str(SignInAttempt.objects.values().get())

    def test_the_cookie_has_the_host_prefix_on_https(
        self, hybrid: Provider, browser: Browser, settings: Settings
    ) -> None:
        settings.SECURE_SITE = True
        browser.begin()
        assert [name[:15] for name in attempt_cookies(browser)] == ["__Host-oidc-tx-"]
        assert browser.come_back(hybrid, hybrid.authorize(browser.begin())).status_code == 303

    def test_a_browser_has_five_live_attempts_at_most(self, hybrid: Provider, browser: Browser) -> None:
        locations = [browser.begin() for _ in range(7)]
        assert SignInAttempt.objects.count() == 5
        assert len(attempt_cookies(browser)) == 5
        assert browser.come_back(hybrid, hybrid.authorize(locations[0])).status_code == 400
        assert browser.come_back(hybrid, hybrid.authorize(locations[2])).status_code == 303

    def test_one_browser_makes_no_room_among_anothers_attempts(
        self, hybrid: Provider, browser: Browser
    ) -> None:
        other = Browser()
        location = other.begin()
        for _ in range(7):
            browser.begin()
        assert other.come_back(hybrid, hybrid.authorize(location)).status_code == 303

    def test_dead_attempts_are_swept(self, hybrid: Provider, browser: Browser) -> None:
        with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=11)):
            Browser().begin()
        browser.begin()
        assert SignInAttempt.objects.count() == 1

    def test_somebody_signed_in_goes_straight_on(self, hybrid: Provider, browser: Browser) -> None:
        browser.sign_in(hybrid)
        assert browser.get("/signin", {"next": "/orders/"})["Location"] == "/orders/"
        assert browser.get("/signin", {"next": "//evil.example/"})["Location"] == "/"

    def test_only_get_begins_one(self, hybrid: Provider, browser: Browser) -> None:
        assert browser.post("/signin").status_code == 405
        assert browser.head("/signin").status_code == 405
        assert not SignInAttempt.objects.exists()


class TestTheCallback:
    def test_oid_09_answers_303_to_a_clean_address(self, provider: Provider, browser: Browser) -> None:
        answer = browser.sign_in(provider, "/orders/?state=open")
        assert (answer.status_code, answer["Location"]) == (303, "/orders/?state=open")
        assert "no-store" in answer["Cache-Control"]
        assert not attempt_cookies(browser)
        assert not SignInAttempt.objects.exists()

    def test_oid_03_without_the_cookie_nothing_happens(self, provider: Provider, browser: Browser) -> None:
        answer = provider.authorize(browser.begin())
        assert_nobody_came_in(provider, Browser().come_back(provider, answer), 400, "PP101")
        assert browser.come_back(provider, answer).status_code == 303, (
            "the attempt is still good where it began"
        )

    def test_oid_03_another_attempts_cookie_will_not_do(self, provider: Provider, browser: Browser) -> None:
        mine, victims = browser.begin(), Browser().begin()
        state = query_of(victims)["state"]
        answer = {**provider.authorize(mine), "state": state}
        assert_nobody_came_in(provider, browser.come_back(provider, answer), 400, "PP101")

    def test_oid_03_leaves_whoever_is_signed_in_alone(self, provider: Provider, browser: Browser) -> None:
        browser.sign_in(provider)
        key = browser.session.session_key
        answer = browser.come_back(provider, {"code": "x", "state": "y" * 43, "id_token": "z"})
        assert answer.status_code == 400
        assert browser.session.session_key == key
        assert browser.is_signed_in

    @pytest.mark.parametrize("state", ["", "short", "\x00" * 43, "é" * 43, "a" * 44, "%27 or 1=1"])
    def test_oid_03_a_state_that_is_none_of_ours(
        self, provider: Provider, browser: Browser, state: str
    ) -> None:
        browser.begin()
        assert_nobody_came_in(
            provider, browser.come_back(provider, {"state": state, "code": "x"}), 400, "PP101"
        )

    def test_oid_03_strangers_pile_up_no_rows(self, provider: Provider, browser: Browser) -> None:
        browser.come_back(provider, {"state": "y" * 43, "code": "x"})
        browser.come_back(provider, {"state": "short", "code": "x"})
        assert not AuditEvent.objects.exists()

    def test_oid_02_dies_after_ten_minutes(self, provider: Provider, browser: Browser) -> None:
        with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=601)):
            location = browser.begin()
        answer = browser.come_back(provider, provider.authorize(location))
        assert_nobody_came_in(provider, answer, 400, "PP101")

    def test_oid_02_works_once(self, provider: Provider, browser: Browser) -> None:
        answer = provider.authorize(browser.begin())
        assert browser.come_back(provider, answer).status_code == 303
        assert browser.come_back(provider, answer).status_code == 400
        assert len(provider.token_requests) == 1
        assert browser.is_signed_in

    def test_oid_05_in_form_post_mode_the_query_is_ignored(self, hybrid: Provider, browser: Browser) -> None:
        answer = hybrid.authorize(browser.begin())
        path = f"/signin-callback?{urlencode(answer)}"
        assert browser.post_from_another_site(path, "").status_code == 400
        got = browser.get(path)
        assert (got.status_code, got["Allow"]) == (405, "POST")
        junk = urlencode({"state": "x", "error": "access_denied"})
        assert browser.post_from_another_site(f"/signin-callback?{junk}", answer).status_code == 303

    @pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
    def test_oid_05_other_methods_get_405(self, hybrid: Provider, browser: Browser, method: str) -> None:
        assert getattr(browser, method)("/signin-callback").status_code == 405
        assert not AuditEvent.objects.exists(), "nobody tried to sign in"

    @pytest.mark.parametrize("mode", [("code", "query")], ids=["code-query"])
    def test_oid_05_in_query_mode_a_post_gets_405(self, provider: Provider, browser: Browser) -> None:
        answer = provider.authorize(browser.begin())
        refused = browser.post_from_another_site("/signin-callback", answer)
        assert (refused.status_code, refused["Allow"]) == (405, "GET")

    @pytest.mark.parametrize("name", ["state", "code", "anything"])
    def test_oid_05_repeated_parameters_are_refused(
        self, provider: Provider, browser: Browser, name: str
    ) -> None:
        answer = [*provider.authorize(browser.begin()).items(), (name, "1"), (name, "2")]
        if provider.application.response_mode == "query":
            refused = browser.get(f"/signin-callback?{urlencode(answer)}")
        else:
            refused = browser.come_back(provider, answer)
        assert_nobody_came_in(provider, refused, 400, "PP108")

    def test_only_a_form_is_read(self, hybrid: Provider, browser: Browser) -> None:
        answer = hybrid.authorize(browser.begin())
        for body, kind in ((json.dumps(answer), "application/json"), (urlencode(answer), "text/plain")):
            refused = browser.post("/signin-callback", body, content_type=kind)
            assert_nobody_came_in(hybrid, refused, 400, "PP108")

    @pytest.mark.parametrize("name", ["code", "id_token"])
    def test_an_incomplete_answer_is_refused(self, hybrid: Provider, browser: Browser, name: str) -> None:
        answer = {**hybrid.authorize(browser.begin()), name: ""}
        assert_nobody_came_in(hybrid, browser.come_back(hybrid, answer), 400, "PP108")

    def test_an_endless_code_is_refused(self, provider: Provider, browser: Browser) -> None:
        answer = {**provider.authorize(browser.begin()), "code": "x" * 5000}
        assert_nobody_came_in(provider, browser.come_back(provider, answer), 400, "PP108")

    def test_an_answer_of_another_issuer_is_refused(self, provider: Provider, browser: Browser) -> None:
        answer = {**provider.authorize(browser.begin()), "iss": "https://another.example/id"}
        assert_nobody_came_in(provider, browser.come_back(provider, answer), 403, "PP103")

    def test_oid_06_an_error_ends_that_attempt_alone(self, provider: Provider, browser: Browser) -> None:
        failed, other = query_of(browser.begin("/stock/"))["state"], browser.begin()
        answer = browser.come_back(provider, {"error": "access_denied\nforged", "state": failed})
        assert_nobody_came_in(provider, answer, 403, "PP102")
        assert "/signin?next=%2Fstock%2F" in answer.content.decode()
        assert AuditEvent.objects.get().detail == {"why": "access_deniedforged"}
        assert browser.come_back(provider, {"error": "access_denied", "state": failed}).status_code == 400
        assert browser.come_back(provider, provider.authorize(other)).status_code == 303

    def test_oid_06_an_error_signs_nobody_out(self, provider: Provider, browser: Browser) -> None:
        state = query_of(browser.begin())["state"]
        browser.sign_in(provider)
        assert browser.come_back(provider, {"error": "access_denied", "state": state}).status_code == 403
        assert browser.come_back(provider, {"error": "access_denied"}).status_code == 400
        assert browser.is_signed_in

    @pytest.mark.django_db(transaction=True)
    def test_oid_04_of_two_callbacks_at_once_one_gets_through(
        self, provider: Provider, browser: Browser
    ) -> None:
        answer = provider.authorize(browser.begin())
        both_are_ready = threading.Barrier(2)
        seen: list[int] = []

        def come_back() -> None:
            twin = Browser()
            twin.cookies.update(browser.cookies)
            both_are_ready.wait()
            seen.append(twin.come_back(provider, answer).status_code)
            connection.close()

        threads = [threading.Thread(target=come_back) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(seen) == [303, 400]
        assert len(provider.token_requests) == 1


class TestTheTokenEndpoint:
    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            ((400, {}, '{"error": "invalid_grant"}'), "PP104"),
            ((401, {}, '{"error": "invalid_client"}'), "PP104"),
            ((400, {}, "<html>"), "PP104"),
            ((200, {}, "<html>"), "PP104"),
            ((200, {}, "[]"), "PP104"),
            ((200, {}, '{"id_token": "a.b.c"}'), "PP104"),
            ((302, {"Location": "https://evil.example/"}, ""), "PP104"),
            ((500, {}, "<html>"), "PP105"),
            (requests.ConnectTimeout(), "PP105"),
            (requests.ReadTimeout(), "PP105"),
            ((200, {}, '{"access_token": "a.b.c", "expires_in": 3600}'), "PP103"),
            ((200, {}, '{"access_token": "a.b.c", "expires_in": 3600, "id_token": 7}'), "PP103"),
        ],
    )
    def test_idt_15_its_faults_are_a_page(
        self, provider: Provider, browser: Browser, answer: Any, code: str
    ) -> None:
        provider.token_answer = answer
        page = browser.sign_in(provider)
        assert page.status_code in (403, 502, 503)
        assert code in page.content.decode()
        assert not browser.is_signed_in
        event = AuditEvent.objects.get()
        assert (event.kind, event.succeeded, event.reason) == (AuditEvent.Kind.SIGN_IN, False, code)
        assert event.correlation_id
        assert event.correlation_id in page.content.decode()

    def test_each_exchange_leaves_a_row_without_secrets(self, provider: Provider, browser: Browser) -> None:
        browser.sign_in(provider)
        row = ApiCall.objects.get(kind=ApiCall.Kind.TOKEN)
        assert (row.method, row.path, row.status) == ("POST", "/id/connect/token", 200)
        assert row.correlation_id == AuditEvent.objects.get().correlation_id
        kept = str(list(ApiCall.objects.values()))
        assert not any(secret in kept for secret in [SECRET, *provider.issued])

    def test_idt_04_unknown_keys_cause_one_request_a_minute(
        self, provider: Provider, browser: Browser, http: responses.RequestsMock
    ) -> None:
        browser.sign_in(provider)
        provider.front.headers = provider.back.headers = {"kid": "made up"}
        for _ in range(3):
            assert Browser().sign_in(provider).status_code == 403
        http.assert_call_count(provider.jwks_uri, 2)


class TestAvailability:
    def test_signing_in_is_unavailable_while_the_instance_id_is(
        self, provider: Provider, browser: Browser, http: responses.RequestsMock
    ) -> None:
        http.replace("GET", f"{provider.root}/tools/auto-discovery", body=requests.ConnectionError())
        page = browser.get("/signin", {"next": "/orders/"})
        assert page.status_code == 503
        assert "PP105" in page.content.decode()
        assert not SignInAttempt.objects.exists()

    @pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
    def test_oid_07_endpoints_elsewhere_are_not_trusted(
        self, provider: Provider, browser: Browser, name: str
    ) -> None:
        provider.metadata[name] = provider.metadata[name].replace("https:", "http:")
        assert browser.get("/signin").status_code == 503

    def test_a_failed_discovery_is_tried_again(self, provider: Provider, browser: Browser) -> None:
        issuer = provider.metadata.pop("issuer")
        assert browser.get("/signin").status_code == 503
        provider.metadata["issuer"] = issuer
        assert browser.sign_in(provider).status_code == 303

    def test_people_who_are_signed_in_go_on(
        self, provider: Provider, browser: Browser, http: responses.RequestsMock
    ) -> None:
        browser.sign_in(provider)
        http.reset()
        assert browser.get("/signin")["Location"] == "/"
        assert browser.is_signed_in


class TestIdentity:
    def test_usr_01_a_new_login_is_the_same_person(self, provider: Provider, browser: Browser) -> None:
        browser.sign_in(provider)
        before = User.objects.get()
        provider.subject, provider.person["email"] = (
            "maria.petrova@rila-textiles.example",
            "mp@rila-textiles.example",
        )
        Browser().sign_in(provider)
        user = User.objects.get()
        assert user.pk == before.pk
        assert (user.issuer, user.erp_id) == (provider.issuer, MARIA)
        assert (user.login, user.email) == (provider.subject, "mp@rila-textiles.example")
        assert user.language == "bg"
        assert user.email_verified is False

    def test_usr_01_the_same_login_and_email_are_not_the_same_person(
        self, provider: Provider, browser: Browser
    ) -> None:
        browser.sign_in(provider)
        provider.person["id"] = str(uuid.uuid4())
        Browser().sign_in(provider)
        assert User.objects.count() == 2

    @pytest.mark.parametrize("guid", [None, "", 7, "maria", str(uuid.UUID(int=0)), ["x"]])
    def test_usr_01_without_a_guid_nobody_comes_in(
        self, provider: Provider, browser: Browser, guid: Any
    ) -> None:
        provider.person["id"] = guid
        page = browser.sign_in(provider)
        assert page.status_code == 403
        assert "PP109" in page.content.decode()
        assert not User.objects.exists()

    @pytest.mark.parametrize(
        ("value", "read"), [(True, True), ("true", True), (False, False), ("false", False)]
    )
    def test_usr_02_booleans_are_read_in_either_type(
        self, provider: Provider, browser: Browser, value: Any, read: bool
    ) -> None:
        provider.person["email_verified"] = value
        browser.sign_in(provider)
        assert User.objects.get().email_verified is read

    @pytest.mark.parametrize("value", ["True", "yes", "", 1, 0, None, []])
    def test_usr_02_anything_else_denies(self, provider: Provider, browser: Browser, value: Any) -> None:
        provider.person["email_verified"] = value
        assert "PP109" in browser.sign_in(provider).content.decode()
        assert not User.objects.exists()

    @pytest.mark.parametrize("kind", ["SystemUserNoLogin", "internaluser", "", None, [], {}])
    def test_usr_03_other_user_types_are_denied(
        self, provider: Provider, browser: Browser, kind: Any
    ) -> None:
        provider.person["user_type"] = kind
        page = browser.sign_in(provider)
        assert page.status_code == 403
        assert "PP106" in page.content.decode()
        assert not User.objects.exists()
        assert AuditEvent.objects.get().detail == {"why": f"login {provider.subject}"}

    @pytest.mark.parametrize("kind", User.UserType.values)
    @pytest.mark.parametrize("claim", ["true", True])
    def test_usr_04_is_admin_makes_nobody_staff(
        self, provider: Provider, browser: Browser, kind: str, claim: Any
    ) -> None:
        provider.person |= {"user_type": kind, "is_admin": claim, "is_staff": True, "is_superuser": True}
        browser.sign_in(provider)
        user = User.objects.get()
        assert (user.is_staff, user.is_superuser) == (False, False)

    def test_usr_06_a_deactivated_person_is_out_at_once_and_stays_out(
        self, provider: Provider, browser: Browser
    ) -> None:
        browser.sign_in(provider)
        User.objects.update(is_active=False)
        assert browser.get("/welcome/")["Location"].startswith("/signin")
        assert "PP107" in Browser().sign_in(provider).content.decode()

    @pytest.mark.parametrize(
        ("claim", "value"),
        [
            ("name", "A\x00b\ud800"),
            ("name", 7),
            ("email", "no address"),
            ("email", "x" * 300 + "@x.example"),
            ("locale", []),
        ],
    )
    def test_what_only_describes_a_person_never_keeps_her_out(
        self, provider: Provider, browser: Browser, claim: str, value: Any
    ) -> None:
        provider.person[claim] = value
        assert browser.sign_in(provider).status_code == 303

    @pytest.mark.parametrize("subject", ["a\x00b", "x" * 255, "a\nb"])
    def test_a_login_that_cannot_be_kept_is_refused(
        self, provider: Provider, browser: Browser, subject: str
    ) -> None:
        provider.subject = subject
        assert "PP109" in browser.sign_in(provider).content.decode()


class TestTheSession:
    def test_ses_01_has_a_new_key_and_the_old_record_is_gone(
        self, provider: Provider, browser: Browser
    ) -> None:
        session = browser.session
        session["of a stranger"] = "something"
        session.save()
        old_key = session.session_key
        browser.sign_in(provider)
        assert browser.session.session_key != old_key
        assert "of a stranger" not in browser.session
        assert not Session.objects.filter(session_key=old_key).exists()

    def test_ses_01_tabs_that_sign_in_one_after_the_other_leave_one_session(
        self, provider: Provider, browser: Browser
    ) -> None:
        tabs = [browser.begin() for _ in range(3)]
        for number, tab in enumerate(tabs):
            provider.person["id"] = str(uuid.UUID(int=1 + number // 2))
            assert browser.come_back(provider, provider.authorize(tab)).status_code == 303
            assert [each.session_key for each in Session.objects.all()] == [browser.session.session_key]
        assert User.objects.count() == 2, "the last tab's is not the first one's person"

    def test_ses_01_a_sign_in_ends_no_session_of_another_browser(
        self, provider: Provider, browser: Browser
    ) -> None:
        elsewhere = Browser()
        begun = elsewhere.begin()
        browser.sign_in(provider)
        assert elsewhere.come_back(provider, provider.authorize(begun)).status_code == 303
        assert browser.is_signed_in
        assert Session.objects.count() == 2

    def test_belongs_to_its_user(self, provider: Provider, browser: Browser) -> None:
        browser.sign_in(provider)
        assert Session.objects.get().user == User.objects.get()

    def test_ses_09_no_page_and_no_cookie_carries_a_token(self, provider: Provider, browser: Browser) -> None:
        answers = [
            browser.sign_in(provider),
            browser.get("/"),
            browser.get("/welcome/"),
            browser.get("/signout-callback"),
        ]
        for answer in answers:
            seen = str(answer.headers) + str(answer.cookies) + answer.content.decode()
            assert not TOKEN.search(seen)

    def test_keeps_the_id_token_and_no_other(self, provider: Provider, browser: Browser) -> None:
        browser.sign_in(provider)
        code, *tokens = provider.issued
        assert browser.session["oidc_id_token"] == tokens[-1]
        kept = str(dict(browser.session.items()))
        assert not any(secret in kept for secret in [code, *tokens[:-1]])

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "javascript:alert(1)",
            "http:evil.example", " /orders/", "/\x00", "/\n/evil.example", "orders/", "/" + "x" * 500,
        ],
    )  # fmt: skip
    def test_ses_08_next_is_a_local_path_or_nothing(
        self, provider: Provider, browser: Browser, address: str
    ) -> None:
        assert browser.sign_in(provider, address)["Location"] == "/welcome/"


class TestTheFirstPage:
    def test_is_the_dashboard_for_somebody_with_a_partner(self, provider: Provider, browser: Browser) -> None:
        browser.sign_in(provider)
        make_member(User.objects.get(), make_partner())
        assert Browser().sign_in(provider)["Location"] == "/"

    def test_is_the_welcome_for_somebody_without(self, provider: Provider, browser: Browser) -> None:
        assert browser.sign_in(provider)["Location"] == "/welcome/"


class TestTheTrail:
    def test_log_01_names_who_came_in(self, provider: Provider, browser: Browser) -> None:
        browser.sign_in(provider)
        event, user = AuditEvent.objects.get(), User.objects.get()
        assert (event.kind, event.succeeded, event.user_id) == (AuditEvent.Kind.SIGN_IN, True, user.pk)
        assert event.login == user.login

    def test_log_03_carries_no_secret(
        self, provider: Provider, browser: Browser, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        browser.sign_in(provider)
        provider.back.change = lambda claims: claims.update({"nonce": "wrong"})
        browser.cookies.clear()
        browser.sign_in(provider)
        written = "\n".join(
            str(vars(record)) for record in caplog.records if record.name != "django.db.backends"
        )
        written += str(list(AuditEvent.objects.values()))
        secrets = [
            SECRET,
            *provider.issued,
            *(request["code_verifier"] for request in provider.token_requests),
        ]
        assert not [secret for secret in secrets if secret in written]
        assert "sign_in refused PP103" in written
