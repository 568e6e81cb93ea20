"""What pages read: a partner's own rows, in a known number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.tenancy import acting_for
from sync import models, selectors
from sync.selectors.paging import PAGE_SIZE
from sync.streams.targets import Target
from tests.sync import builders as make

pytestmark = pytest.mark.django_db


class Company:
    """A partner with one membership, reading as the web does."""

    def __init__(self, name: str) -> None:
        self.membership = make.membership(name)
        self.partner = self.membership.partner

    def read(self, selector: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with acting_for(self.partner):
            return selector(self.membership, *args, **options)


@pytest.fixture
def rila(db: None) -> Company:
    return Company("Rila")


@pytest.fixture
def pirin(db: None) -> Company:
    return Company("Pirin")


class TestOpenQuantities:
    def line_with(self, company: Company, *shipments: dict[str, Any]) -> Any:
        """Of a line of 100, 30 in each shipment."""
        order = make.order(company.partner)
        line = make.order_line(order, "100")
        for values in shipments:
            make.shipment_line(make.shipment(order, **values), line, "30")
        (read,) = company.read(selectors.order_lines_for, order.pk)
        return read.announced, read.received, read.open

    def test_a_new_shipment_is_announced(self, rila: Company) -> None:
        assert self.line_with(rila, {"delivery": "PENDING"}) == (30, 0, 70)

    @pytest.mark.parametrize("state", ["Released", "Completed", "Closed"])
    def test_a_released_one_is_received(self, rila: Company, state: str) -> None:
        erp_id = uuid.uuid4()
        assert self.line_with(rila, {"state": state, "erp_id": erp_id}) == (0, 30, 70)

    def test_a_void_one_is_neither(self, rila: Company) -> None:
        assert self.line_with(rila, {"is_void": True, "erp_id": uuid.uuid4()}) == (0, 0, 100)

    @pytest.mark.parametrize("state", ["REJECTED", "DEAD"])
    def test_one_that_never_came_to_be_is_neither(self, rila: Company, state: str) -> None:
        assert self.line_with(rila, {"delivery": state}) == (0, 0, 100)

    def test_one_whose_change_was_refused_still_counts(self, rila: Company) -> None:
        assert self.line_with(rila, {"delivery": "REJECTED", "erp_id": uuid.uuid4()}) == (30, 0, 70)

    def test_more_than_was_ordered_leaves_nothing_open(self, rila: Company) -> None:
        everything = [{"delivery": "DONE", "erp_id": uuid.uuid4()} for _ in range(4)]
        assert self.line_with(rila, *everything) == (120, 0, 0)


class TestOrders:
    def test_drafts_are_the_buyers_business(self, rila: Company) -> None:
        make.order(rila.partner, "1", state="New")
        released = make.order(rila.partner, "2")
        assert rila.read(selectors.orders_for).rows == [released]

    def test_come_page_by_page_newest_first_each_once(self, rila: Company) -> None:
        day = timezone.localdate()
        made = [
            make.order(rila.partner, str(n), document_date=day - timedelta(days=n // 3))
            for n in range(PAGE_SIZE * 2 + 3)
        ]
        pages, after = [], ""
        while True:
            page = rila.read(selectors.orders_for, after=after)
            pages.append(len(page))
            made = [order for order in made if order not in page.rows]
            after = page.after
            if not after:
                break
        assert pages == [PAGE_SIZE, PAGE_SIZE, 3]
        assert made == []

    @pytest.mark.parametrize("after", ["nonsense", "2026-01-01_", "_", "2026-13-01_x", "'; DROP TABLE x"])
    def test_a_made_up_mark_starts_at_the_top(self, rila: Company, after: str) -> None:
        order = make.order(rila.partner)
        assert rila.read(selectors.orders_for, after=after).rows == [order]

    def test_are_found_by_number_and_by_part_number(self, rila: Company) -> None:
        first, second = make.order(rila.partner, "PO-77"), make.order(rila.partner, "PO-88")
        make.order_line(second, product=make.product("RT-500"))
        assert rila.read(selectors.orders_for, search="po-77").rows == [first]
        assert rila.read(selectors.orders_for, search="rt-5").rows == [second]

    def test_open_ones_have_something_open(self, rila: Company) -> None:
        make.order(rila.partner, "without lines")
        make.order_line(make.order(rila.partner, "void", is_void=True))
        open_order = make.order(rila.partner, "open")
        make.order_line(open_order)
        assert rila.read(selectors.orders_for, state="open").rows == [open_order]

    def test_the_most_urgent_is_the_open_one_that_is_due_first(self, rila: Company, pirin: Company) -> None:
        today = timezone.localdate()
        due = {"someday": None, "soon": today, "late": today - timedelta(days=9), "void": today}
        for number, day in due.items():
            order = make.order(rila.partner, number, planned_delivery_date=day, is_void=number == "void")
            make.order_line(order)
        make.order_line(make.order(pirin.partner, planned_delivery_date=today))
        urgent = rila.read(selectors.most_urgent_orders_for, limit=5)
        assert [order.number for order in urgent] == ["late", "soon", "someday"]
        assert rila.read(selectors.most_urgent_orders_for, limit=1) == urgent[:1]


class TestWhatIsDueFirst:
    def due(
        self, company: Company, number: str, *line_days: int | None, order_days: int | None = None
    ) -> Any:
        """An order with a line due in each of so many days."""
        today = timezone.localdate()
        days = [None if day is None else today + timedelta(days=day) for day in (order_days, *line_days)]
        order = make.order(company.partner, number, planned_delivery_date=days[0])
        for place, day in enumerate(days[1:], start=1):
            make.order_line(order, "100", line_no=place * 10, planned_delivery_date=day)
        return order

    def test_stands_at_the_top_of_what_is_to_be_announced(self, rila: Company) -> None:
        """By the first line that is still open; one without any date comes last."""
        never = self.due(rila, "never", None)
        by_order = self.due(rila, "by order", None, order_days=2)
        by_line = self.due(rila, "by line", 9, 1, order_days=30)
        covered = self.due(rila, "covered", -5, 5)
        make.shipment_line(make.shipment(covered, delivery="DONE"), covered.lines.first(), "100")
        orders = rila.read(selectors.orders_for, state="open").rows
        assert orders == [by_line, by_order, covered, never]
        today = timezone.localdate()
        assert [order.due_on and (order.due_on - today).days for order in orders] == [1, 2, 5, None]

    def test_goes_on_behind_the_last_row_of_a_page(self, rila: Company) -> None:
        made = [self.due(rila, str(day), day) for day in range(PAGE_SIZE)]
        made += [self.due(rila, f"never {number}", None) for number in range(3)]
        first = rila.read(selectors.orders_for, state="open")
        second = rila.read(selectors.orders_for, state="open", after=first.after)
        assert first.rows == made[:PAGE_SIZE]
        assert set(second.rows) == set(made[PAGE_SIZE:])

    def test_late_is_an_order_with_an_open_line_past_its_date(self, rila: Company) -> None:
        late = self.due(rila, "late", 5, -1, order_days=5)
        self.due(rila, "in time", 0, None, order_days=-3)
        covered = self.due(rila, "covered", -1, 3)
        make.shipment_line(make.shipment(covered, delivery="DONE"), covered.lines.first(), "100")
        assert rila.read(selectors.orders_for, state="late").rows == [late]
        assert rila.read(selectors.dashboard_for).late_lines == 1


class TestInvoices:
    @pytest.mark.parametrize(
        ("payments", "payment"),
        [
            ([], "unplanned"),
            ([{"due_in_days": 5}], "due"),
            ([{"due_in_days": -1}], "overdue"),
            ([{"due_in_days": -1, "state": "Closed"}], "paid"),
            ([{"due_in_days": -9, "state": "Closed"}, {"due_in_days": 5}], "due"),
            ([{"due_in_days": -1, "is_void": True}], "unplanned"),
        ],
    )
    def test_say_how_they_are_paid(self, rila: Company, payments: list[dict[str, Any]], payment: str) -> None:
        invoice = make.invoice(rila.partner)
        for values in payments:
            make.payment_order(invoice, "10", **values)
        (row,) = rila.read(selectors.invoices_for)
        assert row.payment == payment
        assert rila.read(selectors.invoices_for, state=payment).rows == [invoice]

    def test_drafts_are_the_buyers_business(self, rila: Company) -> None:
        make.invoice(rila.partner, state="New")
        assert rila.read(selectors.invoices_for).rows == []


class TestStock:
    def test_is_of_the_products_that_one_supplies(self, rila: Company, pirin: Company) -> None:
        buyer, mine, other = make.buyer(), make.product("A-1"), make.product("B-1")
        make.supply(rila.partner, mine)
        make.supply(pirin.partner, other)
        make.balance(mine, buyer, "5")
        make.balance(mine, buyer, "7", lot_id=uuid.uuid4())
        make.balance(other, buyer, "9")
        (row,) = rila.read(selectors.stock_for)
        assert (row.product, row.total, row.unit) == (mine, 12, "m")

    def test_is_shown_as_none_rather_than_left_out(self, rila: Company) -> None:
        make.supply(rila.partner, make.product("A-1"))
        (row,) = rila.read(selectors.stock_for)
        assert (row.total, row.places) == (0, [])

    def test_is_of_the_buyers_that_one_supplies_it_to(self, rila: Company) -> None:
        buyer, stranger, product = make.buyer("Vitosha"), make.buyer("Sredna Gora"), make.product("A-1")
        make.supply(rila.partner, product, enterprise_company=buyer)
        make.balance(product, buyer, "5")
        make.balance(product, stranger, "50")
        (row,) = rila.read(selectors.stock_for)
        assert row.total == 5

    @pytest.mark.parametrize("days", [-1, 1])
    def test_ends_with_the_agreement(self, rila: Company, days: int) -> None:
        product = make.product("A-1")
        make.supply(rila.partner, product, ends_on=timezone.localdate() + timedelta(days=days))
        make.balance(product, make.buyer(), "5")
        assert len(rila.read(selectors.stock_for)) == (days > 0)


class TestQueries:
    """However much there is, a list page asks the database as often."""

    @pytest.fixture
    def plenty(self, rila: Company) -> Company:
        buyer = make.buyer()
        for number in range(30):
            order = make.order(rila.partner, str(number), enterprise_company=buyer)
            line = make.order_line(order, product=make.product(f"P-{number}"))
            make.shipment(order, delivery="DONE")
            make.payment_order(make.invoice(rila.partner, order=order), "10", due_in_days=5)
            make.supply(rila.partner, line.product)
            make.balance(line.product, buyer, "5")
        return rila

    @pytest.mark.parametrize(
        ("selector", "queries"),
        [
            (selectors.orders_for, 1),
            (selectors.shipments_for, 1),
            (selectors.invoices_for, 1),
            (selectors.stock_for, 2),
            (selectors.dashboard_for, 5),
        ],
        ids=lambda value: getattr(value, "__name__", ""),
    )
    def test_stay_the_same(
        self, plenty: Company, django_assert_num_queries: Any, selector: Callable[..., Any], queries: int
    ) -> None:
        with acting_for(plenty.partner), django_assert_num_queries(queries):
            page = selector(plenty.membership)
            # Reading what a list shows must not ask again.
            for row in getattr(page, "rows", []):
                str(getattr(row, "order_in_sight", ""))
                str(getattr(row, "enterprise_company", ""))


def test_no_selector_tells_of_an_order_that_is_older_than_the_person_sees(rila: Company) -> None:
    order = make.order(rila.partner, "PO-OLD", document_date=timezone.localdate() - timedelta(days=31))
    line = make.order_line(order, product=make.product("RT-OLD"))
    make.shipment_line(make.shipment(order, delivery="REJECTED"), line, "5")
    make.payment_order(make.invoice(rila.partner, order=order), "10", due_in_days=5)
    rila.membership.days_back = 30

    for documents in (selectors.shipments_for, selectors.invoices_for):
        (row,) = rila.read(documents)
        assert row.order_in_sight is None
        assert rila.read(documents, search="PO-OLD").rows == []
    assert rila.read(selectors.orders_for, search="PO-OLD").rows == []
    assert rila.read(selectors.orders_for, search="RT-OLD").rows == []
    assert rila.read(selectors.most_urgent_orders_for, limit=5) == []
    assert rila.read(selectors.order_lines_for, order.pk) == []
    dashboard = rila.read(selectors.dashboard_for)
    assert (dashboard.open_orders, dashboard.late_lines) == (0, 0)
    with pytest.raises(models.PurchaseOrder.DoesNotExist):
        rila.read(selectors.open_lines_for, order.pk)

    rila.membership.days_back = 31
    for documents in (selectors.shipments_for, selectors.invoices_for):
        (row,) = rila.read(documents, search="PO-OLD")
        assert row.order_in_sight == order


def test_selectors_leave_out_others_rows_even_where_the_database_would_not(
    rila: Company, pirin: Company
) -> None:
    order = make.order(pirin.partner)
    product = make.order_line(order).product
    make.shipment(order, delivery="DONE")
    make.invoice(pirin.partner)
    make.supply(pirin.partner, product)
    read = (selectors.orders_for, selectors.shipments_for, selectors.invoices_for, selectors.stock_for)
    assert [len(selector(pirin.membership)) for selector in read] == [1, 1, 1, 1]
    assert [len(selector(rila.membership)) for selector in read] == [0, 0, 0, 0]
    assert selectors.order_lines_for(rila.membership, order.pk) == []
    assert not any(asdict(selectors.dashboard_for(rila.membership)).values())
    with pytest.raises(models.PurchaseOrder.DoesNotExist):
        selectors.order_for(rila.membership, order.pk)


@pytest.mark.parametrize(
    ("delivery", "in_erpnet", "under_way"),
    [
        ("PENDING", False, 1),
        ("REJECTED", False, 0),
        ("DEAD", False, 0),
        ("REJECTED", True, 1),
        ("", True, 1),
    ],
)
def test_a_shipment_that_erp_net_never_took_is_on_no_way(
    rila: Company, delivery: str, in_erpnet: bool, under_way: int
) -> None:
    order = make.order(rila.partner)
    make.shipment(order, delivery=delivery, erp_id=uuid.uuid4() if in_erpnet else None)
    assert rila.read(selectors.dashboard_for).shipments_under_way == under_way
    assert len(rila.read(selectors.shipments_for, state="announced")) == under_way


def test_every_target_names_columns_that_its_table_has() -> None:
    from sync.streams import targets

    found = [value for value in vars(targets).values() if isinstance(value, Target)]
    found += [value.target for value in vars(targets).values() if isinstance(value, targets.Lines)]
    for target in found:
        assert set(target.columns) <= {field.column for field in target.model._meta.concrete_fields}
