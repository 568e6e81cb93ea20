"""A partner's administrators read the trail of their own company; staff search all of it in the admin."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.models import AuditEvent, Membership, Partner, User
from accounts.permissions import Role
from accounts.services import change_membership, grant_staff
from accounts.tenancy import acting_as_staff
from accounts.trail import PAGE_SIZE
from accounts.views.trail import KINDS
from tests.accounts.browser import Browser
from tests.accounts.builders import make_member, make_partner, make_staff, make_user
from tests.accounts.provider import Provider
from tests.conftest import PortalClient
from tests.portal.builders import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[("code id_token", "form_post")], ids=["hybrid-form_post"])
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def rila() -> Partner:
    return make_partner("Rila Textiles")


@pytest.fixture
def maria(rila: Partner) -> User:
    user = make_user("maria@rila-textiles.example")
    make_member(user, rila, Role.ADMIN)
    return user


@pytest.fixture
def admin(client: PortalClient, maria: User) -> PortalClient:
    client.force_login(maria)
    return client


def write(partner: Partner | None, subject: str, kind: AuditEvent.Kind = AuditEvent.Kind.WRITE) -> None:
    audit.record(kind, partner_id=partner.pk if partner else None, subject=subject)


def subjects(page: Any) -> list[str]:
    return re.findall(r'data-label="About">([^<]*)</td>', text_of(page))


# -- Whose lines -------------------------------------------------------------------------------------------------------


def test_it_shows_ones_own_company_alone(admin: PortalClient, rila: Partner) -> None:
    write(rila, "ours")
    write(make_partner("Northwind Metals"), "theirs")
    write(None, "nobody's")
    assert subjects(admin.get("/trail")) == ["ours"]


@pytest.mark.parametrize("role", [Role.BASIC, Role.ORDERS, Role.ORDERS_WITH_PRICES, Role.BILLING])
def test_it_is_for_administrators_and_owners(admin: PortalClient, rila: Partner, role: Role) -> None:
    Membership.objects.update(role=role)
    assert admin.get("/trail").status_code == 403
    assert 'href="/trail"' not in text_of(admin.get("/people/"))
    Membership.objects.update(role=Role.OWNER)
    assert admin.get("/trail").status_code == 200
    assert 'href="/trail"' in text_of(admin.get("/people/"))


def test_signing_in_and_out_stands_in_the_trail_of_each_company_that_a_person_acts_for(
    provider: Provider, browser: Browser, rila: Partner
) -> None:
    browser.sign_in(provider)
    person = User.objects.get()
    northwind = make_partner("Northwind Metals")
    for partner in (rila, northwind):
        make_member(person, partner, Role.ADMIN)
    browser.post("/signout")
    browser.sign_in(provider)
    told = AuditEvent.objects.exclude(partner_id=None).order_by("pk").values_list("partner_id", "kind")
    assert sorted(told) == sorted(
        (partner.pk, kind) for partner in (rila, northwind) for kind in ("sign_in", "sign_out")
    )
    assert AuditEvent.objects.filter(partner_id=None, kind="sign_in").count() == 1, "the one before"


# -- What it says ------------------------------------------------------------------------------------------------------


def test_a_change_of_access_says_whose_and_from_what_to_what(
    admin: PortalClient, rila: Partner, maria: User
) -> None:
    elena = make_user("elena@rila-textiles.example")
    member = make_member(elena, rila, Role.BASIC)
    member.role = Role.BILLING
    with acting_as_staff():
        change_membership(member, by=maria)
    page = text_of(admin.get("/trail"))
    assert "Access was changed" in page
    assert "Role: Basic → Billing" in page
    assert subjects(admin.get("/trail")) == ["elena@rila-textiles.example"]


def test_a_refusal_says_so_with_what_was_asked_for(admin: PortalClient, rila: Partner) -> None:
    Membership.objects.update(role=Role.BASIC)
    admin.get("/invoices/")
    Membership.objects.update(role=Role.ADMIN)
    page = text_of(admin.get("/trail"))
    assert "Asked for what the role does not allow" in page
    assert "Refused" in page
    assert "GET /invoices/" in page
    assert "maria@rila-textiles.example" in page


def test_what_is_not_known_by_name_is_shown_by_its_kind(admin: PortalClient, rila: Partner) -> None:
    audit.record(AuditEvent.Kind.WRITE, partner_id=rila.pk, reason="of_tomorrow", detail={"odd": [1, 2, 3]})
    assert "Change by a partner" in text_of(admin.get("/trail"))


def test_what_others_typed_is_text_on_the_page(admin: PortalClient, rila: Partner) -> None:
    write(rila, "<script>alert(1)</script>")
    assert "<script>alert" not in admin.get("/trail").content.decode()


# -- Finding one's way -------------------------------------------------------------------------------------------------


def test_every_kind_can_be_chosen() -> None:
    assert set(KINDS) == {"", *AuditEvent.Kind.values}


def test_a_kind_can_be_chosen(admin: PortalClient, rila: Partner) -> None:
    write(rila, "a deed")
    write(rila, "a role", AuditEvent.Kind.ROLE)
    assert subjects(admin.get("/trail", {"kind": "role"})) == ["a role"]
    assert subjects(admin.get("/trail", {"kind": "nonsense"})) == ["a role", "a deed"]
    assert "Nothing found" in text_of(admin.get("/trail", {"kind": "view_as"}))


def test_the_pages_hold_each_line_once_however_many_are_added_meanwhile(
    admin: PortalClient, rila: Partner
) -> None:
    for number in range(PAGE_SIZE + 3):
        write(rila, f"line {number}")
    first = admin.get("/trail")
    write(rila, "added meanwhile")
    following = re.search(r'rel="next" href="([^"]+)"', text_of(first))
    assert following is not None
    second = admin.get("/trail" + following[1].replace("&amp;", "&"))
    assert subjects(first) + subjects(second) == [
        f"line {number}" for number in reversed(range(PAGE_SIZE + 3))
    ]
    assert 'rel="next"' not in text_of(second)


@pytest.mark.parametrize("mark", ["x", "-1", "9" * 30, "1; DROP TABLE", "\x00", "١"])
def test_a_mark_that_nobody_got_from_us_shows_the_first_page(
    admin: PortalClient, rila: Partner, mark: str
) -> None:
    write(rila, "ours")
    assert subjects(admin.get("/trail", {"after": mark})) == ["ours"]


def test_a_page_takes_the_same_number_of_queries_however_much_it_shows(
    admin: PortalClient, rila: Partner
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get("/trail").status_code == 200
        return len([query for query in captured if "ROLE" not in query["sql"]])

    def tell_of(login: str) -> None:
        user = make_user(login)
        make_member(user, rila)
        write(rila, f"ERP.net user {user.erp_id}")

    tell_of("one@rila-textiles.example")
    few = queries()
    for number in range(PAGE_SIZE + 1):
        tell_of(f"{number}@rila-textiles.example")
    assert (few, queries()) == (13, 13)


def test_the_index_leads_to_a_partners_lines() -> None:
    partner = make_partner()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT * FROM accounts_auditevent WHERE partner_id = %s ORDER BY id DESC LIMIT 51",
            [partner.pk],
        )
        assert "trail_of_partner" in str(cursor.fetchall())


# -- Staff -------------------------------------------------------------------------------------------------------------


def test_staff_search_all_of_it_in_the_admin(client: PortalClient, rila: Partner) -> None:
    staff = make_staff()
    grant_staff(staff.login)
    staff.groups.add(Group.objects.get())
    client.force_login(staff)
    write(rila, "ours")
    write(make_partner("Northwind Metals"), "theirs")
    write(None, "nobody's")
    everything = text_of(client.get("/admin/accounts/auditevent/"))
    assert all(word in everything for word in ("ours", "theirs", "nobody"))
    one = text_of(client.get("/admin/accounts/auditevent/", {"q": "theirs"}))
    assert "theirs" in one
    assert "ours" not in one
    by_partner = text_of(client.get("/admin/accounts/auditevent/", {"q": str(rila.pk)}))
    assert "ours" in by_partner
    assert "theirs" not in by_partner
