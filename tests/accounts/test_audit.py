"""The audit trail only grows, and takes whatever it is given."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import AuditEvent
from accounts.tenancy import acting_as_person, acting_as_staff, acting_for, speaking_of
from erpnet import correlation
from tests.accounts.builders import make_partner, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> AuditEvent:
    audit.record(AuditEvent.Kind.WRITE, subject="shipment 1")
    return AuditEvent.objects.get()


def test_the_database_refuses_to_change_or_remove_a_row(event: AuditEvent) -> None:
    for attempt in (
        lambda: AuditEvent.objects.update(succeeded=False),
        lambda: AuditEvent.objects.all().delete(),
        event.save,
        event.delete,
    ):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            attempt()
    assert AuditEvent.objects.get().subject == "shipment 1"


@pytest.mark.parametrize("role", ["portal_web", "portal_worker"])
def test_the_portals_roles_may_not_even_try(event: AuditEvent, role: str) -> None:
    for statement in (
        "UPDATE accounts_auditevent SET reason = ''",
        "DELETE FROM accounts_auditevent",
        "TRUNCATE accounts_auditevent",
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SET LOCAL ROLE {role}; {statement}")


def test_a_partner_can_leave_a_trace() -> None:
    partner, user = make_partner(), make_user()
    with correlation.use() as identifier, acting_for(partner):
        audit.record(AuditEvent.Kind.WRITE, user=user, partner_id=partner.pk, detail={"lines": 2})
    event = AuditEvent.objects.get()
    assert (event.user_id, event.login, event.partner_id) == (user.pk, user.login, partner.pk)
    assert (event.correlation_id, event.detail) == (identifier, {"lines": 2})


def _as(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")


def test_the_web_adds_no_line_about_a_partner_for_whom_it_does_not_act() -> None:
    partner, other, maria = make_partner(), make_partner("Northwind Metals"), make_user()
    _as("portal_web")
    for scope in (nullcontext(), acting_as_person(maria), acting_for(other), speaking_of(other.pk)):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(), scope:
            audit.record(AuditEvent.Kind.WRITE, partner_id=partner.pk)
    _as("NONE")
    assert not AuditEvent.objects.exists()


def test_the_web_adds_lines_about_whom_it_speaks_of_about_nobody_and_as_staff() -> None:
    partner, other = make_partner(), make_partner("Northwind Metals")
    with transaction.atomic():
        _as("portal_web")
        with acting_for(other):
            with speaking_of(partner.pk):
                audit.record(AuditEvent.Kind.REFUSAL, partner_id=partner.pk)
            audit.record(AuditEvent.Kind.WRITE, partner_id=other.pk)
        audit.record(AuditEvent.Kind.SIGN_IN)
        with acting_as_staff():
            audit.record(AuditEvent.Kind.ROLE, partner_id=partner.pk)
        _as("NONE")
    told = AuditEvent.objects.order_by("pk").values_list("partner_id", flat=True)
    assert list(told) == [partner.pk, other.pk, None, partner.pk]


def test_whom_one_spoke_of_is_forgotten_with_the_line() -> None:
    partner = make_partner()
    with speaking_of(partner.pk):
        audit.record(AuditEvent.Kind.REFUSAL, partner_id=partner.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('portal.partner_id', true)")
        assert not cursor.fetchone()[0]


def test_a_worker_adds_lines_about_anybody() -> None:
    partner = make_partner()
    with transaction.atomic():
        _as("portal_worker")
        audit.record(AuditEvent.Kind.ROLE, partner_id=partner.pk)
        with speaking_of(partner.pk):
            audit.record(AuditEvent.Kind.VIEW_AS, partner_id=partner.pk)
        assert AuditEvent.objects.count() == 2


def test_the_trail_outlives_the_person() -> None:
    user = make_user()
    audit.record(AuditEvent.Kind.SIGN_OUT, user=user)
    user.delete()
    assert AuditEvent.objects.get().login == "maria@rila-textiles.example"


def test_a_subject_from_outside_is_made_safe() -> None:
    audit.record(AuditEvent.Kind.REFUSAL, subject="GET /\x00\n\ud800" + "x" * 300)
    assert AuditEvent.objects.get().subject == ("GET /" + "x" * 300)[:197]
