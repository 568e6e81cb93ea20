"""The audit trail: one row for each exchange, batched, and never in anybody's way."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from erpnet import audit
from erpnet.audit import AuditTrail
from erpnet.models import ApiCall
from erpnet.transport import Exchange

pytestmark = pytest.mark.django_db(transaction=True)


def exchange(**changes: Any) -> Exchange:
    values: dict[str, Any] = {
        "at": dt.datetime.now(dt.UTC),
        "kind": "api",
        "method": "GET",
        "path": "/api/domain/odata/General_Products_Products",
        "status": 200,
        "seconds": 0.25,
        "bytes": 1000,
        "correlation_id": "an-id",
        "error": "",
        **changes,
    }
    return Exchange(**values)


@contextmanager
def database_without_the_table() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE erpnet_apicall RENAME TO away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE away RENAME TO erpnet_apicall")


def test_an_exchange_becomes_a_row() -> None:
    trail = AuditTrail()
    trail(exchange(kind="token", method="POST", path="/id/connect/token", error="x" * 1000))
    trail.flush()
    row = ApiCall.objects.get()
    assert (row.kind, row.method, row.path) == ("token", "POST", "/id/connect/token")
    assert (row.status, row.milliseconds, row.bytes, row.correlation_id) == (200, 250, 1000, "an-id")
    assert len(row.error) == 300


def test_rows_are_written_in_batches() -> None:
    trail = AuditTrail(batch=10, seconds=3600)
    for _ in range(9):
        trail(exchange())
    assert ApiCall.objects.count() == 0
    trail(exchange())
    assert ApiCall.objects.count() == 10


def test_a_row_does_not_wait_for_ever() -> None:
    trail = AuditTrail(batch=100, seconds=0)
    trail(exchange())
    assert ApiCall.objects.count() == 1


def test_a_transaction_that_fails_takes_no_rows_along() -> None:
    trail = AuditTrail(batch=1)
    with transaction.atomic():
        trail(exchange())
        trail.flush()
        transaction.set_rollback(True)
    trail.flush()
    assert ApiCall.objects.count() == 1


def test_another_thread_leaves_the_writing_to_the_trails_own() -> None:
    trail = AuditTrail(batch=1)
    thread = threading.Thread(target=trail, args=(exchange(),))
    thread.start()
    thread.join()
    assert ApiCall.objects.count() == 0
    trail.flush()
    assert ApiCall.objects.count() == 1


def test_what_the_database_does_not_take_now_is_kept_for_later(caplog: pytest.LogCaptureFixture) -> None:
    trail = AuditTrail(batch=2, seconds=3600)
    with database_without_the_table():
        for number in range(5):
            trail(exchange(path=f"/{number}"))
    # Tried once and not again at once: each attempt may cost a connection's timeout.
    assert caplog.text.count("could not be written") == 1
    trail.flush()
    trail.flush()
    assert sorted(ApiCall.objects.values_list("path", flat=True)) == [f"/{number}" for number in range(5)]


def test_a_row_that_can_never_be_written_takes_no_other_along(caplog: pytest.LogCaptureFixture) -> None:
    trail = AuditTrail()
    for number in range(3):
        trail(exchange(path=f"/{number}", method="LONGER THAN EIGHT" if number == 1 else "GET"))
    trail.flush()
    trail.flush()
    assert sorted(ApiCall.objects.values_list("path", flat=True)) == ["/0", "/2"]
    assert caplog.text.count("is left out") == 1


def test_no_more_is_kept_than_the_limit_and_the_log_says_how_many_were_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    trail = AuditTrail(limit=2, seconds=3600)
    for number in range(5):
        trail(exchange(path=f"/{number}"))
    trail.flush()
    assert sorted(ApiCall.objects.values_list("path", flat=True)) == ["/3", "/4"]
    assert "3 audit rows were dropped" in caplog.text


def test_nothing_is_lost_or_written_twice_while_other_threads_record() -> None:
    trail = AuditTrail(batch=5, seconds=3600)

    def record_many() -> None:
        for _ in range(300):
            trail(exchange())

    threads = [threading.Thread(target=record_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        trail.flush()
    trail.flush()
    assert ApiCall.objects.count() == 1200


def test_the_web_tier_records_at_once() -> None:
    audit.record(exchange())
    assert ApiCall.objects.count() == 1


def test_a_row_that_fails_does_not_break_the_transaction_around_it() -> None:
    with transaction.atomic():
        audit.record(exchange(method="LONGER THAN EIGHT"))
        audit.record(exchange())
    assert ApiCall.objects.count() == 1


def test_old_rows_are_forgotten() -> None:
    now = dt.datetime.now(dt.UTC)
    for days in (1, 40):
        audit.record(exchange(at=now - dt.timedelta(days=days)))
    assert audit.forget_before(now - dt.timedelta(days=30)) == 1
    assert ApiCall.objects.count() == 1
    assert connection.in_atomic_block is False


@pytest.mark.parametrize("address", ["add/", "1/delete/"])
def test_staff_can_read_the_trail_and_not_change_it(address: str) -> None:
    audit.record(exchange())
    row = ApiCall.objects.get()
    client = Client()
    client.force_login(staff_member())
    assert client.get("/admin/erpnet/apicall/").status_code == 200
    page = client.get(f"/admin/erpnet/apicall/{row.pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert client.get(f"/admin/erpnet/apicall/{address.replace('1', str(row.pk))}").status_code == 403


def staff_member() -> User:
    return User.objects.create(
        issuer="https://mycompany.my.erp.net/id",
        erp_id="0bf6b45c-7ec1-484d-9f84-00072b77fabb",
        login="ops",
        user_type=User.UserType.INTERNAL,
        is_staff=True,
        is_superuser=True,
    )
