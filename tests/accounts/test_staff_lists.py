"""What staff read of people, companies and the trail in the admin: names rather than keys, reasons in words."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from accounts import audit, services
from accounts.models import AccessRequest, AuditEvent, Invitation, Membership, Partner, User
from accounts.permissions import Role
from accounts.reasons import all_in_words, in_words
from accounts.tenancy import acting_as_staff
from erpnet import correlation
from tests.accounts.asking import sign_in
from tests.accounts.builders import make_member, make_partner, make_staff, make_user
from tests.conftest import PortalClient
from tests.portal.builders import text_of

pytestmark = pytest.mark.django_db
Kind = AuditEvent.Kind
TRAIL = "/admin/accounts/auditevent/"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


@pytest.fixture
def petar() -> User:
    user = make_staff("petar@vitosha.example")
    services.grant_staff(user.login)
    User.objects.filter(pk=user.pk).update(name="Petar Petrov")
    user.groups.add(Group.objects.get())
    return User.objects.get(pk=user.pk)


@pytest.fixture
def staff(client: PortalClient, petar: User) -> PortalClient:
    sign_in(client, petar)
    return client


@pytest.fixture
def rila() -> Partner:
    return make_partner("Rila Textiles")


@pytest.fixture
def elena(rila: Partner) -> Membership:
    user = make_user("elena@rila-textiles.example", name="Elena Petrova", email="e.petrova@mail.example")
    return make_member(user, rila, Role.BASIC)


def cells(page: Any, field: str) -> list[str]:
    """One column of a list of the admin, as a person reads it."""
    found = re.findall(rf'<t[dh] class="field-{field}[^"]*">(.*?)</t[dh]>', text_of(page))
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in found]


def told(staff: PortalClient, **question: str) -> list[str]:
    return cells(staff.get(TRAIL, question), "sentence")


def remove(member: Membership, by: User) -> None:
    member.is_active = False
    with acting_as_staff():
        services.change_membership(member, by=by)


# -- The trail ---------------------------------------------------------------------------------------------------------


def test_the_trail_names_people_and_companies(
    staff: PortalClient, petar: User, rila: Partner, elena: Membership
) -> None:
    remove(elena, petar)
    services.deactivate_user(User.objects.get(erp_id=elena.erp_user_id), by=petar)
    page = staff.get(TRAIL)
    assert cells(page, "sentence")[:3] == [
        "Petar Petrov signed Elena Petrova out everywhere",
        "Petar Petrov deactivated Elena Petrova",
        "Petar Petrov took away the access of Elena Petrova (elena@rila-textiles.example)",
    ]
    assert cells(page, "login")[:3] == ["petar@vitosha.example"] * 3
    assert cells(page, "company")[:3] == ["-", "-", "Rila Textiles"]
    assert not [
        cell for name in ("sentence", "login", "company") for cell in cells(page, name) if ID.search(cell)
    ]


def test_a_refusal_says_why_in_words_with_the_code(staff: PortalClient, rila: Partner) -> None:
    audit.record(Kind.SIGN_IN, succeeded=False, reason="PP107")
    audit.record(Kind.REFUSAL, partner_id=rila.pk, succeeded=False, reason="not_found", subject="GET /x")
    page = staff.get(TRAIL, {"succeeded__exact": "0"})
    assert cells(page, "why") == [
        "There is no such page, or it is not theirs to see (not_found)",
        "Your access is switched off (PP107)",
    ]


def test_a_line_opens_with_all_that_is_kept(
    staff: PortalClient, petar: User, rila: Partner, elena: Membership
) -> None:
    with correlation.use() as reference:
        remove(elena, petar)
    event = AuditEvent.objects.get(reason="membership_changed")
    page = text_of(staff.get(f"{TRAIL}{event.pk}/change/"))
    for words in (
        "Petar Petrov took away the access of Elena",
        "Role: Basic → no access",
        "Rila Textiles",
        reference,
    ):
        assert words in page
    assert (
        f"{date_format(timezone.localtime(event.at), 'DATETIME_FORMAT')}, Role or membership change" in page
    )
    assert str(elena.erp_user_id) in page, "what is kept stands there as it is, too"
    assert staff.post(f"{TRAIL}{event.pk}/change/", {"subject": "x"}).status_code == 403


@pytest.fixture
def searched(petar: User, rila: Partner, elena: Membership) -> str:
    """A trail in which one line alone fits each search; answers its correlation id."""
    with correlation.use() as reference:
        remove(elena, petar)
    audit.record(Kind.SIGN_IN, succeeded=False, reason="PP203")
    never_came = Membership.objects.create(
        partner=make_partner("Northwind Metals"), erp_user_id=rila.pk, role=Role.BASIC, known_as="Never Came"
    )
    audit.record(Kind.ROLE, subject=never_came.trail_subject, reason="granted_by_directory")
    return reference


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Elena", ["took away"]),
        ("elena petrova rila", ["took away"]),
        ("elena@rila-textiles", ["took away"]),
        ("e.petrova@mail.example", ["took away"]),
        ("Textiles", ["took away"]),
        ("pp203", ["could not sign in"]),
        ("membership_changed", ["took away"]),
        ("never came", ["ERP.net gave access to Never Came"]),
        ("nonsense", []),
        ("100%", []),
    ],
)
def test_the_trail_is_searched_by_what_staff_know(
    staff: PortalClient, searched: str, words: str, found: list[str]
) -> None:
    lines = told(staff, q=words)
    assert len(lines) == len(found)
    assert all(part in line for part, line in zip(found, lines, strict=True))


def test_the_trail_is_searched_by_reference_and_by_key(
    staff: PortalClient, rila: Partner, searched: str
) -> None:
    for words in (searched, searched.upper(), str(rila.pk)):
        assert any("took away" in line for line in told(staff, q=words)), words


def test_whoever_did_it_is_found_by_name(staff: PortalClient, petar: User, searched: str) -> None:
    assert all(line.startswith("Petar Petrov") for line in told(staff, q="Petar Petrov"))
    assert len(told(staff, q="Petar Petrov")) == 1


def test_the_trail_is_filtered_by_kind_reason_and_date(staff: PortalClient, searched: str) -> None:
    assert len(told(staff, kind__exact="sign_in")) == 1
    assert told(staff, reason="PP203") == ["Somebody could not sign in"]
    today = timezone.now()
    assert told(staff, at__gte=(today + dt.timedelta(days=1)).isoformat()) == []
    assert len(told(staff, at__year=str(today.year), kind__exact="sign_in")) == 1
    page = text_of(staff.get(TRAIL))
    for code, words in all_in_words().items():
        assert f"({code})" in page, words


def test_the_history_of_a_line_is_what_else_its_request_did(staff: PortalClient, petar: User) -> None:
    with correlation.use():
        services.deactivate_user(make_user("ana@x.example"), by=petar)
    event = AuditEvent.objects.get(reason="user_deactivated")
    page = text_of(staff.get(f"{TRAIL}{event.pk}/history/"))
    assert "deactivated ana@x.example" in page
    assert "signed ana@x.example out everywhere" in page


# -- People, memberships, invitations ----------------------------------------------------------------------------------


def test_the_last_sign_in_is_written_like_every_other_date(staff: PortalClient, elena: Membership) -> None:
    at = dt.datetime(2026, 3, 5, 7, 30, tzinfo=dt.UTC)
    User.objects.filter(erp_id=elena.erp_user_id).update(last_login=at)
    assert cells(staff.get("/admin/accounts/membership/"), "seen") == ["5 Mar 2026, 09:30"]
    assert "5 Mar 2026, 09:30" in text_of(staff.get(f"/admin/accounts/membership/{elena.pk}/change/"))


def test_people_are_listed_with_their_companies_and_found_by_them(
    staff: PortalClient, elena: Membership
) -> None:
    person = User.objects.get(erp_id=elena.erp_user_id)
    make_member(person, make_partner("Northwind Metals"))
    make_member(person, make_partner("Danube Packaging"), is_active=False)
    page = staff.get("/admin/accounts/user/", {"q": "northwind"})
    assert cells(page, "acts_for") == ["Northwind Metals, Rila Textiles"]
    assert cells(page, "login") == ["elena@rila-textiles.example"]


def test_an_invitation_says_who_invited_and_is_found_by_it(
    staff: PortalClient, petar: User, rila: Partner
) -> None:
    services.invite_person(
        rila.pk, user=petar, acting=None, email="new@x.example", role="Basic", days_back=None
    )
    invitation = Invitation.objects.get()
    page = staff.get("/admin/accounts/invitation/", {"q": "petrov"})
    assert cells(page, "inviter") == ["Petar Petrov"]
    one = text_of(staff.get(f"/admin/accounts/invitation/{invitation.pk}/change/"))
    assert "new@x.example, Rila Textiles" in one
    assert "Petar Petrov" in one
    assert str(petar.pk) not in one
    history = text_of(staff.get(f"/admin/accounts/invitation/{invitation.pk}/history/"))
    assert "Petar Petrov invited new@x.example" in history


def test_the_history_of_a_person_is_what_she_did_and_what_was_done(
    staff: PortalClient, petar: User, elena: Membership
) -> None:
    person = User.objects.get(erp_id=elena.erp_user_id)
    audit.record(Kind.SIGN_OUT, user=person)
    remove(elena, petar)
    services.deactivate_user(person, by=petar)
    audit.record(Kind.SIGN_OUT, user=petar)
    page = text_of(staff.get(f"/admin/accounts/user/{person.pk}/history/")).partition("change-history")[2]
    for words in ("Elena Petrova signed out", "took away the access", "deactivated Elena", "signed Elena"):
        assert words in page
    assert "Petar Petrov signed out" not in page


def test_the_history_of_a_company_is_its_trail(staff: PortalClient, petar: User, elena: Membership) -> None:
    remove(elena, petar)
    audit.record(Kind.WRITE, partner_id=make_partner("Northwind Metals").pk, subject="theirs")
    page = text_of(staff.get(f"/admin/accounts/partner/{elena.partner_id}/history/"))
    assert "took away the access of Elena Petrova" in page
    assert "theirs" not in page


def test_a_request_for_access_says_why_it_was_refused(staff: PortalClient, elena: Membership) -> None:
    person = User.objects.get(erp_id=elena.erp_user_id)
    request = AccessRequest.objects.create(user=person, state="refused", reason="PP203")
    page = staff.get("/admin/accounts/accessrequest/", {"reason": "PP203", "q": "e.petrova"})
    assert cells(page, "why") == [f"{in_words('PP203')} (PP203)"]
    history = text_of(staff.get(f"/admin/accounts/accessrequest/{request.pk}/history/"))
    assert "Elena Petrova" in history


def test_what_staff_grant_is_confirmed_with_names(staff: PortalClient, rila: Partner) -> None:
    ana = make_user("ana@x.example", name="Ana Name")
    fields = {"person": str(ana.pk), "partner": str(rila.pk), "role": "Basic", "days_back": ""}
    page = text_of(staff.post("/admin/accounts/membership/add/", fields, follow=True))
    assert "Ana Name, Rila Textiles" in page
    assert Membership.objects.get().known_as == ""


def test_naming_a_row_asks_the_database_nothing(rila: Partner, elena: Membership) -> None:
    """Where the company has not been read, it is left out."""
    Invitation.objects.create(
        partner=rila,
        email="new@x.example",
        role="Basic",
        secret_hash="x",
        invited_by=rila.pk,
        expires_at=timezone.now(),
    )
    AccessRequest.objects.create(user=User.objects.get(erp_id=elena.erp_user_id))
    rows: list[Any] = [Invitation.objects.get(), Membership.objects.get(), AccessRequest.objects.get()]
    with CaptureQueriesContext(connection) as captured:
        names = [str(row) for row in rows]
    assert not captured.captured_queries
    assert not [name for name in (names[0], names[2]) if ID.search(name)]
    assert str(Invitation.objects.select_related("partner").get()) == "new@x.example, Rila Textiles"
    assert str(Membership.objects.with_person().get()) == "Elena Petrova, Rila Textiles"


def test_other_histories_name_whoever_changed_something(staff: PortalClient, petar: User) -> None:
    group = Group.objects.get()
    petar.is_superuser = True
    petar.save()
    staff.post(f"/admin/auth/group/{group.pk}/change/", {"name": "Renamed", "permissions": []})
    page = text_of(staff.get(f"/admin/auth/group/{group.pk}/history/")).partition("change-history")[2]
    assert "Petar Petrov" in page
    assert str(petar.pk) not in page


# -- However much there is ---------------------------------------------------------------------------------------------


def populate(count: int, by: User) -> None:
    for number in range(count):
        partner = make_partner(f"Company {number} of {Partner.objects.count()}")
        person = make_user(f"{partner.name}@x.example", name=partner.name)
        services.invite_person(
            partner.pk, user=by, acting=None, email=f"{number}@x.example", role="Basic", days_back=None
        )
        AccessRequest.objects.create(user=person)
        remove(make_member(person, partner), by)


@pytest.mark.parametrize(
    ("model", "pinned"),
    [
        ("auditevent", 19),
        ("user", 16),
        ("membership", 16),
        ("invitation", 16),
        ("accessrequest", 16),
        ("partner", 16),
    ],
)
def test_a_list_takes_the_same_number_of_queries_however_much_it_shows(
    staff: PortalClient, petar: User, model: str, pinned: int
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(f"/admin/accounts/{model}/").status_code == 200
        return len([query for query in captured if "ROLE" not in query["sql"]])

    populate(2, petar)
    few = queries()
    populate(20, petar)
    assert (few, queries()) == (pinned, pinned)
