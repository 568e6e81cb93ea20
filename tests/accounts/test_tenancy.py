"""The database's own lock on partners' rows, on real PostgreSQL: what holds even where the code forgets to filter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Partner
from accounts.tenancy import acting_as_staff, acting_for
from sync.models import Shipment
from tests.accounts.builders import make_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def rila() -> Partner:
    return make_partner("Rila Textiles")


@pytest.fixture
def northwind() -> Partner:
    return make_partner("Northwind Metals")


@pytest.fixture(autouse=True)
def twins(rila: Partner, northwind: Partner) -> dict[str, Shipment]:
    """One shipment each, alike but for its owner. The test's own login passes row-level security."""
    return {
        each.name: Shipment.objects.create(partner=each, delivery_note_number="DN-1")
        for each in (rila, northwind)
    }


@pytest.fixture
def as_web() -> Iterator[None]:
    """The rest of the test runs as the web process's login does, with no partner chosen."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE portal_web")
        yield
        cursor.execute("RESET ROLE")


def owners() -> set[str]:
    """A query that forgets its filter."""
    return set(Shipment.objects.values_list("partner__name", flat=True))


def state_of_connection() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, coalesce(current_setting('portal.partner_id', true), ''),"
            " coalesce(current_setting('portal.staff', true), '')"
        )
        return tuple(cursor.fetchone())


def test_a_query_without_a_filter_finds_the_acting_partners_rows_alone(
    rila: Partner, northwind: Partner
) -> None:
    with acting_for(rila):
        assert owners() == {"Rila Textiles"}
    with acting_for(northwind.pk):
        assert owners() == {"Northwind Metals"}


@pytest.mark.usefixtures("as_web")
def test_without_an_acting_partner_there_are_no_rows(rila: Partner) -> None:
    assert owners() == set()
    with acting_for(rila):
        assert owners() == {"Rila Textiles"}
    assert owners() == set()


def test_every_way_of_reading_is_covered(rila: Partner, twins: dict[str, Shipment]) -> None:
    foreign = twins["Northwind Metals"]
    with acting_for(rila):
        assert not Shipment.objects.filter(pk=foreign.pk).exists()
        assert Shipment.objects.exclude(partner=rila).count() == 0
        assert list(Shipment.objects.filter(partner=foreign.partner).iterator()) == []
        assert len(list(Shipment.objects.raw("SELECT * FROM sync_shipment"))) == 1
        assert Shipment._base_manager.count() == 1


def test_foreign_rows_cannot_be_written(
    rila: Partner, northwind: Partner, twins: dict[str, Shipment]
) -> None:
    foreign, own = twins["Northwind Metals"], twins["Rila Textiles"]
    with acting_for(rila):
        assert Shipment.objects.filter(pk=foreign.pk).update(notes="mine now") == 0
        assert Shipment.objects.filter(pk=foreign.pk).delete()[0] == 0
        for attempt in (
            lambda: Shipment.objects.create(partner=northwind),
            lambda: Shipment.objects.create(partner=None),
            lambda: Shipment.objects.filter(pk=own.pk).update(partner=northwind),
        ):
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                attempt()
    foreign.refresh_from_db()
    assert foreign.notes == ""


def test_staff_see_all(rila: Partner) -> None:
    with acting_as_staff():
        assert owners() == {"Rila Textiles", "Northwind Metals"}


def test_a_partner_inside_staff_inside_a_partner_each_see_their_own(
    rila: Partner, northwind: Partner
) -> None:
    with acting_for(rila):
        with acting_as_staff():
            with acting_for(northwind):
                assert owners() == {"Northwind Metals"}
            assert owners() == {"Rila Textiles", "Northwind Metals"}
        assert owners() == {"Rila Textiles"}


def test_an_error_leaves_the_scope_as_well(rila: Partner) -> None:
    before = state_of_connection()
    with pytest.raises(ZeroDivisionError), acting_for(rila):
        _ = 1 / 0
    assert state_of_connection() == before


@pytest.mark.django_db(transaction=True)
def test_nothing_is_carried_over_to_the_next_user_of_the_connection(rila: Partner) -> None:
    before = state_of_connection()
    with acting_for(rila):
        inside = state_of_connection()
    assert inside == ("portal_web", str(rila.pk), "off")
    assert state_of_connection() == before
    with pytest.raises(ZeroDivisionError), acting_as_staff():
        _ = 1 / 0
    assert state_of_connection() == before


@pytest.mark.parametrize("partner", [None, "", "everybody", "' OR true --"])
def test_nobody_is_not_everybody(partner: object) -> None:
    with pytest.raises(ValueError, match="UUID"), acting_for(partner):  # type: ignore[arg-type] # that is the point
        pass


def test_every_table_with_a_partner_is_under_forced_row_security() -> None:
    """Those of `accounts` say who may act for whom: they are read before a partner is chosen."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity,"
            " (SELECT count(*) FROM pg_policy WHERE polrelid = pg_class.oid)"
            " FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
            " WHERE attname = 'partner_id' AND relkind = 'r' AND relname LIKE 'sync\\_%'"
        )
        tables = {name: (forced, policies) for name, forced, policies in cursor.fetchall()}
    unprotected = {name for name, protection in tables.items() if protection != (True, 3)}
    # A supplier record is part of the directory: which companies sell to us is read by streams alone.
    assert unprotected <= {"sync_supplier"}
    assert "sync_shipment" in tables


def test_the_roles_are_bound_by_row_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname LIKE 'portal\\_w%'"
        )
        assert dict(cursor.fetchall()) == {"portal_web": False, "portal_worker": False}


@pytest.mark.parametrize(
    ("table", "allowed"),
    [
        ("accounts_partner", {"SELECT"}),
        ("accounts_membership", {"SELECT", "INSERT"}),
        ("accounts_invitation", {"SELECT", "INSERT"}),
        ("accounts_auditevent", {"SELECT", "INSERT"}),
        ("erpnet_apicall", {"SELECT", "INSERT"}),
    ],
)
def test_cfg_06_the_web_may_not_say_who_is_who(db: None, table: str, allowed: set[str]) -> None:
    with connection.cursor() as cursor:
        for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            cursor.execute("SELECT has_table_privilege('portal_web', %s, %s)", [table, privilege])
            assert cursor.fetchone() == (privilege in allowed,), privilege
