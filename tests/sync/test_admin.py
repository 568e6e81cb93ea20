"""What staff see of the machinery, and what they can do with it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from sync import models
from sync.models import OutboxEntry, Run, StockBalance
from sync.services.alerts import raise_alert
from sync.services.runs import start_run
from tests.deliveries import bring_to, delivery
from tests.sync import builders as make
from tests.sync.erp import Erp

pytestmark = pytest.mark.django_db

MODELS = [model for model in site._registry if model._meta.app_label == "sync"]


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
def everything(db: None) -> None:
    """One row of all that the admin shows."""
    partner = make.membership("Rila").partner
    order = make.order(partner, supplier=make.mirrored(models.Supplier, number="S-1", partner=partner))
    line = make.order_line(order)
    make.shipment_line(make.shipment(order, delivery="REJECTED"), line, "5")
    make.payment_order(make.invoice(partner), "10", due_in_days=5)
    make.supply(partner, line.product)
    make.balance(line.product, make.buyer(), "5")
    person = make.mirrored(models.Person, name="Maria")
    user = make.mirrored(
        models.DirectoryUser, login="maria", user_type="ExternalCommunityUser", person=person
    )
    customer = make.mirrored(models.Customer, number="CU-1", party=make.mirrored(models.Company, name="Rila"))
    make.mirrored(models.ExternalAccess, user=user, customer=customer, role="Billing")
    start_run("orders", trigger=Run.Trigger.PERSON)
    raise_alert(models.Alert.Kind.RUN, "orders", "ERP.net refuses the service.")
    models.UnreadableRow.objects.create(
        stream_id="orders", entity_set="Logistics_Procurement_PurchaseOrders", object_id="1", row={"Id": "1"}
    )


class TestPages:
    @pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
    def test_show_a_list_and_a_row(self, staff: Client, everything: None, model: Any) -> None:
        name = f"admin:sync_{model._meta.model_name}"
        listed = staff.get(
            reverse(f"{name}_changelist"), {"q": "a"} if site._registry[model].search_fields else {}
        )
        assert listed.status_code == 200
        row = model.objects.first()
        assert row is not None
        shown = staff.get(reverse(f"{name}_change", args=[row.pk]))
        assert shown.status_code == 200
        assert b'name="_save"' not in shown.content, "the mirror is read-only"

    def test_carry_no_script_of_their_own(self, staff: Client, everything: None) -> None:
        page = staff.get(reverse("admin:sync_run_change", args=[Run.objects.get().pk])).content.decode()
        assert "django_htmx/htmx" in page
        assert "onclick" not in page

    def test_say_what_a_delivery_asks_for_without_ids(self, staff: Client, everything: None) -> None:
        line = models.ShipmentLine.objects.get()
        wished = {"line_no": 10, "product": str(line.product_id), "quantity": "5.000", "unit": "m"}
        payload = {"header": {"carrier": "Speedy"}, "lines": [wished]}
        entry = delivery(line.shipment, models.OutboxEntry.State.DONE, payload=payload)
        page = staff.get(reverse("admin:sync_outboxentry_change", args=[entry.pk])).content.decode()
        assert "<div>Carrier: Speedy</div>" in page
        assert f"<div>{line.product}: 5 m</div>" in page
        assert str(line.product_id) not in page

    def test_name_the_lines_of_a_shipment_by_their_numbers(self, staff: Client, everything: None) -> None:
        line = models.ShipmentLine.objects.get()
        page = staff.get(reverse("admin:sync_shipment_change", args=[line.shipment_id])).content.decode()
        assert f"line {line.line_no}" in page
        assert f"{line.order_line.order_id} line" not in page

    @pytest.mark.parametrize(
        ("kind", "subject", "place"),
        [
            ("run", "orders", "/admin/sync/run/{run}/change/"),
            ("run", "orders, Reconciliation of ids", "/admin/sync/run/{run}/change/"),
            ("delivery", "shipment 5-5", "/admin/sync/outboxentry/?q=5-5"),
            ("schedule", "Stock, every night", "/admin/django_celery_beat/periodictask/"),
        ],
    )
    def test_lead_from_an_alert_to_what_it_is_about(
        self, staff: Client, kind: models.Alert.Kind, subject: str, place: str
    ) -> None:
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        Run.objects.update(state="failed")
        alert = raise_alert(kind, subject, "Look at it.")
        page = staff.get(reverse("admin:sync_alert_change", args=[alert])).content.decode()
        assert f'href="{place.format(run=run.pk)}">Go to what it is about' in page


class TestRunningAStream:
    def test_now_leads_to_its_run_which_tells_how_far_it_is(self, staff: Client, erp: Erp) -> None:
        models.Stream.objects.create(pk="stock")
        answer = staff.post(reverse("admin:sync_stream_run", args=["stock"]))
        run = Run.objects.get()
        assert answer.headers["Location"] == reverse("admin:sync_run_change", args=[run.pk])
        assert run.trigger == Run.Trigger.PERSON

        progress = reverse("admin:sync_run_progress", args=[run.pk])
        open_still = staff.get(progress)
        assert b"every 1s" in open_still.content
        assert "HX-Refresh" not in open_still.headers
        erp.finish(run)
        answer = staff.get(progress)
        assert answer.headers["HX-Refresh"] == "true", "the rest of the page still speaks of its beginning"
        ended = answer.content.decode()
        assert "every 1s" not in ended, "a page that has nothing to wait for asks no more"
        assert "Done" in ended
        assert StockBalance.objects.count() == 100

    def test_twice_is_one_run(self, staff: Client) -> None:
        models.Stream.objects.create(pk="orders")
        for _click in range(2):
            staff.post(reverse("admin:sync_stream_run", args=["orders"]))
        assert Run.objects.count() == 1

    def test_full_reads_everything_again(self, staff: Client) -> None:
        models.Stream.objects.create(pk="orders")
        staff.post(reverse("admin:sync_stream_run", args=["orders"]), {"full": ""})
        assert Run.objects.get().mode == Run.Mode.FULL

    def test_reconciles_or_says_that_this_has_to_wait(self, staff: Client) -> None:
        models.Stream.objects.create(pk="orders")
        address = reverse("admin:sync_stream_run", args=["orders"])
        start_run("orders", trigger=Run.Trigger.SCHEDULE)
        assert b"begins when it has ended" in staff.post(address, {"reconcile": ""}, follow=True).content
        Run.objects.all().delete()
        models.Stream.objects.update(next_mode="")
        staff.post(address, {"reconcile": ""})
        assert Run.objects.get().mode == Run.Mode.RECONCILIATION

    def test_goes_on_where_it_stopped(self, staff: Client) -> None:
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        Run.objects.update(state="failed", cursor={"feed": 0, "next": "x"})
        page = reverse("admin:sync_run_change", args=[run.pk])
        assert b"Go on where it stopped" in staff.get(page).content
        address = reverse("admin:sync_run_resume", args=[run.pk])
        staff.post(address)
        assert Run.objects.get(of=run).trigger == Run.Trigger.RESUME
        assert b"Go on where it stopped" not in staff.get(page).content
        assert b"nothing to go on with" in staff.post(address, follow=True).content
        User.objects.update(is_superuser=False)
        assert staff.post(address).status_code == 403

    def test_tells_what_it_could_not_take_over(self, staff: Client, everything: None) -> None:
        models.UnreadableRow.objects.update(run=Run.objects.get())
        for page in ("admin:sync_run_change", "admin:sync_stream_change"):
            key = Run.objects.get().pk if "run" in page else "orders"
            assert b"could not be taken over" in staff.get(reverse(page, args=[key])).content

    def test_can_be_cancelled(self, staff: Client) -> None:
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        staff.post(reverse("admin:sync_run_cancel", args=[run.pk]))
        assert Run.objects.get().state == Run.State.CANCELLED

    def test_takes_a_post_and_a_right(self, staff: Client) -> None:
        models.Stream.objects.create(pk="orders")
        address = reverse("admin:sync_stream_run", args=["orders"])
        assert staff.get(address).status_code == 405
        User.objects.update(is_superuser=False)
        assert staff.post(address).status_code == 403
        assert not Run.objects.exists()


class TestSendingAgain:
    def address(self) -> str:
        return reverse("admin:sync_outboxentry_retry", args=[OutboxEntry.objects.get().pk])

    def test_needs_a_reason_and_keeps_it(self, staff: Client, everything: None) -> None:
        staff.post(self.address(), {"reason": " "})
        assert OutboxEntry.objects.get().state == OutboxEntry.State.REJECTED
        staff.post(self.address(), {"reason": "The store is open again."})
        assert OutboxEntry.objects.get().state == OutboxEntry.State.PENDING
        assert (
            AuditEvent.objects.get(kind=AuditEvent.Kind.STAFF).detail["reason"] == "The store is open again."
        )

    def test_is_offered_for_what_is_stuck(self, staff: Client, everything: None) -> None:
        page = reverse("admin:sync_outboxentry_change", args=[OutboxEntry.objects.get().pk])
        assert b"Send again" in staff.get(page).content
        bring_to(OutboxEntry.objects.get(), OutboxEntry.State.PENDING)
        assert b"Send again" not in staff.get(page).content


class TestAnAlert:
    def address(self) -> str:
        return reverse("admin:sync_alert_dismiss", args=[models.Alert.objects.get().pk])

    def test_is_counted_where_staff_begin(self, staff: Client, everything: None) -> None:
        assert "1 open alert" in staff.get(reverse("admin:index")).content.decode()
        models.Alert.objects.all().delete()
        assert "Nothing needs a person." in staff.get(reverse("admin:index")).content.decode()

    def test_is_closed_for_a_reason_that_is_kept(self, staff: Client, everything: None) -> None:
        staff.post(self.address(), {"reason": " "})
        assert models.Alert.objects.get().closed_at is None
        staff.post(self.address(), {"reason": "Maintenance until noon."})
        assert models.Alert.objects.get().closed_at is not None
        kept = AuditEvent.objects.get(kind=AuditEvent.Kind.STAFF)
        assert kept.detail == {"action": "dismiss", "reason": "Maintenance until noon."}

    def test_can_be_closed_while_it_is_open(self, staff: Client, everything: None) -> None:
        page = reverse("admin:sync_alert_change", args=[models.Alert.objects.get().pk])
        assert b"Close the alert" in staff.get(page).content
        staff.post(self.address(), {"reason": "Maintenance."})
        assert b"Close the alert" not in staff.get(page).content
        assert (
            "closed already" in staff.post(self.address(), {"reason": "Late."}, follow=True).content.decode()
        )

    def test_takes_a_post_and_a_right(self, staff: Client, everything: None) -> None:
        assert staff.get(self.address()).status_code == 405
        User.objects.update(is_superuser=False)
        assert staff.post(self.address(), {"reason": "Maintenance."}).status_code == 403

    def test_can_be_found_by_whether_it_is_open(self, staff: Client, everything: None) -> None:
        listed = reverse("admin:sync_alert_changelist")
        assert b"refuses the service" in staff.get(listed, {"state": "open"}).content
        assert b"refuses the service" not in staff.get(listed, {"state": "closed"}).content
