"""For which partner a request acts."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Membership, Partner, User
from accounts.permissions import Role
from tests.accounts.browser import Browser
from tests.accounts.builders import make_member, make_partner, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def elena() -> User:
    return make_user("elena@danube-packaging.example")


@pytest.fixture
def danube(elena: User) -> Partner:
    return make_member(elena, make_partner("Danube Packaging"), Role.OWNER).partner


@pytest.fixture
def balkan(elena: User) -> Partner:
    return make_member(elena, make_partner("Balkan Plastics"), Role.BASIC).partner


@pytest.fixture
def signed_in(browser: Browser, elena: User) -> Browser:
    browser.force_login(elena)
    return browser


def acting(browser: Browser) -> Membership | None:
    request: Any = browser.get("/signout-callback").wsgi_request
    return request.membership


def test_strangers_act_for_nobody_and_cost_no_query(
    browser: Browser, danube: Partner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):  # those by which the test itself takes the web's role
        answer = browser.get("/signout-callback")
    request: Any = answer.wsgi_request
    assert request.memberships == []
    assert request.membership is None


def test_the_first_by_name_is_the_default(signed_in: Browser, danube: Partner, balkan: Partner) -> None:
    membership = acting(signed_in)
    assert membership is not None
    assert membership.partner == balkan


def test_the_choice_is_kept(signed_in: Browser, danube: Partner, balkan: Partner) -> None:
    answer = signed_in.post("/partner", {"partner": str(danube.pk)})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    membership = acting(signed_in)
    assert membership is not None
    assert (membership.partner, membership.role) == (danube, Role.OWNER)


@pytest.mark.parametrize("wanted", ["", "danube", str(uuid.uuid4()), "\x00"])
def test_nobody_elses_partner_can_be_chosen(signed_in: Browser, danube: Partner, wanted: str) -> None:
    stranger = make_partner("Northwind Metals")
    for value in (wanted, str(stranger.pk)):
        assert signed_in.post("/partner", {"partner": value}).status_code == 404
    membership = acting(signed_in)
    assert membership is not None
    assert membership.partner == danube


def test_choosing_is_a_post_of_somebody_signed_in(browser: Browser, danube: Partner) -> None:
    assert browser.get("/partner").status_code == 405
    assert browser.post("/partner", {"partner": str(danube.pk)})["Location"].startswith("/signin")


@pytest.mark.parametrize("gone", ["membership", "partner"])
def test_usr_05_what_is_taken_away_is_gone_with_the_next_click(
    signed_in: Browser, danube: Partner, balkan: Partner, gone: str
) -> None:
    signed_in.post("/partner", {"partner": str(danube.pk)})
    if gone == "membership":
        Membership.objects.filter(partner=danube).update(is_active=False)
    else:
        Partner.objects.filter(pk=danube.pk).update(is_active=False)
    membership = acting(signed_in)
    assert membership is not None
    assert membership.partner == balkan
