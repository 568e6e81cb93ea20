"""Every model says whose its rows are, and the database agrees: what a walk finds is what is under lock.

A new model makes these tests fail until it is either locked as a partner's or named here as nobody's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

import sync.selectors
from accounts.models import AuditEvent, Invitation, Membership, Partner
from accounts.tenancy import acting_as_person, acting_as_staff, acting_for, holding_invitation
from sync import models as mirror
from tests.accounts.builders import make_partner, make_user
from tests.twins import Twin, make_twins

pytestmark = pytest.mark.django_db

OURS = ("erpnet", "accounts", "sync", "portal")

# Owned, though not by a column of their own: a partner is its own, a balance belongs to whoever supplies the product.
OWNED_OTHERWISE = {Partner, mirror.StockBalance}
# Read by streams and staff alone, so nothing asks for one partner's.
ASKED_BY_NO_PAGE = {mirror.Supplier}
# Whom ERP.net knows, and what runs leave behind. Policies keep these from all but staff and workers.
KEPT_FROM_PARTNERS = {
    "sync.Company",
    "sync.Person",
    "sync.Employment",
    "sync.DirectoryUser",
    "sync.Customer",
    "sync.ExternalAccess",
    "sync.UnreadableRow",
    "sync.StockChange",
    "sync.Alert",
}
NOBODYS = {
    "accounts.User": "a person may act for several partners; names are shown by way of memberships",
    "accounts.Session": "a person's; found by its key, which is its browser's secret",
    "accounts.SignInAttempt": "of nobody who is known yet; found by the browser's secret",
    "accounts.StaffGrant": "our own people",
    "accounts.AccessRequest": "of a person who acts for nobody yet",
    "erpnet.ApiCall": "what the portal did, without data of anybody",
    "sync.EnterpriseCompany": "the buyers; their names are on the documents of all",
    "sync.Store": "the buyers' stores; their names are on the documents of all",
    "sync.Product": "the buyers' products; a partner is shown those of its documents and supplies",
    "sync.Stream": "how fresh the mirror is",
    "sync.Run": "what was pulled and when",
    "sync.Heartbeat": "when a queue was last served",
}


def ours() -> list[type[models.Model]]:
    return [model for app in OURS for model in apps.get_app_config(app).get_models()]


def owned() -> list[type[models.Model]]:
    """The walk: whatever has a column for its partner, and what is owned otherwise."""
    return [
        model
        for model in ours()
        if model._meta.label not in NOBODYS
        and (
            model in OWNED_OTHERWISE or "partner_id" in {each.column for each in model._meta.concrete_fields}
        )
    ]


def tables(sql: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {name for (name,) in cursor.fetchall()}


def test_every_model_is_a_partners_or_is_said_to_be_nobodys() -> None:
    known = {model._meta.label for model in owned()} | KEPT_FROM_PARTNERS | set(NOBODYS)
    assert {model._meta.label for model in ours()} == known


@pytest.mark.parametrize("model", owned(), ids=lambda model: model._meta.label)
def test_an_owned_model_can_be_asked_for_one_partners_rows(model: Any) -> None:
    if model in OWNED_OTHERWISE | ASKED_BY_NO_PAGE:
        return
    partner = make_partner()
    where = str(model.objects.for_partner(partner).query)
    assert f'"partner_id" = {partner.pk}' in where or f'"partner_id" = {partner.pk.hex}' in where
    with pytest.raises(ValueError, match="UUID"):
        list(model.objects.for_partner(None))


def test_the_database_locks_what_the_walk_finds_and_nothing_is_locked_by_half() -> None:
    named = {model._meta.db_table for model in owned()}
    named |= {apps.get_model(label)._meta.db_table for label in KEPT_FROM_PARTNERS}
    assert tables("SELECT relname FROM pg_class WHERE relrowsecurity") == named
    assert tables("SELECT relname FROM pg_class WHERE relforcerowsecurity") == named


def test_no_table_with_a_partner_is_forgotten_for_want_of_a_model() -> None:
    with_partner = tables(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE attname = 'partner_id' AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm')"
        " AND relnamespace = 'public'::regnamespace"
    )
    nobodys = {apps.get_model(label)._meta.db_table for label in NOBODYS}
    assert with_partner - nobodys == {
        model._meta.db_table for model in owned() if model not in OWNED_OTHERWISE
    }


READ_BY_OTHERS = {
    # Policies beside the three that every table has, and the one command each of them opens.
    ("accounts_membership", "own_rows"): "SELECT",
    ("accounts_partner", "own_rows"): "SELECT",
    ("accounts_partner", "link_rows"): "SELECT",
    ("accounts_invitation", "link_rows"): "SELECT",
    ("accounts_auditevent", "added_rows"): "INSERT",
    ("accounts_auditevent", "worker_added_rows"): "INSERT",
}


def test_every_policy_is_one_of_the_known() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename, policyname, permissive, roles::text[], cmd FROM pg_policies")
        policies = {(table, name): (kind, roles, cmd) for table, name, kind, roles, cmd in cursor.fetchall()}
    locked = {model._meta.db_table for model in owned()}
    locked |= {apps.get_model(label)._meta.db_table for label in KEPT_FROM_PARTNERS}
    everywhere = {(table, name) for table in locked for name in ("partner_rows", "staff_rows", "worker_rows")}
    assert set(policies) == everywhere | set(READ_BY_OTHERS)
    for (table, name), (kind, roles, command) in policies.items():
        expected = READ_BY_OTHERS.get((table, name)) or (
            "SELECT" if table == AuditEvent._meta.db_table else "ALL"
        )
        assert (kind, command) == ("PERMISSIVE", expected), (table, name)
        assert roles == (["portal_worker"] if name.startswith("worker_") else ["public"]), (table, name)


@pytest.mark.parametrize("table", sorted(KEPT_FROM_PARTNERS))
def test_no_partner_sees_what_is_for_staff(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT qual, with_check FROM pg_policies WHERE tablename = %s AND policyname = 'partner_rows'",
            [apps.get_model(table)._meta.db_table],
        )
        assert cursor.fetchall() == [("false", "false")]


# -- What a forgetful query finds --------------------------------------------------------------------------------------


@pytest.fixture
def twins() -> tuple[Twin, Twin]:
    return make_twins()


def forgetful(model: Any) -> set[Any]:
    """All that a query without a filter finds of a model, by primary key."""
    return set(model._base_manager.values_list("pk", flat=True))


@pytest.mark.parametrize("model", owned(), ids=lambda model: model._meta.label)
def test_a_forgetful_query_finds_the_acting_partners_rows_alone(model: Any, twins: tuple[Twin, Twin]) -> None:
    everything = forgetful(model)
    found = []
    for twin in twins:
        with acting_for(twin.partner):
            found.append(forgetful(model))
    assert all(found), "each twin has one of everything"
    assert found[0].isdisjoint(found[1])
    assert found[0] | found[1] == everything


@pytest.mark.parametrize("model", owned(), ids=lambda model: model._meta.label)
def test_without_a_partner_there_are_no_rows(model: Any, twins: tuple[Twin, Twin]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE portal_web")
        assert forgetful(model) == set()


@pytest.mark.parametrize("model", owned(), ids=lambda model: model._meta.label)
def test_staff_and_workers_find_all(model: Any, twins: tuple[Twin, Twin]) -> None:
    everything = forgetful(model)
    with acting_as_staff():
        assert forgetful(model) == everything
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE portal_worker")
        assert forgetful(model) == everything


@pytest.mark.parametrize("model", owned(), ids=lambda model: model._meta.label)
def test_foreign_rows_cannot_be_changed_removed_or_given_away(model: Any, twins: tuple[Twin, Twin]) -> None:
    """For want of a grant, or by policy."""
    mine, other = twins
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    changes = [f"UPDATE {model._meta.db_table} SET {column} = {column} RETURNING 1" for column in columns]
    with acting_for(mine.partner):
        own = forgetful(model)
        for statement in changes:
            assert touched(statement) in (0, len(own))
        if "partner_id" in columns:
            give = f"UPDATE {model._meta.db_table} SET partner_id = '{other.partner.pk}' RETURNING 1"
            assert touched(give) == 0
    with acting_for(make_partner("Nobody's")):
        for statement in [*changes, f"DELETE FROM {model._meta.db_table} RETURNING 1"]:
            assert touched(statement) == 0


def touched(statement: str) -> int:
    """How many rows a statement reached; none if the database refused it, as nothing else may."""
    reached = 0
    with (
        suppress_refusal(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        reached = len(cursor.fetchall())
        transaction.set_rollback(True)
    return reached


@contextmanager
def suppress_refusal() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        # The last is what a delivery's own trigger says, which comes before the policies.
        if not re.search("row-level security|permission denied|settled when it was saved", str(error)):
            raise


@pytest.mark.parametrize("model", owned(), ids=lambda model: model._meta.label)
def test_foreign_rows_cannot_be_added(model: Any, twins: tuple[Twin, Twin]) -> None:
    """Copies of the twin's rows are refused: by policy, or since the web may add none at all."""
    mine, other = twins
    table, key = model._meta.db_table, model._meta.pk.column
    with acting_for(other.partner):
        theirs = [str(pk) for pk in forgetful(model)]
    names = ", ".join(field.column for field in model._meta.concrete_fields if not field.primary_key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE theirs AS SELECT * FROM {table} WHERE {key}::text = ANY(%s)", [theirs]
        )
        cursor.execute("GRANT SELECT ON theirs TO portal_web")
        with (
            pytest.raises(DatabaseError, match=r"row-level security|permission denied"),
            acting_for(mine.partner),
        ):
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM theirs")


# -- Before a partner is chosen ----------------------------------------------------------------------------------------


def test_a_person_finds_her_own_memberships_and_their_partners_alone(twins: tuple[Twin, Twin]) -> None:
    mine, other = twins
    with acting_as_person(mine.clerk):
        assert forgetful(Membership) == {mine.clerks_membership.pk}
        assert forgetful(Partner) == {mine.partner.pk}
        assert [
            model._meta.label for model in owned() if model not in (Membership, Partner) and forgetful(model)
        ] == []
        assert Membership.objects.filter(pk=mine.clerks_membership.pk).update(role="Owner") == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Membership.objects.create(partner=other.partner, erp_user_id=mine.clerk.erp_id, role="Owner")


def test_a_stranger_finds_nothing(twins: tuple[Twin, Twin]) -> None:
    with acting_as_person(make_user("nobody@nowhere.example")):
        assert [model._meta.label for model in owned() if forgetful(model)] == []


def test_whoever_holds_an_invitation_finds_that_one_and_its_partner_alone(twins: tuple[Twin, Twin]) -> None:
    mine, _other = twins
    with holding_invitation(mine.invitation.secret_hash):
        assert forgetful(Invitation) == {mine.invitation.pk}
        assert forgetful(Partner) == {mine.partner.pk}
        assert [
            model._meta.label for model in owned() if model not in (Invitation, Partner) and forgetful(model)
        ] == []
        assert Invitation.objects.update(accepted_by=mine.clerk.pk) == 0
    with holding_invitation(""):
        assert forgetful(Invitation) == set()
    with holding_invitation("0" * 64):
        assert forgetful(Invitation) == set()


def test_whom_a_membership_is_about_and_whose_it_is_never_changes(twins: tuple[Twin, Twin]) -> None:
    mine, _other = twins
    for change in (
        {"erp_user_id": mine.owner.pk},
        {"partner_id": mine.partner.pk},
        {"created_at": "2020-01-01T00:00Z"},
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting_for(mine.partner),
            transaction.atomic(),
        ):
            Membership.objects.filter(pk=mine.membership.pk).update(**change)


def test_the_trail_takes_no_line_in_anothers_name(twins: tuple[Twin, Twin]) -> None:
    from accounts import audit

    mine, other = twins
    with pytest.raises(DatabaseError, match="row-level security"), acting_for(mine.partner):
        audit.record(AuditEvent.Kind.WRITE, partner_id=other.partner.pk)
    with acting_for(mine.partner):
        audit.record(AuditEvent.Kind.WRITE, partner_id=mine.partner.pk)
        audit.record(AuditEvent.Kind.STAFF)
        assert AuditEvent.objects.filter(partner_id=None).count() == 0, "added, and not to be read"
    assert AuditEvent.objects.filter(partner_id=None).count() == 1


# -- The first lock: the filter in every selector ----------------------------------------------------------------------

FILTERS = {"for_partner", "for_membership", "for_user"}
# Where a filter stands otherwise: what the query is tied to is itself the partner's.
TIED = {
    ("quantities.py", "_line_count"): "to the order of the row that it counts for",
    ("quantities.py", "latest_state"): "to the shipment of the row that it is for",
    ("stock.py", "_places"): "to a supply of the partner",
}
FOR_STAFF = {"operations.py", "watch.py"}


def selector_queries() -> Iterator[tuple[str, str, str]]:
    """File, function and source of every expression in a selector that starts a query of an owned model."""
    names = {model.__name__ for model in owned()}
    for path in sorted(Path(sync.selectors.__file__).parent.glob("*.py")):
        if path.name in FOR_STAFF:
            continue
        tree = ast.parse(path.read_text())
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for name, source in _chains(function):
                if name in names:
                    yield path.name, function.name, source


def _chains(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for node in ast.walk(function):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr="objects"), attr=method)
            ):
                yield (
                    name,
                    f"{method}({', '.join(ast.unparse(each) for each in [*node.args, *node.keywords])})",
                )


def test_every_selector_filters_by_partner_itself() -> None:
    queries = list(selector_queries())
    assert len(queries) > 10
    forgetful_ones = {
        (file, function): source
        for file, function, source in queries
        if source.split("(")[0] not in FILTERS and "partner=" not in source
    }
    assert forgetful_ones.keys() <= TIED.keys(), forgetful_ones
