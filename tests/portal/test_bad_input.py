"""Whatever is sent: a plain page with a code and a reference, never a fault, never a hint whether something exists.

The addresses are read from the portal's own table, so one that is added tomorrow is tried, too. What comes back from
the Instance ID and what cookies of the sign-in say is tried in `tests/accounts/test_fuzz.py`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from django.conf import settings as configured
from django.contrib import admin
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.models import Membership, Partner, User
from accounts.permissions import Role
from portal.forms import ShipmentForm, opening_values, quantity_field
from sync.selectors.paging import parse_date, parse_moment
from sync.services.schedule import put_schedule
from tests.accounts.asking import sign_in
from tests.accounts.builders import make_staff
from tests.conftest import PortalClient
from tests.portal import builders
from tests.portal.builders import text_of

CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")
REFERENCE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def tries(count: int) -> Callable[[Any], Any]:
    """So many examples through HTTP; the database is put back after the last of them, not after each."""
    return settings(
        max_examples=count, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )


def routes(resolver: URLResolver | None = None, before: str = "/") -> list[str]:
    """Every address of the portal as its table writes it, without the admin's."""
    found = []
    for entry in (resolver or get_resolver()).url_patterns:
        route = f"{before}{entry.pattern}"
        if isinstance(entry, URLResolver):
            found += [] if route == "/admin/" else routes(entry, route)
        elif isinstance(entry, URLPattern) and isinstance(entry.pattern, RoutePattern):
            found.append(route)
    return sorted(set(found))


WITH_ID = [route for route in routes() if CONVERTER.search(route)]
WITHOUT_ID = [route for route in routes() if not CONVERTER.search(route)]
# These answer anybody, and what is thrown at them is tried with the sign-in.
OF_THE_SIGN_IN = {"/signin", "/signin-callback", "/signout", "/signout-callback"}

# -- What is thrown ----------------------------------------------------------------------------------------------------

AWKWARD = st.sampled_from(
    [
        "\x00",
        "a\x00b",
        "'",
        '"; DROP TABLE accounts_user; --',
        "../../etc/passwd",
        "%00",
        "%",
        "{{ 7 * 7 }}",
        "<script>alert(1)</script>",
        "٣",
        "é" * 300,
        "\u202e",
        "\ufffe",
        "💥" * 50,
        "x" * 5000,
        "9" * 5000,
        "-1",
        "1e309",
        "1E+1000000",
        "NaN",
        "sNaN",
        "Infinity",
        "0000-00-00",
        "0001-01-01",
        "9999-12-31",
        "2026-02-30",
        "0001-01-01_00000000-0000-0000-0000-000000000000",
        "0001-01-01T00:00:00+14:00_00000000-0000-0000-0000-000000000000",
        "9999-12-31T23:59:59-14:00_ffffffff-ffff-ffff-ffff-ffffffffffff",
        "_",
        "null",
        "[]",
        "http://[",
        "//evil.example",
    ]
)


def almost_ids() -> st.SearchStrategy[str]:
    """What is close to a UUID, and takes the converter by its word."""
    changes: list[Callable[[str], str]] = [
        str.upper,
        lambda text: text.replace("-", ""),
        lambda text: f"{{{text}}}",
        lambda text: f"urn:uuid:{text}",
        lambda text: text[:-1],
        lambda text: f"{text}0",
        lambda text: f" {text}",
        lambda text: f"{text}\n",
        lambda text: f"{text}\x00",
        lambda text: text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        lambda text: text.replace("-", "\u2010"),
        str,
    ]
    return st.builds(
        lambda number, change: change(str(uuid.UUID(int=number))),
        st.integers(0, 2**128 - 1),
        st.sampled_from(changes),
    )


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
VALUE = st.one_of(AWKWARD, TEXT, almost_ids(), st.integers().map(str))
SEGMENT = st.one_of(
    VALUE.map(lambda text: quote(text, safe="")),
    st.binary(max_size=40).map(lambda raw: quote_from_bytes(raw, "")),
)
NAMES = st.sampled_from(
    [
        "search",
        "state",
        "after",
        "order",
        "seen",
        "next",
        "fresh",
        "partner",
        "kind",
        "page",
        "language",
        "key",
    ]
)
FIELDS = st.sampled_from(
    [
        "key",
        "seen",
        "planned_delivery_date",
        "delivery_note_number",
        "carrier",
        "tracking_number",
        "notes",
        "quantity_",
        f"quantity_{uuid.uuid4()}",
        "partner",
        "next",
        "language",
        "email",
        "role",
        "days_back",
        "reason",
        "session",
        "membership",
        "invitation",
    ]
)


def pairs(names: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An encoded query or form: repeated names, unknown names and bytes that are no UTF-8 among them."""
    written = st.lists(st.tuples(st.one_of(names, TEXT), VALUE), max_size=6).map(urlencode)
    return st.one_of(written, st.binary(max_size=60).map(lambda raw: quote_from_bytes(raw, "=&")))


# -- What must hold ----------------------------------------------------------------------------------------------------


def demand_plain(answer: Any, *allowed: int) -> None:
    """No fault; and a refusal says in plain words what is wrong, with a code and the reference of its log line."""
    assert answer.status_code in allowed, answer.status_code
    if answer.status_code in {400, 403, 404, 405}:
        page = text_of(answer)
        assert re.search(r"PP\d{3}", page)
        assert answer["X-Correlation-ID"] in page


@pytest.fixture
def owner(client: PortalClient, maria: User) -> PortalClient:
    """Maria, in the role before which the fewest pages are closed, and so that none asks her to sign in afresh.

    There is a schedule, and nothing of it is late: no address has reason to answer 503.
    """
    put_schedule()
    Membership.objects.update(role=Role.OWNER)
    sign_in(client, maria)
    return client


# -- Ids in addresses --------------------------------------------------------------------------------------------------


@given(st.sampled_from(WITH_ID), st.data())
@settings(max_examples=5000)
def test_an_id_that_is_none_reaches_no_view(route: str, data: st.DataObject) -> None:
    """A converter lets through what it stands for, in its one spelling, and nothing else."""
    segments = {name: data.draw(VALUE, label=name) for _kind, name in CONVERTER.findall(route)}
    address = CONVERTER.sub(lambda found: segments[found[2]], route)
    try:
        match = resolve(address)
    except Resolver404:
        return
    for kind, name in CONVERTER.findall(match.route):
        value = match.kwargs[name]
        assert isinstance(value, {"uuid": uuid.UUID, "int": int}.get(kind, str))
        assert kind != "uuid" or str(value) in address


# What nobody has, as each converter writes it. The link of an invitation has a plain page of its own.
ABSENT = {"uuid": str(uuid.uuid4()), "int": str(2**40)}


@given(
    st.sampled_from([route for route in WITH_ID if "<str:" not in route]),
    SEGMENT,
    st.sampled_from(["get", "post"]),
)
@tries(300)
def test_acl_02_a_malformed_id_and_an_absent_one_are_the_same_404(
    owner: Any, route: str, segment: str, method: str
) -> None:
    assume(not (segment.isdecimal() and int(segment[:20]) < 2**31))  # That may be somebody's.
    malformed = getattr(owner, method)(CONVERTER.sub(lambda found: segment, route))
    absent = getattr(owner, method)(CONVERTER.sub(lambda found: ABSENT[found[1]], route))
    for answer in (malformed, absent):
        demand_plain(answer, 404, 405)
    if 405 not in {malformed.status_code, absent.status_code}:
        assert REFERENCE.sub("", text_of(malformed)) == REFERENCE.sub("", text_of(absent))


@given(
    st.sampled_from(WITH_ID), SEGMENT, st.sampled_from(["get", "post", "put", "delete", "head", "options"])
)
@tries(400)
def test_no_id_and_no_method_breaks_a_page(owner: Any, route: str, segment: str, method: str) -> None:
    address = CONVERTER.sub(lambda found: segment, route)
    answer = getattr(owner, method)(address)
    assert answer.status_code in {200, 204, 302, 400, 403, 404, 405, 410}


# -- Queries and headers -----------------------------------------------------------------------------------------------


@given(st.sampled_from(sorted({*WITHOUT_ID} - OF_THE_SIGN_IN)), pairs(NAMES), st.booleans())
@tries(400)
def test_no_query_breaks_a_page(owner: Any, rila: Partner, address: str, query: str, htmx: bool) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    demand_plain(owner.get(f"{address}?{query}", headers=headers), 200, 204, 302, 400, 403, 404, 405)


HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=200)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "Accept",
                "Accept-Language",
                "Content-Type",
                "HX-Boosted",
                "HX-Current-URL",
                "HX-Target",
                "HX-Trigger",
                "If-Modified-Since",
                "If-None-Match",
                "Origin",
                "Range",
                "Referer",
                "User-Agent",
                "X-Forwarded-For",
                "X-Forwarded-Host",
            ]
        ),
        st.one_of(HEADER_TEXT, AWKWARD.filter(lambda text: "\x00" not in text and text.isascii())),
        max_size=4,
    ),
    st.booleans(),
    st.booleans(),
)
@tries(400)
def test_no_header_breaks_a_page(
    owner: Any, rila: Partner, headers: dict[str, str], htmx: bool, signed_in: bool
) -> None:
    headers = {**headers, **({"HX-Request": "true"} if htmx else {})}
    browser = owner if signed_in else PortalClient()
    demand_plain(browser.get("/orders/", headers=headers), 200, 302, 400)


@given(st.one_of(HEADER_TEXT, AWKWARD).filter(lambda text: not text.startswith("testserver")))
@tries(200)
def test_no_host_but_the_portals_own_is_answered(owner: Any, host: str) -> None:
    answer = owner.get("/", headers={"Host": host})
    demand_plain(answer, 400, *([302, 200] if not host else []))


@pytest.mark.parametrize(
    "address",
    ["http://[", "http://testserver/\x7f", "http://evil.example/", "//evil.example", "x" * 5000, "%00", "é"],
)
def test_a_page_that_htmx_claims_to_be_on_is_believed_only_if_it_is_ours(db: None, address: str) -> None:
    answer = PortalClient().get("/orders/", headers={"HX-Request": "true", "HX-Current-URL": address})
    assert answer["HX-Redirect"] == "/signin?next=%2F"


# -- Cookies -----------------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(
        st.sampled_from(
            [
                configured.SESSION_COOKIE_NAME,
                configured.CSRF_COOKIE_NAME,
                configured.LANGUAGE_COOKIE_NAME,
                "other",
            ]
        ),
        VALUE,
        min_size=1,
    ),
    st.sampled_from(["get", "post"]),
    st.sampled_from(["/", "/orders/", "/partner", "/language", "/signin", "/signout"]),
)
@tries(600)
def test_no_cookie_breaks_a_page_or_signs_anybody_in(
    db: None, cookies: dict[str, str], method: str, address: str
) -> None:
    browser = PortalClient()
    # As a server reads them: bytes, each a character.
    browser.cookies = SimpleCookie(
        {name: value.encode().decode("latin-1") for name, value in cookies.items()}
    )
    answer = getattr(browser, method)(address)
    demand_plain(answer, 200, 302, 303, 405, 503)
    assert not answer.wsgi_request.user.is_authenticated


@given(st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")), st.sampled_from(["/", "/orders/"]))
@tries(300)
def test_no_cookie_header_breaks_a_page(db: None, header: str, address: str) -> None:
    answer = PortalClient().get(address, headers={"Cookie": f"{configured.SESSION_COOKIE_NAME}={header}"})
    demand_plain(answer, 200, 302)


# -- Forms -------------------------------------------------------------------------------------------------------------


def form_addresses() -> list[str]:
    return sorted({*WITHOUT_ID} - OF_THE_SIGN_IN)


@given(st.sampled_from(form_addresses()), pairs(FIELDS))
@tries(300)
def test_no_form_breaks_a_page(owner: Any, maria: User, address: str, body: str) -> None:
    sign_in(owner, maria)
    answer = owner.post(address, body, content_type="application/x-www-form-urlencoded")
    demand_plain(answer, 200, 204, 302, 303, 400, 403, 404, 405, 422)


@given(
    st.sampled_from(["/partner", "/language", "/shipments/new"]),
    st.sampled_from(
        [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; charset=nonsense",
            "application/json",
            "text/plain; charset=\x7f",
            "",
        ]
    ),
    st.one_of(
        st.binary(max_size=200),
        st.just(b'--x\r\nContent-Disposition: form-data; name="partner"\r\n\r\n\x00\xff\r\n--x--'),
        st.just(b'--x\r\nContent-Disposition: form-data; name="partner"; filename="a"\r\n\r\nb\r\n--x--'),
    ),
)
@tries(150)
def test_no_body_breaks_a_page(owner: Any, address: str, kind: str, body: bytes) -> None:
    demand_plain(owner.generic("POST", address, body, kind), 200, 302, 400, 403, 404, 422)


@pytest.mark.parametrize(
    "body",
    ["&".join(f"a{number}=1" for number in range(1001)), "notes=" + "x" * 2_700_000],
    ids=["too many fields", "too much of one"],
)
def test_a_form_out_of_all_proportion_is_refused(owner: Any, body: str) -> None:
    answer = owner.post("/partner", body, content_type="application/x-www-form-urlencoded")
    demand_plain(answer, 400)


@pytest.fixture
def of_rila(rila: Partner) -> dict[str, Any]:
    order = builders.order(rila)
    line = builders.order_line(order)
    shipment = builders.shipment(order)
    builders.shipment_line(shipment, line)
    return {"order": order, "line": line, "shipment": shipment}


@given(
    st.sampled_from(["/shipments/new?order={order.pk}", "/shipments/{shipment.pk}/edit"]),
    st.dictionaries(FIELDS, VALUE, max_size=8),
    VALUE,
)
@tries(200)
def test_no_value_breaks_the_shipment_form(
    owner: Any, of_rila: dict[str, Any], address: str, fields: dict[str, str], quantity: str
) -> None:
    sent = {**fields, quantity_field(of_rila["line"].pk): quantity}
    answer = owner.post(
        address.format(**of_rila), urlencode(sent), content_type="application/x-www-form-urlencoded"
    )
    demand_plain(answer, 302, 422)


class Line:
    """An order line, as far as the form looks."""

    def __init__(self) -> None:
        self.pk = uuid.UUID(int=7)
        self.product = None
        self.descriptions = {"EN": "Cotton fabric"}
        self.open = Decimal(100)
        self.quantity = Decimal(100)
        self.unit = "m"


@given(st.dictionaries(FIELDS, VALUE, max_size=8), VALUE)
@settings(max_examples=1500, deadline=None)
def test_the_shipment_form_reads_numbers_or_says_that_it_cannot(
    fields: dict[str, str], quantity: str
) -> None:
    line = Line()
    form = ShipmentForm(
        {**fields, quantity_field(line.pk): quantity}, initial=opening_values([line]), order_lines=[line]
    )
    if form.is_valid():
        assert all(entered.quantity.is_finite() for entered in form.quantities() or [])


@given(st.one_of(VALUE, st.dates().map(str), st.datetimes().map(str)))
@settings(max_examples=1500)
def test_a_mark_is_a_day_or_a_moment_or_none(text: str) -> None:
    for parse in (parse_date, parse_moment):
        try:
            parse(text)
        except (ValueError, OverflowError):
            continue


# -- The admin ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(client: PortalClient) -> PortalClient:
    user = make_staff()
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    client.force_login(User.objects.get(pk=user.pk))
    return client


def admin_lists() -> list[str]:
    names = [(model._meta.app_label, model._meta.model_name) for model in admin.site._registry]
    return sorted(f"/admin/{app}/{model}/" for app, model in names)


def admin_queries() -> st.SearchStrategy[str]:
    names = ["q", "p", "o", "all", "id__exact", "is_active__exact", "at__year", "_to_field", "_popup", "e"]
    return pairs(st.sampled_from(names))


@given(
    st.sampled_from(admin_lists()), st.one_of(st.just(""), SEGMENT.map("{}/change/".format)), admin_queries()
)
@tries(300)
def test_no_id_and_no_query_breaks_the_admin(staff: PortalClient, place: str, page: str, query: str) -> None:
    demand_plain(staff.get(f"{place}{page}?{query}"), 200, 302, 400, 403, 404)


@given(st.sampled_from(admin_lists()), VALUE, VALUE)
@tries(100)
def test_no_action_breaks_the_admin(staff: PortalClient, place: str, action: str, chosen: str) -> None:
    for name in (action, "deactivate", "delete_selected"):
        answer = staff.post(place, {"action": name, "_selected_action": chosen, "index": action})
        demand_plain(answer, 200, 302, 400, 403, 404)
