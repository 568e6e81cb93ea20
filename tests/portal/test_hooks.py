"""ERP.net's web hooks: who has the secret may ask a stream to pull soon, and nobody may do more."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from sync.models import Run, Stream
from sync.services.hooks import SETTLES_AFTER, start_asked_runs
from sync.services.runs import start_run
from sync.services.sweep import sweep
from tests.conftest import PortalClient

pytestmark = pytest.mark.django_db

SECRET = "a-secret-of-thirty-two-or-more-characters"
ORDERS = "/hooks/erpnet/orders"
BODY = b'{"Id": "7"}'
WITH_SECRET = {"X-Auth-Token": SECRET}


@pytest.fixture(autouse=True)
def hooks(settings: Settings) -> Any:
    settings.ERPNET_WEB_HOOK_SECRET = SECRET
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def erpnet(client: PortalClient) -> Client:
    """ERP.net brings no cookie and no form token."""
    client.handler.enforce_csrf_checks = True
    return client


def signed(body: bytes, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    moment = str(int(time.time() if at is None else at))
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Signature": f"t={moment},v1={made}"}


def call(client: Client, headers: dict[str, str], *, address: str = ORDERS, body: bytes = BODY) -> int:
    answer = client.post(address, body, content_type="application/json", headers=headers)
    return int(answer.status_code)


def settle() -> None:
    """As if the hooks of so far had come a while ago."""
    for name in ("orders", "receipts"):
        if cache.get(f"web-hook:{name}"):
            cache.set(f"web-hook:{name}", time.time() - SETTLES_AFTER - 1)


class TestWhoMayCall:
    def test_erpnet_with_the_secret_in_its_header(self, erpnet: Client) -> None:
        assert call(erpnet, WITH_SECRET) == 202

    def test_a_relay_that_signs_what_it_hands_on(self, erpnet: Client) -> None:
        assert call(erpnet, signed(BODY)) == 202

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X-Auth-Token": "another-secret-of-thirty-two-characters"},
            {"X-Auth-Token": "пароль"},
            signed(b'{"Id": "8"}'),
            signed(BODY, secret="another"),
            signed(BODY, at=time.time() - 6 * 60),
            signed(BODY, at=time.time() + 24 * 60 * 60),
            {"X-Signature": "t=²,v1=0"},
            {"X-Signature": "v1=0"},
            {"X-Signature": ",,="},
        ],
        ids=[
            "nothing", "another secret", "no letters of a header", "another body", "another key", "too old",
            "from the future", "no number", "no moment", "nonsense",
        ],
    )  # fmt: skip
    def test_to_anybody_else_there_is_nothing(self, erpnet: Client, headers: dict[str, str]) -> None:
        assert call(erpnet, headers) == 404
        start_asked_runs()
        assert not Run.objects.exists()

    def test_a_large_body_is_not_read_to_check_its_signature(self, erpnet: Client) -> None:
        body = b"x" * (64 * 1024 + 1)
        assert call(erpnet, signed(body), body=body) == 404

    @pytest.mark.parametrize("length", ["\N{SUPERSCRIPT TWO}", "9" * 5000])
    def test_a_length_that_is_none_breaks_nothing(self, erpnet: Client, length: str) -> None:
        answer = erpnet.post(
            "/hooks/erpnet/orders",
            data=b"{}",
            content_type="application/json",
            headers=signed(b"{}"),
            CONTENT_LENGTH=length,
        )
        assert answer.status_code == 404

    def test_without_a_secret_of_our_own_there_are_no_hooks(self, erpnet: Client, settings: Settings) -> None:
        settings.ERPNET_WEB_HOOK_SECRET = ""
        assert call(erpnet, {}) == 404
        assert call(erpnet, {"X-Auth-Token": ""}) == 404
        assert call(erpnet, signed(BODY, secret="")) == 404

    @pytest.mark.parametrize("stream", ["stock", "nonsense", "orders%00"])
    def test_what_is_no_stream_of_changes_cannot_be_asked_for(self, erpnet: Client, stream: str) -> None:
        assert call(erpnet, WITH_SECRET, address=f"/hooks/erpnet/{stream}") == 404

    def test_the_secret_is_in_no_log(self, erpnet: Client, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level("DEBUG"):
            call(erpnet, WITH_SECRET)
            call(erpnet, {"X-Auth-Token": SECRET[:-1]})
        assert SECRET[:-1] not in caplog.text


class TestWhatComesOfIt:
    def test_a_run_once_erpnet_has_had_time_to_commit(self, erpnet: Client) -> None:
        call(erpnet, WITH_SECRET)
        sweep()
        assert not Run.objects.exists()
        settle()
        sweep()
        run = Run.objects.get()
        assert (run.stream_id, run.mode, run.trigger) == ("orders", Run.Mode.INCREMENTAL, "web_hook")

    def test_one_run_however_often_it_calls(self, erpnet: Client) -> None:
        for _call in range(20):
            assert call(erpnet, WITH_SECRET) == 202
        settle()
        for _sweep in range(3):
            start_asked_runs()
        assert Run.objects.count() == 1

    def test_what_changed_while_a_run_was_at_it_is_pulled_after_it(self, erpnet: Client) -> None:
        run = start_run("orders", trigger=Run.Trigger.PERSON)
        Run.objects.update(turn=1)
        call(erpnet, WITH_SECRET)
        settle()
        start_asked_runs()
        assert Run.objects.get() == run
        Run.objects.update(state=Run.State.DONE)
        start_asked_runs()
        assert Run.objects.filter(trigger="web_hook").count() == 1

    def test_a_run_that_has_not_begun_sees_it_anyway(self, erpnet: Client) -> None:
        start_run("orders", trigger=Run.Trigger.PERSON)
        call(erpnet, WITH_SECRET)
        settle()
        start_asked_runs()
        Run.objects.update(state=Run.State.DONE)
        start_asked_runs()
        assert Run.objects.count() == 1

    def test_each_stream_is_asked_for_by_itself(self, erpnet: Client) -> None:
        call(erpnet, WITH_SECRET)
        call(erpnet, WITH_SECRET, address="/hooks/erpnet/receipts")
        settle()
        start_asked_runs()
        assert set(Stream.objects.values_list("pk", flat=True)) == {"orders", "receipts"}

    def test_where_it_cannot_be_remembered_erpnet_is_told_to_call_again(
        self, erpnet: Client, settings: Settings
    ) -> None:
        backend = "django.core.cache.backends.redis.RedisCache"
        ours = settings.CACHES
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}
        assert call(erpnet, WITH_SECRET) == 503
        settings.CACHES = ours
