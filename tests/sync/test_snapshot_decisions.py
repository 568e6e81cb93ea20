"""What staff see of a snapshot that was refused or merged, and what they decide by it."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, User
from sync import worker
from sync.models import Product, Run, StockBalance, StockChange
from sync.selectors.differences import PLACES_A_PAGE
from sync.services.runs import start_run
from tests.sync.erp import Erp

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    user = User.objects.create(
        issuer="https://vitosha.example/id",
        erp_id=uuid.uuid4(),
        login="ops@vitosha.example",
        user_type=User.UserType.INTERNAL,
        is_staff=True,
        is_superuser=True,
    )
    client.force_login(user, backend="accounts.oidc.backend.InstanceIdBackend")
    return client


@pytest.fixture
def new_process() -> Iterator[None]:
    """As in a process that has not called ERP.net yet."""
    worker._domain_api.cache_clear()
    yield
    worker._domain_api.cache_clear()


@pytest.fixture
def refused(erp: Erp) -> Run:
    """A snapshot that lost seventy of a hundred balances."""
    erp.pull("products", "stock")
    erp.sandbox.instance.balances.shift(change=0, remove=70)
    run = erp.pull("stock")
    assert run.state == Run.State.REFUSED
    return run


def page_of(run: Run) -> str:
    return reverse("admin:sync_stock_difference", args=[run.pk])


def place(staff: Client, run: Run, reason: str = "The store has burnt down.") -> Any:
    return staff.post(reverse("admin:sync_stock_place", args=[run.pk]), {"reason": reason})


class TestThePage:
    def test_shows_the_biggest_falls_first_by_name(self, staff: Client, refused: Run) -> None:
        page = staff.get(page_of(refused))
        places = page.context["difference"].places
        falls = [place.change for place in places]
        assert falls == sorted(falls)
        assert falls[0] < 0
        assert page.context["difference"].gone == 70
        text = page.content.decode()
        assert Product.objects.get(pk=places[0].product.pk).part_number in text
        assert "Accept it all the same" in text

    def test_is_reached_from_the_run(self, staff: Client, refused: Run) -> None:
        assert (
            page_of(refused)
            in staff.get(reverse("admin:sync_run_change", args=[refused.pk])).content.decode()
        )

    def test_is_paged_and_asks_the_same_of_the_database_however_much_differs(
        self, staff: Client, refused: Run
    ) -> None:
        with CaptureQueriesContext(connection) as few:
            staff.get(page_of(refused))
        change = StockChange.objects.first()
        assert change is not None
        for _number in range(PLACES_A_PAGE):
            change.pk, change.product_id = None, uuid.uuid4()
            change.save()
        with CaptureQueriesContext(connection) as many:
            first = staff.get(page_of(refused))
        assert len(many) == len(few)
        assert len(first.context["difference"].places) == PLACES_A_PAGE
        second = staff.get(page_of(refused), {"page": "2"})
        places = StockChange.objects.values("product", "store").distinct().count()
        assert len(second.context["difference"].places) == min(places - PLACES_A_PAGE, PLACES_A_PAGE)

    @pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "²"])
    def test_takes_any_page_number_for_one(self, staff: Client, refused: Run, page: str) -> None:
        assert staff.get(page_of(refused), {"page": page}).context["page"] == 1

    def test_names_what_is_not_known_here(self, staff: Client, refused: Run) -> None:
        Product.objects.all().delete()
        assert "Not known here" in staff.get(page_of(refused)).content.decode()

    def test_is_no_page_of_another_stream(self, staff: Client, erp: Erp) -> None:
        assert staff.get(page_of(erp.pull("orders"))).status_code == 404

    def test_is_for_those_who_may_see_runs(self, staff: Client, refused: Run) -> None:
        User.objects.update(is_superuser=False)
        assert staff.get(page_of(refused)).status_code == 403
        assert place(staff, refused).status_code == 403


class TestDeciding:
    def test_accepting_leads_to_the_run_that_does_it(self, staff: Client, erp: Erp, refused: Run) -> None:
        answer = place(staff, refused)
        run = Run.objects.get(mode=Run.Mode.RESTORE)
        assert answer.headers["Location"] == reverse("admin:sync_run_change", args=[run.pk])
        assert erp.finish(run).state == Run.State.DONE
        assert StockBalance.objects.count() == 30
        assert "This snapshot was accepted" in staff.get(page_of(refused)).content.decode()

    def test_putting_back_is_offered_for_an_earlier_run(self, staff: Client, erp: Erp) -> None:
        first = erp.pull("stock")
        assert "Put this one back" not in staff.get(page_of(first)).content.decode()
        erp.sandbox.instance.balances.shift(change=3, remove=5)
        erp.pull("stock")
        assert "Put this one back" in staff.get(page_of(first)).content.decode()
        place(staff, first)
        erp.finish(Run.objects.get(mode=Run.Mode.RESTORE))
        assert StockBalance.objects.count() == 100

    def test_needs_a_reason_and_keeps_it(self, staff: Client, refused: Run) -> None:
        place(staff, refused, reason="  ")
        assert not Run.objects.filter(mode=Run.Mode.RESTORE).exists()
        place(staff, refused)
        event = AuditEvent.objects.get(kind=AuditEvent.Kind.STAFF)
        assert event.detail == {"action": "accept_snapshot", "reason": "The store has burnt down."}

    def test_what_cannot_be_done_is_said(self, staff: Client, refused: Run) -> None:
        start_run("stock", trigger=Run.Trigger.PERSON)
        answer = place(staff, refused)
        assert "A run of this stream is open" in staff.get(answer.headers["Location"]).content.decode()

    def test_takes_a_post(self, staff: Client, refused: Run) -> None:
        assert staff.get(reverse("admin:sync_stock_place", args=[refused.pk])).status_code == 405


@pytest.mark.usefixtures("new_process")
class TestTheCommand:
    def test_prints_what_would_change_and_changes_nothing(self, erp: Erp) -> None:
        erp.pull("products", "stock")
        erp.sandbox.instance.balances.shift(change=2, remove=5)
        out = io.StringIO()
        call_command("sync", "stock", "--dry-run", stdout=out)
        assert "Would change 7 balances, 0 of them new and 5 gone." in out.getvalue()
        assert StockBalance.objects.count() == 100

    def test_fails_with_the_reason_of_a_refusal(self, refused: Run) -> None:
        out = io.StringIO()
        with pytest.raises(CommandError, match="would fall") as refusal:
            call_command("sync", "stock", "--dry-run", stdout=out)
        assert "70 gone" in out.getvalue()
        assert refusal.value.returncode == 3
        assert str(refusal.value).startswith("It would not be taken.")
        assert "nothing to accept" in str(refusal.value), "unlike of a real run"
        assert "accept it" not in str(refusal.value)

    def test_says_that_a_run_is_open(self, erp: Erp) -> None:
        start_run("stock", trigger=Run.Trigger.PERSON)
        with pytest.raises(CommandError, match="open"):
            call_command("sync", "stock", "--dry-run", stdout=io.StringIO())

    def test_runs_no_other_stream_dry(self) -> None:
        with pytest.raises(CommandError, match="Only the stock"):
            call_command("sync", "orders", "--dry-run", stdout=io.StringIO())
