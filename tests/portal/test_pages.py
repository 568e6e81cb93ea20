"""What each page shows, for its states."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Partner, User
from tests.accounts.builders import make_member, make_partner, make_user
from tests.portal import builders
from tests.portal.builders import text_of, words_of

TODAY = timezone.localdate


def test_a_stranger_is_welcomed_and_can_sign_in(client: Any) -> None:
    page = text_of(client.get("/"))
    assert "Sign in with ERP.net" in page
    assert 'href="/signin"' in page


def test_the_dashboard_speaks_of_her_company(browser: Any, rila: Partner) -> None:
    order = builders.order(rila, "1001", day=TODAY() - timedelta(days=30))
    builders.order_line(order, planned_delivery_date=TODAY() - timedelta(days=1))
    builders.shipment(order, delivery="REJECTED", delivery_note_number="DN-7")
    builders.payment_order(builders.invoice(rila, supplier_number="F-1"), due_in_days=-2)
    builders.fresh("stock", timezone.now() - timedelta(hours=9))
    page = text_of(browser.get("/"))
    assert "<h1>Rila Textiles</h1>" in page
    assert "1 shipment needs your attention" in page
    assert re.search(r"Late lines.{0,80}>1<", page)
    assert "Was due 2 days ago" in page
    assert "9 hours ago" in page


@pytest.mark.parametrize(
    ("role", "behind"), [("Basic", []), ("Billing", []), ("Admin", ["/stock/", "/people/"])]
)
def test_a_phone_has_five_places_to_go_and_the_last_opens_the_rest(
    browser: Any, role: str, behind: list[str]
) -> None:
    """Without a script; where five are all there is, none is hidden."""
    Membership.objects.update(role=role)
    navigation = (
        text_of(browser.get("/stock/" if behind else "/"))
        .partition('<nav class="nav"')[2]
        .partition("</nav>")[0]
    )
    more = navigation.partition('<li class="nav__more">')[2]
    assert re.findall(r'<a href="([^"]+)"', more) == behind
    hidden = re.findall(r'<li class="nav__behind"> <a href="([^"]+)"', navigation)
    assert hidden == behind
    assert navigation.count("<li") - 2 * len(behind) <= 5
    assert ('<summary aria-current="true">' in more) is bool(behind)


def test_an_empty_dashboard_helps(browser: Any) -> None:
    page = text_of(browser.get("/"))
    assert "Nothing to announce" in page
    assert "Nothing is on its way right now." in page
    assert "No payment is waiting." in page


def test_a_role_without_pages_is_told_so(browser: Any, maria: User) -> None:
    Membership.objects.update(role="Basic")
    page = text_of(browser.get("/"))
    assert "Your role opens no pages yet" in page
    assert 'href="/orders/"' not in page


@pytest.mark.parametrize("address", ["/orders/", "/shipments/", "/invoices/", "/stock/"])
def test_an_empty_list_says_what_will_appear_and_when(browser: Any, address: str) -> None:
    page = text_of(browser.get(address))
    assert 'class="empty"' in page
    assert "Not copied from ERP.net yet" in page


@pytest.mark.parametrize("address", ["/orders/", "/shipments/", "/invoices/", "/stock/"])
def test_a_search_without_a_hit_offers_the_way_back(browser: Any, address: str) -> None:
    page = text_of(browser.get(address, {"search": "no such thing", "state": "paid"}))
    assert "Nothing found" in page


@pytest.mark.parametrize("address", ["/orders/", "/shipments/", "/invoices/", "/stock/"])
@pytest.mark.parametrize(
    "query",
    [
        {"after": "nonsense"},
        {"after": f"0001-01-01T00:00:00+23:59_{uuid.UUID(int=1)}"},
        {"after": f"9999-12-31T23:59:59-23:59_{uuid.UUID(int=1)}"},
        {"search": "a\x00b'%"},
        {"state": "nonsense"},
        {"search": "x" * 5000},
    ],
)
def test_a_made_up_query_is_no_fault(browser: Any, address: str, query: dict[str, str]) -> None:
    assert browser.get(address, query).status_code == 200


@pytest.mark.parametrize(
    ("age", "words"),
    [(timedelta(minutes=4), "4 minutes ago"), (timedelta(hours=5), "ERP.net has not been reached since")],
)
def test_a_list_tells_how_old_it_is(browser: Any, age: timedelta, words: str) -> None:
    builders.fresh("orders", timezone.now() - age)
    assert words in text_of(browser.get("/orders/"))


def test_the_order_list_shows_progress_and_state(browser: Any, rila: Partner) -> None:
    order = builders.order(rila, "1001", enterprise_company=builders.buyer("Vitosha Trading"))
    line = builders.order_line(order, "100")
    builders.order_line(order, "50", line_no=20)
    builders.shipment_line(builders.shipment(order, state="Released", erp_id=uuid.uuid4()), line, "100")
    page = text_of(browser.get("/orders/"))
    assert "Vitosha Trading" in page
    assert "1 of 2 lines received in full" in page
    assert "To announce" in page


def test_an_order_that_ended_has_nothing_open_and_asks_for_nothing(browser: Any, rila: Partner) -> None:
    order = builders.order(rila, "1001", is_void=True)
    builders.order_line(order, "48")
    page = text_of(browser.get(f"/orders/{order.pk}/"))
    assert "<strong>48</strong>" not in page
    assert "This order takes no shipments any more." in page
    assert "Announce" not in page.replace("Announced", "")


def test_the_order_list_is_searched_and_filtered(browser: Any, rila: Partner) -> None:
    builders.order_line(builders.order(rila, "1001"))
    builders.order(rila, "2002", state="Closed")
    assert "2002" not in words_of(browser.get("/orders/", {"search": "1001"}))
    assert "1001" not in words_of(browser.get("/orders/", {"state": "Closed"}))
    assert "2002" not in words_of(browser.get("/orders/", {"state": "open"}))


def test_the_late_lines_of_the_overview_lead_to_the_late_orders_alone(browser: Any, rila: Partner) -> None:
    late, in_time = builders.order(rila, "1001"), builders.order(rila, "2002")
    builders.order_line(late, planned_delivery_date=TODAY() - timedelta(days=1))
    builders.order_line(in_time, planned_delivery_date=TODAY() + timedelta(days=1))
    link = re.search(
        r'href="([^"]+)"> <span class="tile__label">(?:(?!</a>).)*Late lines', text_of(browser.get("/"))
    )
    assert link
    page = browser.get(link[1])
    assert "1001" in words_of(page)
    assert "2002" not in words_of(page)
    assert re.search(r'aria-current="true">Late<', text_of(page))


def test_what_is_due_first_is_offered_first(browser: Any, rila: Partner) -> None:
    for number, days in (("2002", 9), ("1001", 2), ("3003", 30)):
        builders.order_line(
            builders.order(rila, number), planned_delivery_date=TODAY() + timedelta(days=days)
        )
    for address in ("/orders/?state=open", "/shipments/new", "/"):
        assert re.findall(r">(\d{4})</a>", text_of(browser.get(address))) == ["1001", "2002", "3003"], address


def test_a_long_list_goes_on_behind_its_last_row(browser: Any, rila: Partner) -> None:
    for number in range(30):
        builders.order(rila, f"N{number:03}", day=TODAY() - timedelta(days=number))
    first = text_of(browser.get("/orders/"))
    assert "N024" in first
    assert "N025" not in first
    match = re.search(r'rel="next" href="([^"]+)"', first)
    assert match
    second = text_of(browser.get("/orders/" + match[1].replace("&amp;", "&")))
    assert "N025" in second
    assert "N024" not in second


def test_an_order_shows_what_of_each_line_is_announced_received_and_open(browser: Any, rila: Partner) -> None:
    order = builders.order(rila, "1001")
    line = builders.order_line(order, "100")
    builders.shipment_line(builders.shipment(order, delivery="PENDING"), line, "30")
    builders.shipment_line(
        builders.shipment(order, state="Released", erp_id=uuid.uuid4(), number="R-5"), line, "20"
    )
    page = text_of(browser.get(f"/orders/{order.pk}/"))
    cells = re.findall(r'data-label="(Ordered|Announced|Received|Open)">\s*(?:<strong>)?([\d.]+)', page)
    assert cells == [("Ordered", "100"), ("Announced", "30"), ("Received", "20"), ("Open", "50")]
    assert "Shipment R-5" in page
    assert f"/shipments/new?order={order.pk}" in page


@pytest.mark.parametrize("values", [{"state": "Closed"}, {"is_void": True}])
def test_nothing_is_announced_against_an_order_that_takes_nothing(
    browser: Any, rila: Partner, values: dict[str, Any]
) -> None:
    order = builders.order(rila, "1001", **values)
    builders.order_line(order)
    assert "Announce shipment" not in text_of(browser.get(f"/orders/{order.pk}/"))
    assert "Nothing is open in this order" in text_of(browser.get(f"/shipments/new?order={order.pk}"))


@pytest.mark.parametrize(("role", "sees"), [("Orders", False), ("OrdersWithPrices", True)])
def test_prices_are_for_roles_that_may_see_them(browser: Any, rila: Partner, role: str, sees: bool) -> None:
    Membership.objects.update(role=role)
    order = builders.order(rila)
    builders.order_line(order, price="12.5")
    assert ("12.50" in text_of(browser.get(f"/orders/{order.pk}/"))) is sees


@pytest.mark.parametrize(
    ("due", "words"), [(-3, "1,200.00 BGN was due 3 days ago."), (1, "1,200.00 BGN is due in 1 day.")]
)
def test_an_invoice_says_in_words_when_it_is_paid(browser: Any, rila: Partner, due: int, words: str) -> None:
    invoice = builders.invoice(rila, amount="1200")
    builders.payment_order(invoice, due_in_days=due)
    assert words in text_of(browser.get(f"/invoices/{invoice.pk}/"))


def test_invoices_are_filtered_by_how_they_stand(browser: Any, rila: Partner) -> None:
    builders.payment_order(builders.invoice(rila, "9001"), due_in_days=-3)
    builders.payment_order(builders.invoice(rila, "9002"), due_in_days=3, state="Closed")
    overdue = words_of(browser.get("/invoices/", {"state": "overdue"}))
    assert "9001" in overdue
    assert "9002" not in overdue
    assert "Not planned yet" not in overdue


def test_stock_adds_up_by_product(browser: Any, rila: Partner) -> None:
    fabric, owner = builders.product("RT-1"), builders.buyer()
    builders.supply(rila, fabric)
    builders.balance(fabric, "1200", owner=owner, store=builders.store("SOF", "Sofia warehouse"))
    builders.balance(fabric, "50.5", owner=owner, store=builders.store("PLV", "Plovdiv"))
    page = text_of(browser.get("/stock/"))
    assert "1,250.5 m" in page
    assert "Sofia warehouse" in page


def test_products_are_named_in_the_language_of_the_page(browser: Any, rila: Partner) -> None:
    builders.supply(rila, builders.product("RT-1", "Cotton fabric", "Памучен плат"))
    page = text_of(browser.get("/stock/", headers={"Accept-Language": "bg"}))
    assert "Памучен плат" in page
    assert 'lang="bg"' in page


def test_somebody_with_two_companies_switches_between_them(browser: Any, maria: User, rila: Partner) -> None:
    other = make_partner("Balkan Plastics")
    make_member(maria, other)
    browser.post(reverse("switch-partner"), {"partner": str(other.pk)})
    assert "<h1>Balkan Plastics</h1>" in text_of(browser.get("/"))
    browser.post(reverse("switch-partner"), {"partner": str(rila.pk)})
    assert "<h1>Rila Textiles</h1>" in text_of(browser.get("/"))


def test_somebody_without_a_company_waits_while_she_is_looked_up(client: Any, broker: Any) -> None:
    client.force_login(make_user("newcomer@unlisted.example"))
    response = client.get("/", follow=True)
    assert response.redirect_chain == [("/welcome/", 302)]
    assert "Setting up your access" in text_of(response)
    assert "hx-get" in text_of(response)


def test_the_wait_ends_in_the_portal(client: Any, broker: Any) -> None:
    user = make_user("newcomer@unlisted.example")
    client.force_login(user)
    client.get("/welcome/")
    assert client.get("/welcome/answer?seen=waiting-").status_code == 204
    make_member(user, make_partner())
    assert client.get("/welcome/answer").headers["HX-Redirect"] == "/"
    assert client.get("/welcome/").url == "/"


def test_a_refusal_has_a_code_and_says_whom_to_ask(client: Any, broker: Any) -> None:
    user = make_user("newcomer@unlisted.example")
    client.force_login(user)
    client.get("/welcome/")
    access = user.access_request
    access.state, access.reason, access.answered_at = "refused", "PP203", timezone.now()
    access.save()
    assert "PP203" in text_of(client.get("/welcome/answer?seen=waiting-"))
    page = text_of(client.get("/welcome/"))
    assert "PP203" in page
    assert "Ask your contact at the company that you deliver to or buy from." in page
    assert "hx-get" not in page


def test_staff_without_a_company_are_sent_to_the_admin(client: Any) -> None:
    client.force_login(make_user("ops@vitosha.example", user_type="InternalUser", is_staff=True))
    assert client.get("/").url == "/admin/"
