"""Alerts: one for each thing that is wrong, told once, over when it is."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend as LocMemBackend
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import AuditEvent
from accounts.services.invitations import mail_is_set_up
from sync.mail import send_due_alerts
from sync.models import Alert, Run, Stream
from sync.services.alerts import LICENCE_REFUSALS, close_alert, dismiss_alert, raise_alert, tell_of_end
from sync.services.runs import start_run
from tests.accounts.builders import make_user
from tests.sync.erp import Erp
from tests.sync.together import wait_until_somebody_waits

pytestmark = pytest.mark.django_db

RUN = Alert.Kind.RUN
OPS = "ops@vitosha.example"


@pytest.fixture
def mailed(settings: Settings) -> Settings:
    settings.EMAIL_URL = "smtp://mail.vitosha.example"
    settings.ALERT_MAIL = [OPS]
    assert mail_is_set_up()
    return settings


class BrokenServer(BaseEmailBackend):
    def send_messages(self, email_messages: Any) -> int:
        raise SMTPServerDisconnected


class SlowServer(LocMemBackend):
    def send_messages(self, messages: Any) -> int:
        time.sleep(0.5)
        return int(super().send_messages(messages))


def test_the_same_thing_raised_again_is_one_alert_with_the_newest_message() -> None:
    first = raise_alert(RUN, "orders", "ERP.net refuses the service.")
    again = raise_alert(RUN, "orders", "ERP.net still refuses the service.")
    assert again == first
    assert Alert.objects.get().message == "ERP.net still refuses the service."


def test_what_went_wrong_again_after_it_was_over_is_another_alert() -> None:
    first = raise_alert(RUN, "orders", "Once.")
    assert close_alert(RUN, "orders")
    ended(first, minutes=61)
    assert raise_alert(RUN, "orders", "Twice.") != first
    assert Alert.objects.filter(closed_at=None).count() == 1


class TestWhatComesAndGoes:
    """A line to ERP.net that breaks every few minutes."""

    def test_is_one_alert_mailed_once(self, mailed: Settings, caplog: pytest.LogCaptureFixture) -> None:
        first = raise_alert(RUN, "orders", "Once.")
        for flap in range(3):
            send_due_alerts()
            close_alert(RUN, "orders")
            ended(first, minutes=59)
            assert raise_alert(RUN, "orders", f"Again, {flap}.") == first
        send_due_alerts()
        alert = Alert.objects.get()
        assert (alert.closed_at, alert.message) == (None, "Again, 2.")
        assert alert.opened_at > timezone.now() - timedelta(minutes=1)
        assert len(outbox.outbox) == 1
        assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1

    def test_is_mailed_where_the_first_time_was_over_before_its_mail(self, mailed: Settings) -> None:
        raise_alert(RUN, "orders", "Once.")
        close_alert(RUN, "orders")
        send_due_alerts()
        assert outbox.outbox == []
        raise_alert(RUN, "orders", "Twice.")
        send_due_alerts()
        assert len(outbox.outbox) == 1

    def test_is_mailed_again_when_it_had_been_over_for_an_hour(self, mailed: Settings) -> None:
        first = raise_alert(RUN, "orders", "Once.")
        send_due_alerts()
        close_alert(RUN, "orders")
        ended(first, minutes=61)
        raise_alert(RUN, "orders", "Twice.")
        send_due_alerts()
        assert len(outbox.outbox) == 2

    def test_is_not_mixed_up_with_another_subject(self) -> None:
        first = raise_alert(RUN, "orders", "Once.")
        close_alert(RUN, "orders")
        assert raise_alert(RUN, "invoices", "Once.") != first
        assert raise_alert(Alert.Kind.WORKER, "orders", "Once.") != first


@pytest.mark.django_db(transaction=True)
def test_what_two_raise_at_once_just_when_it_was_over_is_open_once() -> None:
    """The first finds it open and gone the next moment; the second finds it closed, and the first one's not yet."""
    raise_alert(RUN, "orders", "Before.")
    raised, is_raised = [], threading.Event()

    def raise_and_commit_late() -> None:
        try:
            with transaction.atomic():
                raised.append(raise_alert(RUN, "orders", "Once."))
                is_raised.set()
                wait_until_somebody_waits()
        finally:
            connection.close()

    other = threading.Thread(target=raise_and_commit_late)
    with transaction.atomic():
        close_alert(RUN, "orders")
        other.start()
        wait_until_somebody_waits()
    assert is_raised.wait(10)
    raised.append(raise_alert(RUN, "orders", "Twice."))
    other.join()

    alert = Alert.objects.get(closed_at=None)
    assert (raised, alert.message) == ([alert.pk, alert.pk], "Twice.")


def ended(alert: int, *, minutes: int) -> None:
    """Let an alert have been closed so long ago."""
    Alert.objects.filter(pk=alert).update(closed_at=timezone.now() - timedelta(minutes=minutes))


def test_other_subjects_and_kinds_stay_open() -> None:
    raise_alert(RUN, "orders", "Failed.")
    raise_alert(RUN, "stock", "Refused.")
    raise_alert(Alert.Kind.WORKER, "orders", "Silent.")
    close_alert(RUN, "orders")
    assert set(Alert.objects.filter(closed_at=None).values_list("kind", "subject")) == {
        ("run", "stock"),
        ("worker", "orders"),
    }


def test_closing_what_nobody_raised_is_no_matter() -> None:
    assert not close_alert(RUN, "orders")


def test_an_alert_is_an_error_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    raise_alert(RUN, "orders", "ERP.net refuses the service.")
    raise_alert(RUN, "orders", "ERP.net refuses the service.")
    told = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage() for record in told] == [
        "A run failed or was refused (orders): ERP.net refuses the service."
    ]


def test_the_bell_for_the_mail_is_rung_once(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as bells:
        raise_alert(RUN, "orders", "Failed.")
        raise_alert(RUN, "orders", "Failed.")
    assert len(bells) == 1


def test_one_mail_tells_of_all_that_is_new(mailed: Settings) -> None:
    raise_alert(RUN, "orders", "ERP.net refuses the service.")
    raise_alert(RUN, "stock", "Half of it is gone.")
    send_due_alerts()
    send_due_alerts()
    (mail,) = outbox.outbox
    assert mail.to == [OPS]
    assert "and 1 more" in mail.subject
    for word in ("orders", "ERP.net refuses the service.", "Half of it is gone.", "/admin/sync/alert/"):
        assert word in mail.body


def test_what_is_over_is_not_mailed(mailed: Settings) -> None:
    raise_alert(RUN, "orders", "Failed.")
    close_alert(RUN, "orders")
    send_due_alerts()
    assert outbox.outbox == []


def test_a_mail_that_failed_is_sent_later(mailed: Settings) -> None:
    raise_alert(RUN, "orders", "Failed.")
    ours = mailed.EMAIL_BACKEND
    mailed.EMAIL_BACKEND = f"{__name__}.BrokenServer"
    send_due_alerts()
    mailed.EMAIL_BACKEND = ours
    send_due_alerts()
    assert len(outbox.outbox) == 1


def test_nobody_to_tell_is_no_error(settings: Settings) -> None:
    raise_alert(RUN, "orders", "Failed.")
    send_due_alerts()
    assert Alert.objects.get().mailed_at is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_mail(mailed: Settings) -> None:
    mailed.EMAIL_BACKEND = f"{__name__}.SlowServer"
    raise_alert(RUN, "orders", "Failed.")
    start = threading.Barrier(2)

    def send() -> None:
        start.wait()
        send_due_alerts()
        connection.close()

    workers = [threading.Thread(target=send) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(outbox.outbox) == 1


def test_a_person_closes_it_with_a_reason_once() -> None:
    user = make_user()
    alert = Alert.objects.get(pk=raise_alert(RUN, "orders", "Failed."))
    assert dismiss_alert(alert, user=user, reason="Known: maintenance.")
    assert not dismiss_alert(alert, user=user, reason="Again.")
    kept = AuditEvent.objects.get(subject=f"alert {alert.pk}")
    assert (kept.kind, kept.detail) == ("staff", {"action": "dismiss", "reason": "Known: maintenance."})


class TestARun:
    def test_that_failed_is_an_alert_until_the_next_good_one(self, erp: Erp) -> None:
        erp.fail("unauthorized", times=5)
        run = erp.pull("orders")
        alert = Alert.objects.get()
        assert (alert.kind, alert.subject, alert.message) == ("run", "orders", run.message)
        erp.sandbox.instance.faults.clear()
        erp.pull("directory")
        assert not Alert.objects.exclude(closed_at=None).exists(), "another stream speaks for itself alone"
        erp.pull("orders")
        assert not Alert.objects.filter(closed_at=None).exists()

    def test_that_was_refused_is_one(self, erp: Erp) -> None:
        erp.pull("stock")
        erp.sandbox.instance.balances.shift(change=0, remove=60)
        erp.pull("stock")
        assert Alert.objects.get().subject == "stock"

    def test_that_only_tried_is_none(self) -> None:
        stream = Stream.objects.create(pk="stock")
        run = Run.objects.create(
            stream=stream, mode="snapshot", trigger="person", state="refused", dry_run=True
        )
        tell_of_end(run)
        assert not Alert.objects.exists()

    def test_a_reconciliation_is_told_of_apart(self) -> None:
        stream = Stream.objects.create(pk="orders")
        failed = Run(stream=stream, mode=Run.Mode.RECONCILIATION, state=Run.State.FAILED, message="No.")
        tell_of_end(failed)
        tell_of_end(Run(stream=stream, mode=Run.Mode.INCREMENTAL, state=Run.State.DONE))
        assert Alert.objects.get().closed_at is None

    def test_without_a_licence_for_minutes_is_one_until_it_gets_through(self, erp: Erp) -> None:
        run = start_run("orders", trigger=Run.Trigger.SCHEDULE)
        for _refusal in range(LICENCE_REFUSALS):
            assert not Alert.objects.exists()
            erp.fail("no-licence")
            erp.slice(run)
            Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert Alert.objects.get().kind == "licences"
        erp.slice(run)
        assert Alert.objects.get().closed_at is not None
