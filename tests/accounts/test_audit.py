"""The audit trail only grows, and takes whatever it is given."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import AuditEvent
from accounts.tenancy import acting_for
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


def test_the_trail_outlives_the_person() -> None:
    user = make_user()
    audit.record(AuditEvent.Kind.SIGN_OUT, user=user)
    user.delete()
    assert AuditEvent.objects.get().login == "maria@rila-textiles.example"


def test_a_subject_from_outside_is_made_safe() -> None:
    audit.record(AuditEvent.Kind.REFUSAL, subject="GET /\x00\n\ud800" + "x" * 300)
    assert AuditEvent.objects.get().subject == ("GET /" + "x" * 300)[:197]
