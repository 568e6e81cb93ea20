"""The second lock on a partner's rows: a query that forgets its filter finds nothing of anybody else."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection

from accounts.tenancy import acting_for
from sync import models
from tests.sync import builders as make

pytestmark = pytest.mark.django_db


OWNED = (
    models.PurchaseOrder,
    models.OrderLine,
    models.Shipment,
    models.ShipmentLine,
    models.Invoice,
    models.InvoiceLine,
    models.PaymentOrder,
    models.ProductSupply,
    models.OutboxEntry,
    models.StockBalance,
)


def test_it_guards_every_table_with_a_partner() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'sync_%' AND relrowsecurity AND relforcerowsecurity"
        )
        guarded = {name for (name,) in cursor.fetchall()}
    assert guarded == {model._meta.db_table for model in OWNED}
    with_partner = {
        model._meta.db_table
        for model in apps.get_app_config("sync").get_models()
        if any(field.name == "partner" for field in model._meta.fields)
    }
    assert with_partner - guarded == {"sync_supplier"}, "who supplies is no secret of one partner"


def test_it_hides_what_a_query_forgot_to_leave_out() -> None:
    rila, pirin = make.membership("Rila").partner, make.membership("Pirin").partner
    order = make.order(pirin)
    line = make.order_line(order)
    make.shipment_line(make.shipment(order, delivery="DONE"), line, "5")
    make.payment_order(make.invoice(pirin), "10", due_in_days=5)
    make.supply(pirin, line.product)
    make.balance(line.product, make.buyer(), "5")
    with acting_for(rila):
        assert [model.__name__ for model in OWNED if model.objects.exists()] == []
    with acting_for(pirin):
        seen = [model for model in OWNED if model.objects.exists()]
    assert set(OWNED) - set(seen) == {models.InvoiceLine}, "of which the test made none"


def test_it_lets_nobody_write_for_another() -> None:
    rila, pirin = make.membership("Rila").partner, make.membership("Pirin").partner
    with pytest.raises(ProgrammingError, match="row-level security"), acting_for(rila):
        make.order(pirin)
    order = make.order(pirin)
    with acting_for(rila):
        assert models.PurchaseOrder.objects.filter(pk=order.pk).update(notes="Mine") == 0
