"""The second lock on a partner's rows: a query that forgets its filter finds nothing of anybody else."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import ProgrammingError, connection

from accounts.tenancy import acting_as_staff, acting_for
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


# What the workers alone need to know, and staff may look at.
PEOPLE = (
    models.Company,
    models.Person,
    models.Employment,
    models.DirectoryUser,
    models.Customer,
    models.ExternalAccess,
)
FOR_STAFF = (models.UnreadableRow, models.StockChange, models.Alert)
WRITTEN_BY_THE_WEB = {"sync_shipment", "sync_shipmentline", "sync_outboxentry", "sync_stream", "sync_run"}


def test_it_guards_every_table_with_a_partner() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'sync_%' AND relrowsecurity AND relforcerowsecurity"
        )
        guarded = {name for (name,) in cursor.fetchall()}
    assert guarded == {model._meta.db_table for model in (*OWNED, *PEOPLE, *FOR_STAFF, models.Supplier)}
    with_partner = {
        model._meta.db_table
        for model in apps.get_app_config("sync").get_models()
        if any(field.name == "partner" for field in model._meta.fields)
    }
    assert with_partner <= guarded


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


def test_it_keeps_people_from_partners_but_not_from_staff() -> None:
    make.mirrored(models.DirectoryUser, login="maria@rila.example", is_active=True)
    with acting_for(make.membership("Rila").partner):
        assert [model.__name__ for model in PEOPLE if model.objects.exists()] == []
    with acting_as_staff():
        assert models.DirectoryUser.objects.exists()


def test_it_lets_nobody_write_for_another() -> None:
    rila, pirin = make.membership("Rila").partner, make.membership("Pirin").partner
    order = make.order(pirin)
    with pytest.raises(ProgrammingError, match="row-level security"), acting_for(rila):
        make.shipment(order)
    shipment = make.shipment(order)
    with acting_for(rila):
        assert models.Shipment.objects.filter(pk=shipment.pk).update(notes="Mine") == 0


def test_the_web_writes_of_the_mirror_only_what_partners_announce() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'sync_%' AND relkind = 'r'"
            " AND has_table_privilege('portal_web', oid, 'INSERT, UPDATE, DELETE')"
        )
        assert {name for (name,) in cursor.fetchall()} == WRITTEN_BY_THE_WEB
    order = make.order(make.membership("Rila").partner)
    with pytest.raises(ProgrammingError, match="permission denied"), acting_for(order.partner):
        models.PurchaseOrder.objects.filter(pk=order.pk).update(state="Released")


# -- How the policies ask ----------------------------------------------------------------------------------------------

_ONCE = re.compile(r"\( SELECT \(?(?:NULLIF\()?current_setting\(")


def policies_that_ask_for_each_row() -> set[str]:
    """Those with a setting outside of a sub-select, as PostgreSQL itself spells them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename || '.' || policyname, concat_ws(' ', qual, with_check) FROM pg_policies"
            " WHERE schemaname = 'public'"
        )
        policies = dict(cursor.fetchall())
    assert "current_setting" in policies["sync_stockbalance.partner_rows"]
    return {name for name, asks in policies.items() if "current_setting(" in _ONCE.sub("", asks)}


def test_every_policy_asks_its_setting_once_for_a_query() -> None:
    assert policies_that_ask_for_each_row() == set()


@pytest.mark.parametrize("table", ["sync_purchaseorder", "sync_person", "sync_externalaccess"])
def test_databases_of_before_get_the_quick_form_too(table: str) -> None:
    """As often as it runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER POLICY staff_rows ON {table} USING (current_setting('portal.staff', true) = 'on')"
        )
        assert policies_that_ask_for_each_row() == {f"{table}.staff_rows"}
        for _again in range(2):
            for operation in import_module("sync.migrations.0005_policies_ask_once").Migration.operations:
                cursor.execute(operation.sql)
            assert policies_that_ask_for_each_row() == set()


def test_a_migration_says_itself_what_it_does() -> None:
    """What it called of living code would mean one thing on an old database and another on a new one."""
    ours = sorted(Path(settings.BASE_DIR).glob("*/migrations/0*.py"))
    assert len(ours) > 10
    found = {line for path in ours for line in re.findall(r"(?m)^(?:from|import) .*", path.read_text())}
    names_alone = re.compile(r"import uuid|(?:from|import) django.*|from accounts\.tenancy import [A-Z_, ]+")
    assert {line for line in found if not names_alone.fullmatch(line)} == set()
