"""A partner's administrators read the trail of their own company; staff search all of it in the admin."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts import audit
from accounts.models import AuditEvent, Membership, Partner, User
from accounts.permissions import Capability, Role
from accounts.reasons import in_words
from accounts.services import change_membership, grant_staff, remove_member
from accounts.tenancy import acting_as_staff, acting_for
from accounts.trail import PAGE_SIZE
from accounts.trail.details import LABELS
from accounts.trail.pages import PAGES
from accounts.trail.sentences import SENTENCES
from accounts.views.trail import SHOWN
from tests.accounts.access_rows import TABLE
from tests.accounts.browser import Browser
from tests.accounts.builders import make_member, make_partner, make_staff, make_user
from tests.accounts.provider import Provider
from tests.conftest import PortalClient
from tests.portal import builders
from tests.portal.builders import text_of

pytestmark = pytest.mark.django_db
Kind = AuditEvent.Kind


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


def lines(page: Any) -> list[str]:
    """Each line with what stands below its sentence, as a person reads it."""
    cells = re.findall(r'<td class="cell-head">(.*?)</td>', text_of(page))
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in cells]


def subjects(page: Any) -> list[str]:
    """What lines of no known form say."""
    return [line.rpartition("Somebody changed something ")[2] for line in lines(page)]


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


def test_the_navigation_says_that_it_is_one_of_the_pages_about_people(admin: PortalClient) -> None:
    assert re.search(r'<a href="/people/"\s+aria-current="page"', admin.get("/trail").content.decode())


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


def newest(page: PortalClient) -> str:
    return lines(page.get("/trail"))[0]


@pytest.fixture
def elena(rila: Partner) -> Membership:
    user = make_user("elena@rila-textiles.example", name="Elena Petrova")
    return make_member(user, rila, Role.BASIC)


ELENA = "Elena Petrova (elena@rila-textiles.example)"
MARIA = "maria@rila-textiles.example"


def test_a_change_of_access_says_whose_and_from_what_to_what(
    admin: PortalClient, elena: Membership, maria: User
) -> None:
    elena.role, elena.days_back = Role.BILLING, 30
    with acting_as_staff():
        change_membership(elena, by=maria)
    told = f"{MARIA} changed the access of {ELENA} Role: Basic → Billing Days back: no limit → 30"
    assert newest(admin) == told


def test_people_are_called_by_their_names(admin: PortalClient, elena: Membership, maria: User) -> None:
    User.objects.filter(pk=maria.pk).update(name="Maria Ivanova")
    elena.role = Role.BILLING
    with acting_as_staff():
        change_membership(elena, by=maria)
    assert newest(admin).startswith("Maria Ivanova changed the access of Elena Petrova (elena@")
    Membership.objects.filter(pk=elena.pk).update(known_as="E. Petrova")
    User.objects.filter(erp_id=elena.erp_user_id).delete()
    assert newest(admin).startswith("Maria Ivanova changed the access of E. Petrova Role")


@pytest.mark.parametrize("by", ["colleague", "staff"])
def test_taking_access_away_says_so(
    admin: PortalClient, rila: Partner, elena: Membership, maria: User, by: str
) -> None:
    if by == "colleague":
        Membership.objects.update(source=Membership.Source.INVITATION)
        with acting_for(rila):
            acting = Membership.objects.get(erp_user_id=maria.erp_id)
            remove_member(elena.pk, acting=acting, user=maria)
    else:
        elena.is_active = False
        with acting_as_staff():
            change_membership(elena, by=maria)
    assert newest(admin) == f"{MARIA} took away the access of {ELENA} Role: Basic → no access"
    elena.refresh_from_db()
    elena.is_active = True
    with acting_as_staff():
        change_membership(elena, by=maria)
    assert newest(admin) == f"{MARIA} gave the access of {ELENA} back Role: Basic"


EXTERNAL = "External access of the customer in ERP.net"
UNTIL = "Until no later than: 2 Jan 2026, 12:00"

# What stood in databases before sentences were made of it, and what lines of today still keep.
KEPT: list[tuple[AuditEvent.Kind, str, str, dict[str, Any], str]] = [
    (Kind.SIGN_IN, "", "", {"user_type": "InternalUser"}, f"{MARIA} signed in"),
    (Kind.SIGN_OUT, "", "", {"elsewhere": 2}, f"{MARIA} signed out in another browser Browser: 2"),
    (
        Kind.SIGN_OUT,
        "",
        "login_closed_in_erp_net",
        {"ended": 1},
        f"ERP.net closed the login of {MARIA}, who is signed out everywhere Sessions ended: 1",
    ),
    (
        Kind.ROLE,
        "invitation to new@x.example",
        "invited",
        {"invitation": "1", "role": "Billing", "days_back": None},
        f"{MARIA} invited new@x.example Role: Billing",
    ),
    (
        Kind.ROLE,
        "invitation to new@x.example",
        "invited_again",
        {"invitation": "1"},
        f"{MARIA} sent the invitation to new@x.example again",
    ),
    (
        Kind.ROLE,
        "invitation to new@x.example",
        "invitation_withdrawn",
        {"invitation": "1"},
        f"{MARIA} withdrew the invitation to new@x.example",
    ),
    (
        Kind.ROLE,
        "ERP.net user {elena}",
        "invitation_accepted",
        {
            "role": [None, "Billing"],
            "days_back": [None, 30],
            "is_active": [None, True],
            "source": [None, "invitation"],
            "email": "new@x.example",
        },
        f"{MARIA} accepted an invitation and got access Role: Billing Days back: 30 Sent to: new@x.example",
    ),
    (
        Kind.ROLE,
        "ERP.net user {elena}",
        "membership_removed",
        {"is_active": [True, False], "source": ["invitation", "person"]},
        f"{MARIA} took away the access of {ELENA}",
    ),
    (
        Kind.ROLE,
        "ERP.net user {elena}",
        "changed_by_directory",
        {"source": ["directory", "external_access"], "role": ["Basic", "Owner"]},
        f"ERP.net changed the access of {ELENA} Role: Basic → Owner Access from: ERP.net directory → {EXTERNAL}",
    ),
    (
        Kind.ROLE,
        "ERP.net user {elena}",
        "withdrawn_by_directory",
        {},
        f"ERP.net took away the access of {ELENA}",
    ),
    (
        Kind.VIEW_AS,
        "GET /orders/",
        "view_as_page",
        {"reason": "Request 7"},
        f"{MARIA} of portal staff saw the page “Orders” Reason: Request 7 Address: /orders/",
    ),
    (
        Kind.VIEW_AS,
        "",
        "view_as_begun",
        {"reason": "Request 7", "ends_at": "2026-01-02T10:00:00+00:00"},
        f"{MARIA} of portal staff began to view the portal as Rila Textiles Reason: Request 7 {UNTIL}",
    ),
    (
        Kind.STAFF,
        "delivery 7",
        "",
        {"action": "retry", "reason": "The store is open again."},
        f"{MARIA} of portal staff had a shipment sent to ERP.net again Reason: The store is open again.",
    ),
    (
        Kind.ROLE,
        "what nobody knows",
        "of_tomorrow",
        {"odd": [1, 2]},
        f"{MARIA} changed somebody's access what nobody knows",
    ),
]


@pytest.mark.parametrize(
    ("kind", "subject", "reason", "detail", "told"), KEPT, ids=[f"{row[0]}-{row[2]}" for row in KEPT]
)
def test_a_line_is_a_sentence(
    admin: PortalClient,
    rila: Partner,
    maria: User,
    elena: Membership,
    kind: AuditEvent.Kind,
    subject: str,
    reason: str,
    detail: dict[str, Any],
    told: str,
) -> None:
    subject = subject.format(elena=elena.erp_user_id)
    audit.record(kind, user=maria, partner_id=rila.pk, subject=subject, reason=reason, detail=detail)
    assert newest(admin) == told


def test_a_line_is_read_in_ones_own_language(
    admin: PortalClient, rila: Partner, maria: User, elena: Membership
) -> None:
    admin.post("/language", {"language": "bg"})
    with acting_for(rila):
        acting = Membership.objects.get(erp_user_id=maria.erp_id)
        remove_member(elena.pk, acting=acting, user=maria)
    assert newest(admin).startswith(f"{MARIA} отне достъпа на {ELENA}")
    for kind, subject, reason, detail, _told in KEPT:
        audit.record(kind, user=maria, partner_id=rila.pk, subject=subject, reason=reason, detail=detail)
    told = [
        line for kind in ("role", "staff", "sign_in") for line in lines(admin.get("/trail", {"kind": kind}))
    ]
    assert len(told) == len(KEPT) + 1
    for line in told:
        assert line.removeprefix(MARIA).strip()[0] in "абвгдежзийклмнопрстуфхцчшщъюя" or line.startswith(
            "ERP.net "
        )
        assert not re.search(r" (the|of|access|Role|Reason)\b", line), line


def test_every_sentence_and_label_is_translated() -> None:
    with override("bg"):
        for text in [*SENTENCES.values(), *LABELS.values(), *PAGES.values()]:
            assert re.search("[а-я]", str(text)), str(text)


def test_a_refusal_says_why_in_words_with_its_code(admin: PortalClient, rila: Partner) -> None:
    Membership.objects.update(role=Role.BASIC)
    admin.get("/invoices/")
    Membership.objects.update(role=Role.ADMIN)
    assert newest(admin) == (
        f"{MARIA} was refused the page “Invoices” Turned away"
        " Reason: The role does not show invoices (may_not_view_invoices) Address: /invoices/"
    )
    admin.get("/orders/00000000-0000-0000-0000-000000000000/")
    assert newest(admin).startswith(
        f"{MARIA} asked for a page that is not there Turned away Reason: There is no such"
    )
    audit.record(Kind.SIGN_IN, partner_id=rila.pk, succeeded=False, reason="PP107")
    assert (
        newest(admin) == "Somebody could not sign in Turned away Reason: Your access is switched off (PP107)"
    )


def test_every_refusal_by_role_has_words() -> None:
    for capability in Capability:
        assert in_words(f"may_not_{capability}") != f"may_not_{capability}"


def test_every_page_of_a_partner_has_a_name() -> None:
    """Lines about views and refusals name pages; those that change something are refused under theirs, too."""
    nameless = {name for name, row in TABLE.items() if name not in PAGES and "403" in str(row.outcomes)}
    assert nameless == set()


def test_a_shipment_can_be_opened_from_its_line(admin: PortalClient, rila: Partner) -> None:
    shipment = builders.shipment(builders.order(rila))
    audit.record(
        Kind.WRITE, partner_id=rila.pk, subject=f"shipment {shipment.pk}", detail={"action": "announce"}
    )
    page = text_of(admin.get("/trail"))
    assert newest(admin) == "Somebody announced a shipment Open the shipment"
    assert f'href="/shipments/{shipment.pk}/"' in page


def test_what_others_typed_is_text_on_the_page(admin: PortalClient, rila: Partner) -> None:
    write(rila, "<script>alert(1)</script>")
    assert "<script>alert" not in admin.get("/trail").content.decode()
    assert newest(admin).endswith("<script>alert(1)</script>")


def test_no_text_of_others_is_taken_for_a_pattern(admin: PortalClient, rila: Partner) -> None:
    write(rila, "invitation to %(who)s %s%", Kind.ROLE)
    assert admin.get("/trail").status_code == 200


# -- Finding one's way -------------------------------------------------------------------------------------------------


def test_every_kind_can_be_chosen() -> None:
    assert sorted(kind for _label, kinds in SHOWN.values() for kind in kinds) == sorted(
        AuditEvent.Kind.values
    )


def test_a_kind_can_be_chosen(admin: PortalClient, rila: Partner) -> None:
    write(rila, "a deed")
    write(rila, "a role", AuditEvent.Kind.ROLE)
    assert newest_of(admin, "role") == ["Somebody changed somebody's access a role"]
    assert len(newest_of(admin, "nonsense")) == 2
    assert "Nothing found" in text_of(admin.get("/trail", {"kind": "staff"}))


def newest_of(admin: PortalClient, kind: str) -> list[str]:
    return lines(admin.get("/trail", {"kind": kind}))


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
        audit.record(Kind.WRITE, user=user, partner_id=rila.pk, subject=f"ERP.net user {user.erp_id}")

    tell_of("one@rila-textiles.example")
    few = queries()
    for number in range(PAGE_SIZE + 1):
        tell_of(f"{number}@rila-textiles.example")
    assert (few, queries()) == (14, 14)


def test_the_index_leads_to_a_partners_lines() -> None:
    partner = make_partner()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_auditevent"
            " (at, kind, succeeded, reason, login, partner_id, subject, detail, correlation_id)"
            " SELECT now(), 'write', true, '', '', gen_random_uuid(), '', '{}', '' FROM generate_series(1, 3000)"
        )
        cursor.execute("ANALYZE accounts_auditevent")
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
    write(rila, "own deed")
    write(make_partner("Northwind Metals"), "foreign deed")
    write(None, "loose deed")
    everything = text_of(client.get("/admin/accounts/auditevent/"))
    assert all(word in everything for word in ("own deed", "foreign deed", "loose deed"))
    one = text_of(client.get("/admin/accounts/auditevent/", {"q": "foreign deed"}))
    assert "foreign deed" in one
    assert "own deed" not in one
    by_partner = text_of(client.get("/admin/accounts/auditevent/", {"q": str(rila.pk)}))
    assert "own deed" in by_partner
    assert "foreign deed" not in by_partner
