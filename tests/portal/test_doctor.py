"""`manage.py doctor`: each line pass or FAIL with what to do, and never a secret."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
import responses
import stamina
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from erpnet import TrustedApplication
from portal.doctor import Finding, examine
from tests.accounts.provider import rsa_key
from tests.erpnet import builders

TOKEN = "service-token-value"
JWKS = {
    "keys": [
        json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa_key("first").public_key()))
        | {"kid": "k", "use": "sig"}
    ]
}


@pytest.fixture
def erp() -> Iterator[responses.RequestsMock]:
    """An instance where all is well."""
    with stamina.set_testing(True), responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for path in ("/tools/auto-discovery", "/sys/auto-discovery"):
            mock.get(builders.ROOT + path, status=404)
        builders.serve_identity(mock, TOKEN)
        mock.get(builders.OPENID["jwks_uri"], json=JWKS)
        mock.get(builders.OPENID["authorization_endpoint"], status=302, headers={"Location": "/id/login"})
        mock.get(f"{builders.ODATA}/GetVersion", json={"value": "26.2.1"})
        yield mock


@pytest.fixture
def application() -> TrustedApplication:
    return builders.application(
        impersonate_login_urls=("http://localhost:8000/signin-callback",),
        impersonate_logout_urls=("http://localhost:8000/signout-callback",),
    )


@pytest.fixture
def beat(db: None) -> Any:
    every = IntervalSchedule.objects.create(every=20, period=IntervalSchedule.SECONDS)
    return PeriodicTask.objects.create(
        name="Sweep", task="sync.sweep", interval=every, last_run_at=timezone.now()
    )


def findings(application: TrustedApplication) -> dict[str, Finding]:
    return {finding.step: finding for finding in examine(application, patience=0.2)}


def test_a_healthy_portal_passes_each_step_but_the_workers_that_no_test_starts(
    erp: Any, application: TrustedApplication, beat: Any, broker: Any
) -> None:
    found = findings(application)
    assert list(found) == [
        "Site discovery",
        "Instance ID metadata",
        "Signing keys",
        "Redirect addresses",
        "Service token",
        "Domain API",
        "PostgreSQL",
        "Redis",
        "Workers",
        "Beat",
        "Jobs",
    ]
    assert [step for step, finding in found.items() if not finding.passed] == ["Workers"]
    assert "-Q erpnet -c 1" in found["Workers"].cure
    assert "26.2.1" in found["Domain API"].detail


def test_an_unregistered_redirect_address_is_named(
    erp: Any, application: TrustedApplication, broker: Any, db: None
) -> None:
    erp.replace("GET", builders.OPENID["authorization_endpoint"], status=400)
    finding = findings(application)["Redirect addresses"]
    assert not finding.passed
    assert "http://localhost:8000/signin-callback" in finding.cure


def test_a_scope_that_was_not_granted_is_named(
    erp: Any, application: TrustedApplication, broker: Any, db: None
) -> None:
    erp.replace("POST", builders.OPENID["token_endpoint"], json=builders.token_answer(TOKEN, scope="read"))
    finding = findings(application)["Service token"]
    assert not finding.passed
    assert "update" in finding.cure


def test_a_wrong_secret_ends_the_way_into_erpnet_and_the_rest_is_still_examined(
    erp: Any, application: TrustedApplication, broker: Any, db: None
) -> None:
    erp.replace("POST", builders.OPENID["token_endpoint"], status=400, json={"error": "invalid_client"})
    found = findings(application)
    failed = found[f"ERP.net at {builders.ROOT}"]
    assert "ERPNET_APPLICATION_SECRET" in failed.cure
    assert "Domain API" not in found
    assert found["PostgreSQL"].passed


def test_a_beat_that_stands_still_fails(
    erp: Any, application: TrustedApplication, beat: Any, broker: Any
) -> None:
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=5))
    assert "celery -A portal.celery beat" in findings(application)["Beat"].cure


def test_without_a_schedule_the_cure_is_another(
    erp: Any, application: TrustedApplication, broker: Any, db: None
) -> None:
    assert "manage.py schedule" in findings(application)["Beat"].cure


def test_jobs_that_are_late_are_named(
    erp: Any, application: TrustedApplication, beat: Any, broker: Any
) -> None:
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=6))
    assert findings(application)["Jobs"].detail == "late: Sweep"


def test_a_worker_that_takes_no_tasks_is_named(
    erp: Any, application: TrustedApplication, beat: Any, broker: Any
) -> None:
    PeriodicTask.objects.update(task="sync.canary", args='["erpnet"]', total_run_count=9)
    finding = findings(application)["Jobs"]
    assert "erpnet" in finding.detail
    assert "again" in finding.cure


def test_the_command_prints_no_secret_and_ends_with_1(
    erp: Any, application: TrustedApplication, settings: Any, broker: Any, db: None
) -> None:
    settings.TRUSTED_APPLICATION = application
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", patience=0.2, stdout=out)
    assert ended.value.code == 1
    text = out.getvalue()
    assert "pass  Site discovery" in text
    assert "FAIL  Workers" in text
    assert "What to do:" in text
    for secret in (
        builders.SECRET,
        TOKEN,
        settings.SECRET_KEY,
        settings.DATABASES["default"]["PASSWORD"] or TOKEN,
    ):
        assert secret not in text


def test_settings_name_the_application_that_is_examined() -> None:
    assert settings.TRUSTED_APPLICATION.login_url == "http://localhost:8000/signin-callback"
