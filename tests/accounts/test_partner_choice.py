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
from tests.accounts.provider import Provider

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


def test_somebody_with_one_partner_is_not_asked(signed_in: Browser, danube: Partner) -> None:
    assert "<h1>Danube Packaging</h1>" in signed_in.get("/").content.decode()
    assert signed_in.get("/partner/choose")["Location"] == "/"


def test_somebody_with_several_acts_for_none_until_she_has_chosen(
    signed_in: Browser, danube: Partner, balkan: Partner
) -> None:
    assert acting(signed_in) is None
    assert signed_in.get("/orders/?page=2")["Location"] == "/partner/choose?next=%2Forders%2F%3Fpage%3D2"
    assert signed_in.get("/welcome/")["Location"] == "/"
    page = signed_in.get("/", follow=True)
    assert page.redirect_chain == [("/partner/choose?next=%2F", 302)]
    text = page.content.decode()
    assert text.index("Balkan Plastics") < text.index("Danube Packaging")
    assert "Owner" in text


def test_whoever_is_asked_sees_as_whom_and_may_leave(
    signed_in: Browser, danube: Partner, balkan: Partner
) -> None:
    page = signed_in.get("/partner/choose", {"next": "/orders/"}).content.decode()
    assert 'name="next" value="/partner/choose?next=%2Forders%2F"' in page
    assert "You are signed in as elena@danube-packaging.example." in page
    assert 'action="/signout"' in page


def test_a_part_of_a_page_sends_the_whole_page_to_the_choice(
    signed_in: Browser, danube: Partner, balkan: Partner
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/shipments/"}
    assert signed_in.get("/orders/", headers=headers)["HX-Redirect"] == "/partner/choose?next=%2Fshipments%2F"


def test_the_choice_leads_to_where_she_was_going(
    signed_in: Browser, danube: Partner, balkan: Partner
) -> None:
    page = signed_in.get("/partner/choose", {"next": "/orders/"})
    assert 'name="next" value="/orders/"' in page.content.decode()
    answer = signed_in.post("/partner", {"partner": str(danube.pk), "next": "/orders/"})
    assert answer["Location"] == "/orders/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "orders/"]
)
def test_ses_08_the_choice_leads_nowhere_else(
    signed_in: Browser, danube: Partner, balkan: Partner, elsewhere: str
) -> None:
    page = signed_in.get("/partner/choose", {"next": elsewhere})
    assert "evil" not in page.content.decode()
    answer = signed_in.post("/partner", {"partner": str(danube.pk), "next": elsewhere})
    assert answer["Location"] == "/"


def test_the_choice_is_kept(signed_in: Browser, danube: Partner, balkan: Partner) -> None:
    answer = signed_in.post("/partner", {"partner": str(danube.pk)})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    membership = acting(signed_in)
    assert membership is not None
    assert (membership.partner, membership.role) == (danube, Role.OWNER)


def test_the_choice_is_remembered_for_the_next_sign_in(
    signed_in: Browser, elena: User, danube: Partner, balkan: Partner
) -> None:
    signed_in.post("/partner", {"partner": str(danube.pk)})
    elsewhere = Browser()
    elsewhere.force_login(elena)
    membership = acting(elsewhere)
    assert membership is not None
    assert membership.partner == danube


def test_a_choice_in_another_browser_changes_nothing_under_open_pages(
    signed_in: Browser, elena: User, danube: Partner, balkan: Partner
) -> None:
    signed_in.post("/partner", {"partner": str(danube.pk)})
    elsewhere = Browser()
    elsewhere.force_login(elena)
    acting(elsewhere)
    signed_in.post("/partner", {"partner": str(balkan.pk)})
    membership = acting(elsewhere)
    assert membership is not None
    assert membership.partner == danube


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
    assert browser.get("/partner/choose")["Location"].startswith("/signin")


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


@pytest.mark.parametrize("mode", [("code id_token", "form_post")], ids=["hybrid-form_post"])
def test_usr_05_a_sign_in_goes_by_what_the_mirror_says_by_then(provider: Provider, mode: Any) -> None:
    """It calls nothing of ERP.net but the Instance ID: the provider here answers nothing else."""
    browser = Browser()
    browser.sign_in(provider)
    user = User.objects.get()
    rila = make_partner()
    member = make_member(user, rila, Role.OWNER)
    browser.post("/partner", {"partner": str(rila.pk)})
    assert browser.get("/people/").status_code == 200
    Membership.objects.filter(pk=member.pk).update(role=Role.BASIC)
    again = Browser()
    again.sign_in(provider)
    assert again.get("/people/").status_code == 403
    Membership.objects.filter(pk=member.pk).update(is_active=False)
    once_more = Browser()
    once_more.sign_in(provider)
    for each in (browser, again, once_more):
        assert each.get("/orders/")["Location"] == "/welcome/"


def test_usr_05_what_is_taken_away_from_one_with_several_asks_anew(
    signed_in: Browser, elena: User, danube: Partner, balkan: Partner
) -> None:
    make_member(elena, make_partner("Northwind Metals"))
    signed_in.post("/partner", {"partner": str(danube.pk)})
    Membership.objects.filter(partner=danube).update(is_active=False)
    assert acting(signed_in) is None
    assert "/partner/choose" in signed_in.get("/orders/")["Location"]
