"""Opening a document whose copy is old: shown at once with its age, exchanged once a fresh one is there."""

from __future__ import annotations

import html
import json
import re
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis import Redis

from accounts.models import AuditEvent, Membership, Partner
from accounts.services import grant_staff
from sync.doorbells import MOST_BELLS
from tests.accounts.asking import sign_in
from tests.accounts.builders import make_staff
from tests.portal import builders
from tests.portal.builders import text_of

OLD = timezone.now() - timedelta(hours=3)
PRICE = "12.50"

Make = Callable[[Partner], Any]


def an_order(rila: Partner, number: str = "1001") -> Any:
    order = builders.order(rila, number)
    builders.order_line(order, price=PRICE)
    return order


def a_shipment(rila: Partner, **values: Any) -> Any:
    order = an_order(rila, f"S{uuid.uuid4().hex[:6]}")
    shipment = builders.shipment(
        order, **{"delivery": "DONE", "erp_id": uuid.uuid4(), "number": "R-1", **values}
    )
    builders.shipment_line(shipment, order.lines.get())
    return shipment


def an_invoice(rila: Partner) -> Any:
    invoice = builders.invoice(rila)
    builders.payment_order(invoice, due_in_days=3)
    return invoice


DOCUMENTS: dict[str, Make] = {"order": an_order, "shipment": a_shipment, "invoice": an_invoice}


@pytest.fixture(params=DOCUMENTS)
def document(request: pytest.FixtureRequest, rila: Partner, broker: Redis) -> Any:
    made = DOCUMENTS[request.param](rila)
    copied(made, OLD)
    return made


@pytest.fixture
def staff(client: Any) -> Any:
    user = make_staff("petar@vitosha.example")
    grant_staff(user.login)
    user.groups.add(Group.objects.get())
    sign_in(client, user)
    return client


def copied(document: Any, at: Any, **values: Any) -> None:
    type(document).objects.filter(pk=document.pk).update(fetched_at=at, **values)


def page_of(document: Any) -> str:
    folder = {"PurchaseOrder": "orders", "Shipment": "shipments", "Invoice": "invoices"}[
        type(document).__name__
    ]
    return f"/{folder}/{document.pk}/"


def address_in(page: Any) -> str:
    """Where the page looks for a fresh copy; empty if it does not."""
    found = re.search(r'hx-get="([^"]+/copy\?[^"]+)" hx-trigger="every 1s"', text_of(page))
    return html.unescape(found[1]) if found else ""


def later(address: str, seconds: int) -> str:
    """As if the page had begun to ask so long ago."""
    parts = urlsplit(address)
    asked = {**{name: value for name, (value,) in parse_qs(parts.query).items()}}
    return f"{parts.path}?{urlencode({**asked, 'asked': int(time.time()) - seconds})}"


def bells(broker: Redis) -> list[Any]:
    """What the worker is asked for, in the queue of those who wait."""
    waiting: list[Any] = broker.lrange("erpnet:3", 0, -1)
    return [json.loads(message)["headers"]["argsrepr"] for message in waiting]


def open_page(browser: Any, document: Any, django_capture_on_commit_callbacks: Any) -> Any:
    with django_capture_on_commit_callbacks(execute=True):
        return browser.get(page_of(document))


class TestOpening:
    def test_an_old_copy_is_shown_at_once_and_a_fresh_one_asked_for(
        self, browser: Any, document: Any, broker: Redis, django_capture_on_commit_callbacks: Any
    ) -> None:
        page = open_page(browser, document, django_capture_on_commit_callbacks)
        assert "3 hours ago" in text_of(page)
        assert address_in(page)
        (bell,) = bells(broker)
        assert str(document.pk) in bell

    def test_the_worker_is_asked_once_however_many_look(
        self, browser: Any, document: Any, broker: Redis, django_capture_on_commit_callbacks: Any
    ) -> None:
        for _person in range(3):
            assert address_in(open_page(browser, document, django_capture_on_commit_callbacks))
        assert len(bells(broker)) == 1

    def test_whoever_opens_one_after_another_is_heard_so_often_and_sees_copies(
        self, browser: Any, rila: Partner, broker: Redis, django_capture_on_commit_callbacks: Any
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False):
            for number in range(MOST_BELLS + 3):
                order = an_order(rila, str(2000 + number))
                copied(order, OLD)
                assert address_in(open_page(browser, order, django_capture_on_commit_callbacks))
        assert len(bells(broker)) == MOST_BELLS

    def test_a_fresh_copy_is_left_alone(
        self, browser: Any, document: Any, broker: Redis, django_capture_on_commit_callbacks: Any
    ) -> None:
        copied(document, timezone.now())
        assert not address_in(open_page(browser, document, django_capture_on_commit_callbacks))
        assert not bells(broker)

    def test_a_run_that_just_went_well_is_as_good(
        self, browser: Any, document: Any, broker: Redis, django_capture_on_commit_callbacks: Any
    ) -> None:
        for stream in ("orders", "receipts", "invoices"):
            builders.fresh(stream)
        assert not address_in(open_page(browser, document, django_capture_on_commit_callbacks))
        assert not bells(broker)

    @pytest.mark.parametrize("values", [{"erp_id": None}, {"delivery": "PENDING"}])
    def test_what_is_on_its_way_to_erp_net_is_not_asked_for(
        self, browser: Any, rila: Partner, broker: Redis, values: dict[str, Any]
    ) -> None:
        shipment = a_shipment(rila, **values)
        copied(shipment, OLD)
        assert not address_in(browser.get(page_of(shipment)))

    def test_without_redis_the_page_opens_all_the_same(
        self, browser: Any, rila: Partner, settings: Any
    ) -> None:
        order = an_order(rila)
        copied(order, OLD)
        backend = "django.core.cache.backends.redis.RedisCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}
        assert browser.get(page_of(order)).status_code == 200


class TestWaiting:
    def test_nothing_comes_while_there_is_nothing_new(self, browser: Any, document: Any) -> None:
        address = address_in(browser.get(page_of(document)))
        assert (answer := browser.get(address)).status_code == 204
        assert answer.content == b""

    def test_a_copy_that_says_the_same_leaves_the_page_alone(self, browser: Any, document: Any) -> None:
        address = address_in(browser.get(page_of(document)))
        copied(document, timezone.now())
        answer = browser.get(address)
        assert "now" in text_of(answer)
        assert 'id="document"' not in text_of(answer)
        assert "HX-Retarget" not in answer
        assert not address_in(answer), "and it stops asking"

    def test_a_copy_that_says_something_else_takes_the_place_of_the_document(
        self, browser: Any, document: Any
    ) -> None:
        address = address_in(browser.get(page_of(document)))
        copied(document, timezone.now(), is_void=True)
        answer = browser.get(address)
        assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#document", "outerHTML")
        assert text_of(answer).startswith('<div id="document">')
        assert ">Void<" in text_of(answer).replace("</svg>", ">")
        assert not address_in(answer)

    def test_the_page_gives_up_after_a_while_with_a_plain_word(self, browser: Any, document: Any) -> None:
        address = address_in(browser.get(page_of(document)))
        answer = browser.get(later(address, 25))
        assert "ERP.net has not shown it just now." in text_of(answer)
        assert "3 hours ago" in text_of(answer)
        assert "HX-Retarget" not in answer
        assert not address_in(answer)

    def test_a_fresh_copy_is_taken_however_late(self, browser: Any, document: Any) -> None:
        address = address_in(browser.get(page_of(document)))
        copied(document, timezone.now())
        assert "ERP.net has not shown" not in text_of(browser.get(later(address, 25)))

    @pytest.mark.parametrize("change", [{"partner": None}, None])
    def test_what_is_hers_no_more_has_the_page_opened_again(
        self, browser: Any, document: Any, change: Any
    ) -> None:
        """Which then meets the same 404."""
        address = address_in(browser.get(page_of(document)))
        documents = type(document).objects.filter(pk=document.pk)
        documents.delete() if change is None else documents.update(**change)
        answer = browser.get(address, headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Refresh"]) == (404, "true")
        assert browser.get(page_of(document)).status_code == 404
        assert "HX-Refresh" not in browser.get(page_of(document))

    @pytest.mark.parametrize("query", ["", "?seen=x", "?seen=&asked=x&mark=x", "?asked=99999999999999999999"])
    def test_an_address_of_her_own_making_shows_the_document(
        self, browser: Any, document: Any, query: str
    ) -> None:
        answer = browser.get(f"{page_of(document)}copy{query}")
        assert (answer.status_code, answer["HX-Retarget"]) == (200, "#document")


class TestWhoMayLook:
    @pytest.mark.parametrize(("role", "sees"), [("Orders", False), ("OrdersWithPrices", True)])
    def test_prices_stay_with_the_roles_that_see_them(
        self, browser: Any, rila: Partner, role: str, sees: bool
    ) -> None:
        Membership.objects.update(role=role)
        order = an_order(rila)
        copied(order, OLD)
        address = address_in(browser.get(page_of(order)))
        copied(order, timezone.now(), notes="Ring at gate 4")
        answer = text_of(browser.get(address))
        assert "Ring at gate 4" in answer
        assert (PRICE in answer) is sees

    def test_a_role_that_ends_meanwhile_has_the_page_opened_again(self, browser: Any, rila: Partner) -> None:
        invoice = an_invoice(rila)
        copied(invoice, OLD)
        address = address_in(browser.get(page_of(invoice)))
        Membership.objects.update(role="Orders")
        answer = browser.get(address, headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Refresh"]) == (403, "true")

    def test_staff_who_look_on_get_the_fresh_copy_and_leave_a_line_for_what_they_saw(
        self, staff: Any, rila: Partner, broker: Redis, django_capture_on_commit_callbacks: Any
    ) -> None:
        order = an_order(rila)
        copied(order, OLD)
        staff.post(f"/view-as/{rila.pk}", {"reason": "They asked"})
        address = address_in(open_page(staff, order, django_capture_on_commit_callbacks))
        assert len(bells(broker)) == 1
        pages = AuditEvent.objects.filter(reason="view_as_page")
        seen = pages.count()
        assert staff.get(address).status_code == 204
        assert pages.count() == seen
        copied(order, timezone.now(), notes="Ring at gate 4")
        assert "Ring at gate 4" in text_of(staff.get(address))
        assert pages.count() == seen + 1


QUERIES = {"order": (13, 15), "shipment": (13, 16), "invoice": (13, 15)}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_asking_takes_the_same_number_of_queries_however_much_it_shows(
    browser: Any, rila: Partner, broker: Redis, kind: str
) -> None:
    document = DOCUMENTS[kind](rila)
    copied(document, OLD)
    address = address_in(browser.get(page_of(document)))
    waiting = queries(browser, address)
    copied(document, timezone.now(), is_void=True)
    few = queries(browser, address)
    if kind == "invoice":
        for days in range(5):
            builders.payment_order(document, due_in_days=days)
    order = document if kind == "order" else an_order(rila)
    for number in range(2, 7):
        line = builders.order_line(order, line_no=number * 10)
        shipment = document if kind == "shipment" else builders.shipment(order)
        builders.shipment_line(shipment, line, line_no=number * 10)
    assert (waiting, few, queries(browser, address)) == (*QUERIES[kind], QUERIES[kind][1])


def queries(browser: Any, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code in {200, 204}
    return len([query for query in captured if "ROLE" not in query["sql"]])
