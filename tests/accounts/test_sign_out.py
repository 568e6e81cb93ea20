"""Signing out: here first, then at the Instance ID."""

from __future__ import annotations

import pytest
import requests
import responses
from pytest_django import Settings

from accounts.models import AuditEvent, Session
from tests.accounts.browser import Browser
from tests.accounts.provider import Provider

pytestmark = pytest.mark.django_db


def test_ses_05_needs_a_post_and_a_csrf_token(provider: Provider) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.sign_in(provider)
    assert browser.get("/signout").status_code == 405
    assert browser.post("/signout").status_code == 403
    assert browser.is_signed_in


def test_ses_05_the_session_here_ends_whatever_the_instance_id_does(
    provider: Provider, browser: Browser, http: responses.RequestsMock
) -> None:
    browser.sign_in(provider)
    answer = browser.post("/signout")
    assert answer.status_code == 303
    assert not Session.objects.exists()
    assert AuditEvent.objects.filter(kind=AuditEvent.Kind.SIGN_OUT).count() == 1


def test_ses_05_an_unreachable_instance_id_keeps_nobody_in(
    provider: Provider, browser: Browser, http: responses.RequestsMock, settings: Settings
) -> None:
    browser.sign_in(provider)
    elsewhere = Provider(http, response_type="code", response_mode="query")
    settings.TRUSTED_APPLICATION = elsewhere.application  # of which nothing is known yet
    http.replace("GET", f"{elsewhere.root}/tools/auto-discovery", body=requests.ConnectionError())
    assert browser.post("/signout")["Location"] == "/signout-callback"
    assert not Session.objects.exists()


def test_ses_04_the_old_cookie_is_useless(provider: Provider, browser: Browser) -> None:
    browser.sign_in(provider)
    thief = Browser()
    thief.cookies.update(browser.cookies)
    browser.post("/signout")
    assert thief.get("/welcome/")["Location"].startswith("/signin")


def test_a_stranger_who_signs_out_sees_the_same_page(browser: Browser) -> None:
    assert browser.post("/signout")["Location"] == "/signout-callback"
    assert not AuditEvent.objects.exists()


def test_ses_06_coming_back_changes_nothing(provider: Provider, browser: Browser) -> None:
    browser.sign_in(provider)
    page = browser.get("/signout-callback", {"state": "x", "error": "<script>"})
    assert "You are signed in" in page.content.decode()
    assert "<script>" not in page.content.decode()
    assert browser.is_signed_in
    browser.post("/signout")
    page = browser.get("/signout-callback")
    assert "You are signed out" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
