"""A company's administrators and owners manage who acts for it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.exceptions import BeyondRole
from accounts.models import AuditEvent, Invitation, Membership, Partner, User
from accounts.permissions import Role
from accounts.services import invite_person, remove_member
from accounts.tenancy import acting_for
from tests.accounts.browser import Browser
from tests.accounts.builders import make_member, make_partner, make_user, prove_anew

pytestmark = pytest.mark.django_db

MANAGERS = [Role.ADMIN, Role.OWNER]
OTHERS = [role for role in Role if role not in MANAGERS]


@pytest.fixture
def rila() -> Partner:
    return make_partner()


@pytest.fixture
def maria() -> User:
    return make_user(name="Maria Ivanova")


@pytest.fixture
def owner(maria: User, rila: Partner) -> Membership:
    return make_member(maria, rila, Role.OWNER)


@pytest.fixture
def page(owner: Membership, maria: User) -> Browser:
    """Maria's browser, the owner's, who has just proved who she is."""
    return signed_in(maria)


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    prove_anew(browser)
    return browser


def colleague(
    partner: Partner, role: str = Role.ORDERS, name: str = "Petar Petrov", **fields: Any
) -> Membership:
    user = make_user(f"{uuid.uuid4()}@rila-textiles.example", name=name)
    return make_member(user, partner, role, **fields)


def change(browser: Browser, member: Membership, **fields: Any) -> Any:
    given = {"role": member.role, "days_back": "", **fields}
    return browser.post(f"/people/{member.pk}/", given)


def remove(browser: Browser, member: Membership) -> Any:
    return browser.post(f"/people/{member.pk}/remove", follow=True)


def now(member: Membership) -> tuple[str, int | None, bool, str]:
    member.refresh_from_db()
    return member.role, member.days_back, member.is_active, member.source


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# -- The list ----------------------------------------------------------------------------------------------------------


def test_the_list_says_who_may_do_what_since_when(page: Browser, rila: Partner, maria: User) -> None:
    User.objects.filter(pk=maria.pk).update(last_login=dt.datetime.now(dt.UTC) - dt.timedelta(days=3))
    colleague(rila, days_back=90)
    make_member(User(erp_id=uuid.uuid4()), rila, Role.BASIC, known_as="Ana Known-Only")
    make_member(User(erp_id=uuid.uuid4()), rila, Role.BASIC)
    html = text(page.get("/people/"))
    for words in ("Maria Ivanova", "(you)", "Petar Petrov", "90 days", "no limit", "Ana Known-Only", "never"):
        assert words in html
    assert "Somebody who has not signed in yet" in html
    assert "Rila Textiles" in html
    assert "ERP.net directory" in html


def test_the_list_takes_the_same_number_of_queries_however_many_there_are(
    page: Browser, rila: Partner, maria: User
) -> None:
    def queries(marks: str = "") -> int:
        with CaptureQueriesContext(connection) as captured:
            assert page.get(f"/people/?{marks}").status_code == 200
        return len([query for query in captured if "ROLE" not in query["sql"]])

    def more() -> None:
        member = colleague(rila)
        inviter = User.objects.get(erp_id=member.erp_user_id)
        invite_person(
            rila.pk,
            user=inviter,
            acting=None,
            email=f"{uuid.uuid4()}@x.example",
            role=Role.BASIC,
            days_back=None,
        )

    more()
    few = queries()
    for _number in range(30):
        more()
    assert (few, queries()) == (QUERIES, QUERIES)
    marks = re.findall(r"\?(after=\d+|invited=[\w-]+)", text(page.get("/people/")))
    assert len(marks) == 2
    assert queries("&".join(marks)) == QUERIES + len(marks), "each mark is looked up"


# The session and the user, the person's memberships in a scope of their own (5), the scope that acts for the partner
# (4), and two lists with the people in each.
QUERIES = 15


def pages(browser: Browser, name: str) -> list[str]:
    """Every page of the list whose mark has this name, by the button that leads to the next."""
    found, address = [], "/people/"
    while address:
        found.append(text(browser.get(address)))
        mark = re.search(rf'rel="next" href="(\?{name}=[^"]+)"', found[-1])
        address = f"/people/{mark[1]}" if mark else ""
    return found


def test_people_are_listed_by_name_page_by_page(page: Browser, rila: Partner) -> None:
    names = [f"Person {number:02}" for number in range(30)]
    for name in reversed(names):
        colleague(rila, name=name)
    for name in ("Person 29", "Person 29", "aaron lower", "Zoe Last"):
        colleague(rila, name=name)
    for known_as in ("", "Nobody Yet"):
        make_member(User(erp_id=uuid.uuid4()), rila, Role.BASIC, known_as=known_as)
    found = pages(page, "after")
    lists = [
        re.findall(r"(?:Person \d\d|aaron lower|Zoe Last|Nobody Yet|Maria Ivanova|Somebody who)", each)
        for each in found
    ]
    # Her own name is at the foot of every page, too.
    rows = [[name for name in each if name != "Maria Ivanova"] for each in lists]
    expected = ["aaron lower", "Nobody Yet", *names, "Person 29", "Person 29", "Zoe Last", "Somebody who"]
    assert [name for each in rows for name in each] == expected
    assert [len(each) for each in rows] == [24, 12], "and Maria's own line, on the first"
    assert "To the first page" in found[1]


def test_invitations_are_listed_page_by_page_the_latest_first(
    page: Browser, rila: Partner, maria: User
) -> None:
    for number in range(30):
        invite_person(
            rila.pk,
            user=maria,
            acting=None,
            email=f"no{number:02}@x.example",
            role=Role.BASIC,
            days_back=None,
        )
    found = pages(page, "invited")
    listed = [re.findall(r"no(\d\d)@x\.example", each) for each in found]
    assert [len(each) for each in listed] == [25, 5]
    assert [number for each in listed for number in each] == [
        f"{number:02}" for number in reversed(range(30))
    ]


@pytest.mark.parametrize("mark", ["x", "-1", "9" * 40, "\x00", "\u0666", str(uuid.uuid4())])
def test_a_mark_that_is_no_rows_shows_the_first_page(page: Browser, rila: Partner, mark: str) -> None:
    stranger = colleague(make_partner("Northwind Metals"), name="Aaa")
    for value in (mark, str(stranger.pk)):
        answer = page.get("/people/", {"after": value, "invited": value})
        assert answer.status_code == 200
        assert "Maria Ivanova" in text(answer).partition("<tbody>")[2].partition("</tbody>")[0]


@pytest.mark.parametrize("role", OTHERS)
def test_other_roles_do_not_get_in(rila: Partner, maria: User, owner: Membership, role: str) -> None:
    clerk = colleague(rila, role)
    browser = signed_in(User.objects.get(erp_id=clerk.erp_user_id))
    member = colleague(rila)
    before = now(member)
    answers = [
        browser.get("/people/"),
        browser.get("/people/invite"),
        browser.get(f"/people/{member.pk}/"),
        change(browser, member, role=Role.BASIC),
        browser.post(f"/people/{member.pk}/remove"),
        browser.post("/people/invite", {"email": "a@b.example", "role": Role.BASIC}),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert now(member) == before
    assert not Invitation.objects.exists()
    assert "/people/" not in text(browser.get("/"))


def test_acl_02_people_of_other_companies_do_not_exist(page: Browser) -> None:
    stranger = colleague(make_partner("Northwind Metals"), name="Nobody Of Yours")
    assert "Nobody Of Yours" not in text(page.get("/people/"))
    before = now(stranger)
    for pk in (stranger.pk, 987654321, 10**30):
        assert page.get(f"/people/{pk}/").status_code == 404
        assert page.post(f"/people/{pk}/", {"role": Role.BASIC}).status_code == 404
        assert page.post(f"/people/{pk}/remove").status_code == 404
    assert now(stranger) == before


# -- Changing ----------------------------------------------------------------------------------------------------------


def test_role_and_days_back_can_be_changed_and_leave_a_trace(
    page: Browser, rila: Partner, maria: User
) -> None:
    member = colleague(rila)
    assert 'value="Orders" selected' in text(page.get(f"/people/{member.pk}/"))
    assert change(page, member, role=Role.BILLING, days_back="30")["Location"] == "/people/"
    assert now(member) == (Role.BILLING, 30, True, Membership.Source.DIRECTORY)
    event = AuditEvent.objects.get(reason="membership_changed")
    assert event.detail == {"role": ["Orders", "Billing"], "days_back": [None, 30]}
    assert (event.user_id, event.partner_id) == (maria.pk, rila.pk)
    assert event.subject == f"ERP.net user {member.erp_user_id}"


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "Emperor"},
        {"role": ""},
        {"days_back": "-1"},
        {"days_back": "many"},
        {"days_back": "9" * 40},
        {"role": "\x00"},
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    page: Browser, rila: Partner, fields: dict[str, str]
) -> None:
    member = colleague(rila)
    before = now(member)
    answer = change(page, member, **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)
    assert now(member) == before


def test_only_role_and_days_back_can_be_sent(page: Browser, rila: Partner) -> None:
    """ACL-04"""
    member = colleague(rila)
    other = make_partner("Northwind Metals")
    change(page, member, partner=str(other.pk), is_active="", source="person", erp_user_id=str(uuid.uuid4()))
    before = member.erp_user_id
    assert now(member) == (Role.ORDERS, None, True, Membership.Source.DIRECTORY)
    assert (member.erp_user_id, member.partner_id) == (before, rila.pk)


def test_what_erp_net_decides_about_a_customers_person_stays(page: Browser, rila: Partner) -> None:
    member = colleague(rila, source=Membership.Source.EXTERNAL_ACCESS, days_back=30)
    html = text(page.get(f"/people/{member.pk}/"))
    assert "decided in ERP.net" in html
    assert 'name="role"' not in html
    assert change(page, member, role=Role.ADMIN).status_code == 422
    assert now(member) == (Role.ORDERS, 30, True, Membership.Source.EXTERNAL_ACCESS)
    remove(page, member)
    assert not Membership.objects.get(pk=member.pk).is_active


def test_usr_07_a_browser_left_open_cannot_change_anything(page: Browser, maria: User, rila: Partner) -> None:
    member = colleague(rila)
    before = now(member)
    left_open = Browser()
    left_open.force_login(maria)
    for answer in (
        left_open.get("/people/invite"),
        left_open.get(f"/people/{member.pk}/"),
        change(left_open, member, role=Role.OWNER),
        left_open.post(f"/people/{member.pk}/remove"),
        left_open.post("/people/invite", {"email": "a@b.example", "role": Role.OWNER}),
    ):
        assert answer["Location"].startswith("/signin?fresh=1&next=")
    assert left_open.get("/people/").status_code == 200
    assert now(member) == before
    assert not Invitation.objects.exists()


# -- Removing ----------------------------------------------------------------------------------------------------------


def test_removing_is_asked_first_and_says_what_will_happen_to_whom(page: Browser, rila: Partner) -> None:
    member = colleague(rila)
    address = f"/people/{member.pk}/remove"
    html = text(page.get(f"/people/{member.pk}/"))
    assert f'href="{address}"' in html
    assert f'action="{address}"' not in html
    html = text(page.get(address))
    assert "Take away the access of Petar Petrov?" in html
    assert "no longer sees anything of Rila Textiles here" in html
    assert User.objects.get(erp_id=member.erp_user_id).login in html
    assert "kept in ERP.net" not in html
    assert f'href="/people/{member.pk}/"' in html
    assert now(member)[2]
    Membership.objects.filter(pk=member.pk).update(source=Membership.Source.EXTERNAL_ACCESS)
    assert "the role and the days back that are kept in ERP.net" in text(page.get(address))


def test_withdrawing_is_asked_first_and_says_whose(page: Browser, rila: Partner, maria: User) -> None:
    fields: dict[str, Any] = {"email": "ivo@x.example", "role": Role.BASIC, "days_back": None}
    invitation = invite_person(rila.pk, user=maria, acting=None, **fields)
    address = f"/people/invitations/{invitation.pk}/withdraw"
    html = text(page.get("/people/"))
    assert f'href="{address}"' in html
    assert f'action="{address}"' not in html
    assert "Withdraw the invitation to ivo@x.example?" in text(page.get(address))
    assert Invitation.objects.open().exists()
    assert "is withdrawn" in text(page.post(address, follow=True))
    assert page.get(address).status_code == 404


def test_a_removed_colleague_is_out_with_the_next_click(page: Browser, rila: Partner, maria: User) -> None:
    member = colleague(rila)
    theirs = signed_in(User.objects.get(erp_id=member.erp_user_id))
    assert theirs.get("/orders/").status_code == 200
    assert "Petar Petrov no longer acts for your company" in text(remove(page, member))
    assert theirs.get("/orders/")["Location"] == "/welcome/"
    assert now(member) == (Role.ORDERS, None, False, Membership.Source.PERSON)
    event = AuditEvent.objects.get(reason="membership_removed")
    assert event.detail == {
        "is_active": [True, False],
        "role": ["Orders", None],
        "source": ["directory", "person"],
    }
    assert "Petar" not in text(page.get("/people/"))
    assert page.get(f"/people/{member.pk}/").status_code == 404


# -- Administrators, owners, oneself -----------------------------------------------------------------------------------


@pytest.fixture
def admin(rila: Partner, owner: Membership) -> Browser:
    return signed_in(User.objects.get(erp_id=colleague(rila, Role.ADMIN, "Anton Admin").erp_user_id))


def test_an_administrator_can_neither_touch_nor_make_an_owner(
    admin: Browser, owner: Membership, rila: Partner
) -> None:
    second = colleague(rila, Role.OWNER)
    clerk = colleague(rila)
    assert f"/people/{owner.pk}/" not in text(admin.get("/people/"))
    assert "Only an owner can change" in text(admin.get(f"/people/{second.pk}/"))
    assert change(admin, second, role=Role.BASIC).status_code == 422
    assert "does not reach far enough" in text(remove(admin, second))
    assert 'value="Owner"' not in text(admin.get(f"/people/{clerk.pk}/"))
    assert change(admin, clerk, role=Role.OWNER).status_code == 422
    assert admin.post("/people/invite", {"email": "a@b.example", "role": Role.OWNER}).status_code == 422
    assert now(second)[:3] == (Role.OWNER, None, True)
    assert now(clerk)[0] == Role.ORDERS
    assert not Invitation.objects.exists()


def test_an_administrator_manages_the_others_administrators_too(admin: Browser, rila: Partner) -> None:
    other = colleague(rila, Role.ADMIN)
    change(admin, other, role=Role.BASIC)
    assert now(other)[0] == Role.BASIC
    change(admin, other, role=Role.ADMIN)
    assert now(other)[0] == Role.ADMIN


def test_an_owner_makes_and_unmakes_owners(page: Browser, rila: Partner) -> None:
    second = colleague(rila)
    change(page, second, role=Role.OWNER)
    assert now(second)[0] == Role.OWNER
    change(page, second, role=Role.BASIC)
    assert now(second)[0] == Role.BASIC


def test_nobody_changes_or_removes_herself(page: Browser, owner: Membership, rila: Partner) -> None:
    colleague(rila, Role.OWNER)
    assert "your own access" in text(page.get(f"/people/{owner.pk}/"))
    assert change(page, owner, role=Role.BASIC).status_code == 422
    assert "cannot change your own access" in text(remove(page, owner))
    assert now(owner)[:3] == (Role.OWNER, None, True)


def test_nobody_gives_a_longer_view_of_the_past_than_her_own(
    page: Browser, owner: Membership, rila: Partner
) -> None:
    Membership.objects.filter(pk=owner.pk).update(days_back=90)
    member = colleague(rila, days_back=10)
    for days in ("", "91"):
        assert change(page, member, days_back=days).status_code == 422
        fields = {"email": "a@b.example", "role": Role.BASIC, "days_back": days}
        assert page.post("/people/invite", fields).status_code == 422
    assert now(member)[1] == 10
    change(page, member, days_back="90")
    assert now(member)[1] == 90


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_remove_each_other_at_once_one_is_too_late(
    rila: Partner, owner: Membership, maria: User
) -> None:
    second = colleague(rila, Role.OWNER)

    def remove_the_other(pair: tuple[Membership, Membership]) -> bool:
        acting, other = pair
        try:
            with acting_for(rila):
                remove_member(other.pk, acting=acting, user=maria)
        except BeyondRole:
            return False
        finally:
            connection.close()
        return True

    for _round in range(5):
        Membership.objects.update(is_active=True)
        with ThreadPoolExecutor(2) as pool:
            answers = sorted(pool.map(remove_the_other, [(owner, second), (second, owner)]))
        assert answers == [False, True]
        assert Membership.objects.filter(is_active=True, role=Role.OWNER).count() == 1
