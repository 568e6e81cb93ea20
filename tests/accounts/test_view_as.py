"""Staff looking at the portal as a partner sees it. ACL-10: a way of its own, for a reason, in the trail, read-only."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection
from django.db.models import F
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from django_htmx.middleware import HtmxDetails
from pytest_django import Settings

from accounts.gates import partner_page
from accounts.models import AuditEvent, Invitation, Membership, Partner, Session, User
from accounts.permissions import Role
from accounts.services import grant_staff, hash_of, sweep_sessions
from accounts.view_as import Viewing, looking_at
from sync.models import OutboxEntry, Shipment
from tests.accounts.asking import sign_in
from tests.accounts.browser import Browser
from tests.accounts.builders import make_member, make_partner, make_staff, make_user
from tests.accounts.provider import Provider
from tests.conftest import PortalClient
from tests.portal import builders
from tests.portal.builders import text_of, words_of

pytestmark = pytest.mark.django_db
REASON = "They ask why order 1001 is missing"


@pytest.fixture(params=[("code id_token", "form_post")], ids=["hybrid-form_post"])
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def petar() -> User:
    user = make_staff("petar@vitosha.example")
    grant_staff(user.login)
    User.objects.filter(pk=user.pk).update(name="Petar Petrov")
    user.groups.add(Group.objects.get())
    return User.objects.get(pk=user.pk)


@pytest.fixture
def rila() -> Partner:
    return make_partner("Rila Textiles")


@pytest.fixture
def staff(client: PortalClient, petar: User) -> PortalClient:
    sign_in(client, petar)
    return client


@pytest.fixture
def looking(staff: PortalClient, rila: Partner) -> PortalClient:
    """Petar, looking as Rila Textiles."""
    answer = begin(staff, rila)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    return staff


def begin(staff: PortalClient, partner: Partner, reason: str = REASON) -> Any:
    return staff.post(f"/view-as/{partner.pk}", {"reason": reason})


def end(staff: PortalClient) -> Any:
    return staff.post("/view-as/end")


def trail(partner: Partner) -> list[str]:
    """What the trail says of looks at this partner, oldest first."""
    events = AuditEvent.objects.filter(kind=AuditEvent.Kind.VIEW_AS, partner_id=partner.pk).order_by("pk")
    return [f"{event.reason} {event.subject}".strip() for event in events]


# -- Who may, and why --------------------------------------------------------------------------------------------------


def test_the_partners_page_in_the_admin_leads_there(staff: PortalClient, rila: Partner) -> None:
    page = text_of(staff.get(f"/admin/accounts/partner/{rila.pk}/change/"))
    assert f'href="/view-as/{rila.pk}"' in page
    assert "View the portal as Rila Textiles" in text_of(staff.get(f"/view-as/{rila.pk}"))


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\x00b"])
def test_a_look_needs_a_reason(staff: PortalClient, rila: Partner, reason: str) -> None:
    assert begin(staff, rila, reason).status_code == 422
    assert staff.get("/")["Location"] == "/admin/"
    assert trail(rila) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_for_anybody_else_there_is_no_such_page(client: PortalClient, rila: Partner, method: str) -> None:
    maria = make_user()
    make_member(maria, rila, Role.OWNER)
    address = f"/view-as/{rila.pk}"
    assert getattr(client, method)(address, {"reason": REASON})["Location"].startswith("/signin?next=")
    client.force_login(maria)
    assert getattr(client, method)(address, {"reason": REASON}).status_code == 404
    assert "view_as" not in client.session
    assert trail(rila) == []


def test_staff_who_may_not_see_partners_may_not_look_as_one(client: PortalClient, rila: Partner) -> None:
    sign_in(client, make_staff())
    assert begin(client, rila).status_code == 403
    assert trail(rila) == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_usr_07_a_look_needs_a_fresh_sign_in(
    client: PortalClient, petar: User, rila: Partner, method: str
) -> None:
    sign_in(client, petar, seconds_ago=16 * 60)
    answer = getattr(client, method)(f"/view-as/{rila.pk}", {"reason": REASON})
    assert answer["Location"].startswith("/signin?fresh=1&next=")
    assert trail(rila) == []


def test_a_partner_that_is_switched_off_cannot_be_looked_at(staff: PortalClient) -> None:
    closed = make_partner("Closed Ltd", is_active=False)
    assert begin(staff, closed).status_code == 404
    assert "view-as" not in text_of(staff.get(f"/admin/accounts/partner/{closed.pk}/change/"))


# -- What one sees -----------------------------------------------------------------------------------------------------


def test_one_sees_that_partners_rows_and_no_one_elses(looking: PortalClient, rila: Partner) -> None:
    builders.order(rila, "1001")
    foreign = builders.order(make_partner("Northwind Metals"), "2002")
    page = words_of(looking.get("/orders/"))
    assert "1001" in page
    assert "2002" not in page
    assert looking.get(f"/orders/{foreign.pk}/").status_code == 404


def test_prices_and_invoices_are_shown_as_to_an_administrator(looking: PortalClient, rila: Partner) -> None:
    builders.invoice(rila, "9001")
    assert "9001" in text_of(looking.get("/invoices/"))


@pytest.mark.parametrize("address", ["/", "/orders/", "/shipments/", "/stock/", "/nowhere/", "/admin/"])
def test_every_page_says_who_looks_as_whom_and_why(
    looking: PortalClient, rila: Partner, address: str
) -> None:
    page = text_of(looking.get(address))
    assert "<strong>Petar Petrov</strong> views the portal as <strong>Rila Textiles</strong>" in page
    assert f"Reason: “{REASON}”." in page
    assert "60 minutes left" in page
    assert 'action="/view-as/end"' in page


def test_the_banner_says_how_long_is_left(looking: PortalClient) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=58, seconds=30)):
        assert "2 minutes left" in text_of(looking.get("/"))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=59, seconds=30)):
        assert "1 minute left" in text_of(looking.get("/"))


def test_a_reason_cannot_put_code_into_the_page(staff: PortalClient, rila: Partner) -> None:
    begin(staff, rila, "<script>alert(1)</script>")
    assert "<script>alert" not in staff.get("/").content.decode()


def test_nothing_offers_to_write(looking: PortalClient, rila: Partner) -> None:
    order = builders.order(rila)
    line = builders.order_line(order)
    shipment = builders.shipment(order)
    builders.shipment_line(shipment, line)
    for address in ("/", f"/orders/{order.pk}/", f"/shipments/{shipment.pk}/"):
        page = text_of(looking.get(address))
        assert "/shipments/new" not in page, address
        assert "/edit" not in page, address
    assert looking.get(f"/shipments/new?order={order.pk}").status_code == 403


def test_who_acts_for_the_partner_is_shown_and_cannot_be_changed(
    looking: PortalClient, rila: Partner
) -> None:
    maria = make_user(name="Maria Ivanova")
    member = make_member(maria, rila, Role.BILLING)
    page = text_of(looking.get("/people/"))
    assert "Maria Ivanova" in page
    assert "/people/invite" not in page
    assert "<form" not in page.partition("<h1")[2]
    for address in ("/people/invite", f"/people/{member.pk}/", f"/people/{member.pk}/remove"):
        assert looking.post(address, {"role": Role.OWNER}).status_code == 403
    member.refresh_from_db()
    assert (member.role, member.is_active) == (Role.BILLING, True)


def test_pages_that_are_all_form_say_that_one_only_views(looking: PortalClient, rila: Partner) -> None:
    member = make_member(make_user(), rila, Role.BILLING)
    order = builders.order(rila)
    shipment = builders.shipment(order)
    for address in (
        "/people/invite",
        f"/people/{member.pk}/",
        f"/people/{member.pk}/remove",
        f"/shipments/new?order={order.pk}",
        f"/shipments/{shipment.pk}/edit",
    ):
        answer = looking.get(address)
        assert answer.status_code == 403, address
        page = text_of(answer).partition("<h1")[2]
        assert "PP301" in page, address
        assert re.findall(r'action="([^"]+)"', page) == ["/view-as/end"], address
        assert _ways_on(answer) == ["/view-as/end", "/"], address


def test_one_signs_nobody_out_everywhere_meanwhile(looking: PortalClient) -> None:
    assert looking.get("/sessions/end")["Location"] == "/sessions"
    assert "/sessions/" not in text_of(looking.get("/sessions")).partition("<h1")[2]
    assert looking.post("/sessions/end").status_code == 403


def test_an_invitation_can_be_read_and_not_accepted_meanwhile(looking: PortalClient, rila: Partner) -> None:
    secret = "x" * 43
    Invitation.objects.create(
        partner=make_partner("Northwind Metals"),
        email="x@y.example",
        role=Role.BASIC,
        secret_hash=hash_of(secret),
        invited_by=make_staff().pk,
        expires_at=timezone.now() + dt.timedelta(days=1),
    )
    page = text_of(looking.get(f"/invitations/{secret}")).partition("<h1")[2]
    assert "nothing can be changed" in page
    assert "<form" not in page
    assert looking.post(f"/invitations/{secret}").status_code == 403


def test_ones_own_partners_are_out_of_reach(staff: PortalClient, petar: User, rila: Partner) -> None:
    own = make_partner("Aardvark Ltd")
    make_member(petar, own, Role.OWNER)
    builders.order(own, "3003")
    begin(staff, rila)
    assert "3003" not in words_of(staff.get("/orders/"))
    assert "Aardvark" not in text_of(staff.get("/"))
    assert staff.post("/partner", {"partner": str(own.pk)}).status_code == 403
    end(staff)
    assert "3003" in text_of(staff.get("/orders/"))


def test_the_administration_is_closed_meanwhile(looking: PortalClient, rila: Partner) -> None:
    for address in ("/admin/", "/admin/accounts/user/", f"/view-as/{rila.pk}"):
        answer = looking.get(address)
        assert answer.status_code == 403
        assert "PP302" in text_of(answer)
        assert _ways_on(answer) == ["/view-as/end", "/"]
    assert 'href="/admin/"' not in text_of(looking.get("/"))


def test_a_part_of_an_admin_page_has_the_whole_page_loaded_anew(looking: PortalClient) -> None:
    answer = looking.get("/admin/", headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"
    assert answer.content == b""


# -- Nothing is written ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/shipments/new?order={order}", "/shipments/{shipment}/edit", "/partner"]
)
def test_a_form_is_refused_and_changes_nothing(looking: PortalClient, rila: Partner, address: str) -> None:
    order = builders.order(rila)
    address = address.format(order=order.pk, shipment=builders.shipment(order).pk)
    before = _stored()
    answer = looking.post(address, {"notes": "x"}, headers={"Referer": "http://testserver/orders/?search=x"})
    assert answer.status_code == 403
    assert "PP301" in text_of(answer)
    assert _ways_on(answer) == ["/view-as/end", "/orders/?search=x"]
    part = looking.post(address, {"notes": "x"}, headers={"HX-Request": "true"})
    assert (part["HX-Refresh"], part.content) == ("true", b"")
    assert _stored() == before
    refusals = AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSAL, reason="PP301", partner_id=rila.pk)
    assert refusals.count() == 2


def _ways_on(answer: Any) -> list[str]:
    """Where the buttons of a refusal lead: the end of the viewing, by a form of its own, and back."""
    buttons = text_of(answer).partition('<div class="actions">')[2].partition("</div>")[0]
    assert 'method="post"' in buttons
    assert "csrfmiddlewaretoken" in buttons
    return re.findall(r'(?:action|href)="([^"]+)"', buttons)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/", "/orders/", "/shipments/new", "/admin/", "/admin/accounts/user/"])
def test_no_method_but_those_of_reading_gets_through(
    looking: PortalClient, rila: Partner, address: str, method: str
) -> None:
    before = _stored()
    assert getattr(looking, method)(address).status_code in {403, 405}
    assert _stored() == before
    assert trail(rila) == ["view_as_begun"]


def _stored() -> list[Any]:
    return [list(model.objects.values()) for model in (Shipment, OutboxEntry, Membership, Partner, User)]


def test_the_database_refuses_what_the_gate_would_miss(rila: Partner) -> None:
    shipment = builders.shipment(builders.order(rila))
    with looking_at(rila.pk):
        assert Shipment.objects.get() == shipment
    for write in (
        lambda: Shipment.objects.create(partner=rila),
        lambda: Shipment.objects.update(notes="x"),
        lambda: Shipment.objects.all().delete(),
        lambda: Membership.objects.update(role=Role.BASIC),
    ):
        with pytest.raises(DatabaseError, match="read-only transaction"), looking_at(rila.pk):
            write()
    Shipment.objects.update(notes="written after the look")


def test_a_page_that_writes_while_it_is_read_fails(petar: User, rila: Partner) -> None:
    """Through the gate, with a view that breaks the rule that reading changes nothing."""
    request: Any = RequestFactory().get("/")
    request.user, request.htmx = petar, HtmxDetails(request)
    request.viewing_as = Viewing(petar, rila, REASON, timezone.now() + dt.timedelta(minutes=1))
    request.membership = request.viewing_as.membership()
    request.memberships = [request.membership]

    @partner_page()
    def careless(request: Any) -> HttpResponse:
        return HttpResponse(str(Shipment.objects.create(partner=rila)))

    with pytest.raises(DatabaseError, match="read-only transaction"):
        careless(request)
    assert not Shipment.objects.exists()


# -- The end -----------------------------------------------------------------------------------------------------------


def test_one_click_ends_it_where_it_began(looking: PortalClient, rila: Partner) -> None:
    answer = end(looking)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/accounts/partner/{rila.pk}/change/")
    assert looking.get("/admin/").status_code == 200
    assert looking.get("/")["Location"] == "/admin/"
    assert trail(rila) == ["view_as_begun", "view_as_ended"]


def test_it_is_over_after_an_hour_and_the_click_shows_nothing(
    looking: PortalClient, petar: User, rila: Partner
) -> None:
    own = make_partner("Aardvark Ltd")
    make_member(petar, own, Role.OWNER)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=61)):
        answer = looking.get("/orders/")
        assert answer["Location"] == f"/admin/accounts/partner/{rila.pk}/change/"
        assert "You no longer view the portal as Rila Textiles" in text_of(looking.get(answer["Location"]))
    assert trail(rila)[-1] == "view_as_over"


def test_a_form_sent_after_the_hour_writes_nothing(looking: PortalClient, petar: User, rila: Partner) -> None:
    """Not in the name of a partner of one's own either."""
    own = make_partner("Aardvark Ltd")
    make_member(petar, own, Role.OWNER)
    shipment = builders.shipment(builders.order(own))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=61)):
        answer = looking.post(f"/shipments/{shipment.pk}/edit", {"notes": "x"})
        assert answer["Location"].startswith("/admin/")
    assert not OutboxEntry.objects.exists()


def test_a_part_of_a_page_after_the_hour_leads_the_whole_page_away(looking: PortalClient) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=61)):
        answer = looking.get("/orders/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith("/admin/accounts/partner/")


@pytest.mark.parametrize("what", ["staff", "partner"])
def test_it_is_over_when_either_side_is_switched_off(
    looking: PortalClient, petar: User, rila: Partner, what: str
) -> None:
    if what == "staff":
        User.objects.filter(pk=petar.pk).update(is_staff=False)
    else:
        Partner.objects.filter(pk=rila.pk).update(is_active=False)
    assert looking.get("/orders/").status_code == 302
    assert "view_as" not in looking.session
    assert trail(rila) == ["view_as_begun", "view_as_over"]


def test_signing_out_ends_it(looking: PortalClient, rila: Partner) -> None:
    looking.post("/signout")
    assert trail(rila) == ["view_as_begun", "view_as_ended"]
    assert looking.get("/orders/")["Location"].startswith("/signin")


def ended(partner: Partner) -> list[str]:
    """What the trail says after the beginning, with how long it says that the look lasted, in minutes."""
    looks = AuditEvent.objects.filter(kind=AuditEvent.Kind.VIEW_AS, partner_id=partner.pk)
    begun, *events = looks.order_by("pk")
    return [f"{event.reason} {_minutes(begun, event)}".strip() for event in events]


def _minutes(begun: AuditEvent, event: AuditEvent) -> str:
    until = event.detail.get("lasted_until")
    return str(round((dt.datetime.fromisoformat(until) - begun.at).total_seconds() / 60)) if until else ""


@pytest.mark.parametrize("deed", ["end_sessions", "deactivate"])
def test_staff_who_end_the_sessions_of_a_viewer_end_the_look(
    looking: PortalClient, petar: User, rila: Partner, deed: str
) -> None:
    boss = PortalClient()
    other = make_staff("boss@vitosha.example")
    other.groups.add(Group.objects.get())
    sign_in(boss, other)
    chosen = {"action": deed, "_selected_action": [str(petar.pk)]}
    assert boss.post("/admin/accounts/user/", chosen).status_code == 302
    assert ended(rila) == ["view_as_session_over 0"]
    last = AuditEvent.objects.get(reason="view_as_session_over")
    assert (last.user_id, last.detail["reason"]) == (petar.pk, REASON)
    assert looking.get("/orders/")["Location"].startswith("/signin")


def test_a_viewer_who_ends_her_other_sessions_ends_their_looks(
    looking: PortalClient, petar: User, rila: Partner
) -> None:
    one, another = PortalClient(), PortalClient()
    for client in (one, another):
        sign_in(client, petar)
    begin(another, rila)
    session = Session.objects.get(session_key=looking.session.session_key)
    assert one.post(f"/sessions/{session.public_id}/end").status_code == 302
    assert ended(rila) == ["view_as_begun", "view_as_session_over 0"]
    one.post("/sessions/end")
    assert ended(rila)[2:] == ["view_as_session_over 0"]


@pytest.mark.parametrize(
    ("unused_for", "told"), [(10, "view_as_session_over 10"), (75, "view_as_over 60")], ids=["idle", "hour"]
)
@pytest.mark.parametrize("by", ["housekeeping", "the next to sign in"])
def test_the_look_of_a_session_that_lapsed_is_ended_later(
    looking: PortalClient,
    rila: Partner,
    settings: Settings,
    provider: Provider,
    by: str,
    unused_for: int,
    told: str,
) -> None:
    Session.objects.update(expire_date=F("seen_at") + dt.timedelta(minutes=unused_for))
    settings.SESSION_IDLE_SECONDS = unused_for * 60
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=unused_for + 5)):
        assert trail(rila) == ["view_as_begun"]
        if by == "housekeeping":
            sweep_sessions()
        else:
            Browser().sign_in(provider)
        assert ended(rila) == [told]
    assert not Session.objects.filter(session_key=looking.session.session_key).exists()


def test_a_look_ends_with_the_session_that_a_sign_in_of_another_tab_replaces(
    provider: Provider, petar: User, rila: Partner
) -> None:
    User.objects.filter(pk=petar.pk).delete()
    grant_staff(petar.login)
    provider.subject, provider.person["user_type"] = petar.login, "InternalUser"
    browser = Browser()
    one, another = browser.begin(), browser.begin()
    browser.come_back(provider, provider.authorize(one))
    assert begin(browser, rila)["Location"] == "/"
    browser.come_back(provider, provider.authorize(another))
    assert ended(rila) == ["view_as_session_over 0"]
    assert "view_as" not in browser.session


def test_ending_what_has_not_begun_leads_home(staff: PortalClient, client: PortalClient) -> None:
    assert end(staff)["Location"] == "/"
    assert end(PortalClient())["Location"] == "/"
    assert staff.get("/view-as/end").status_code == 405


def test_it_is_this_browsers_alone(looking: PortalClient, petar: User) -> None:
    other = PortalClient()
    other.force_login(petar)
    assert other.get("/")["Location"] == "/admin/"


# -- The trail ---------------------------------------------------------------------------------------------------------


def test_start_pages_and_end_are_in_the_partners_trail(
    looking: PortalClient, rila: Partner, petar: User
) -> None:
    order = builders.order(rila)
    looking.get("/")
    looking.get(f"/orders/{order.pk}/?after=x")
    looking.get("/sessions")
    looking.get("/nowhere/")
    end(looking)
    assert trail(rila) == [
        "view_as_begun",
        "view_as_page GET /",
        f"view_as_page GET /orders/{order.pk}/",
        "view_as_ended",
    ]
    begun = AuditEvent.objects.get(reason="view_as_begun")
    assert (begun.user_id, begun.login, begun.detail["reason"]) == (petar.pk, petar.login, REASON)
    assert re.match(r"\d{4}-", begun.detail["ends_at"])


def test_a_moving_part_is_recorded_when_it_shows_something(looking: PortalClient, rila: Partner) -> None:
    shipment = builders.shipment(builders.order(rila), delivery="PENDING")
    address = f"/shipments/{shipment.pk}/delivery"
    headers = {"HX-Request": "true"}
    answer = looking.get(address, headers=headers)
    mark = re.search(r"seen=([\w-]+)", answer.content.decode())
    assert mark is not None
    assert looking.get(f"{address}?seen={mark[1]}", headers=headers).status_code == 204
    assert trail(rila) == ["view_as_begun", f"view_as_page GET {address}"]


def test_what_is_refused_is_recorded_too(looking: PortalClient, rila: Partner) -> None:
    looking.get(f"/orders/{rila.pk}/")
    refusal = AuditEvent.objects.get(kind=AuditEvent.Kind.REFUSAL)
    assert (refusal.reason, refusal.partner_id) == ("not_found", rila.pk)


def test_a_page_of_which_no_trace_can_be_kept_is_not_shown(looking: PortalClient) -> None:
    def no_trail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith("INSERT") and "accounts_auditevent" in sql:
            raise DatabaseError("disk full")
        return execute(sql, params, many, context)

    looking.raise_request_exception = False
    with connection.execute_wrapper(no_trail):
        assert looking.get("/orders/").status_code == 500
