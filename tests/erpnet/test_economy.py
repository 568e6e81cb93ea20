"""What a client costs an instance: tokens, sessions, requests at once and a minute. Over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from erpnet import DomainApi, Query, TrustedApplication
from erpnet.counters import Counters, SessionWatch
from erpnet.exceptions import ErpNetError, MalformedAnswer, RateLimited, Unauthorized
from erpnet.throttle import Throttle
from tests.erpnet.builders import token_answer

ORDERS = Query("Logistics_Procurement_PurchaseOrders")


@dataclass
class Instance:
    """Grants tokens one after another, takes those that are `good`, and notes what it sees."""

    url: str = ""
    expires_in: float = 3600
    pause: float = 0.0
    revoked: set[str] = field(default_factory=set)
    refuse_all: bool = False
    refusals: list[dict[str, str]] = field(default_factory=list)
    redirect: str = ""
    tokens: int = 0
    calls: list[str] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    lock: Any = field(default_factory=threading.Lock)

    def application(self) -> TrustedApplication:
        return TrustedApplication(self.url, "portal.test", "the-plain-secret")

    def openid(self) -> dict[str, str]:
        names = ("authorization_endpoint", "token_endpoint", "end_session_endpoint", "jwks_uri")
        return {"issuer": f"{self.url}/id"} | {name: f"{self.url}/id/{name}" for name in names}

    def grant(self) -> dict[str, Any]:
        with self.lock:
            self.tokens += 1
            number = self.tokens
        time.sleep(self.pause)
        return token_answer(f"token-{number}", expires_in=self.expires_in)

    def call(self, token: str) -> tuple[int, dict[str, str], Any]:
        with self.lock:
            self.calls.append(token)
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            refusal = self.refusals.pop(0) if self.refusals else None
        time.sleep(self.pause)
        with self.lock:
            self.under_way -= 1
        if self.redirect:
            return 302, {"Location": self.redirect}, None
        if refusal is not None:
            return 429, refusal, None
        if self.refuse_all or token in self.revoked:
            return 401, {}, None
        return 200, {}, {"value": []}


@pytest.fixture
def instance() -> Iterator[Instance]:
    served = Instance()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            match self.path.split("?")[0]:
                case "/id/.well-known/openid-configuration":
                    self.reply(200, {}, served.openid())
                case "/id/token_endpoint":
                    self.reply(200, {}, served.grant())
                case path if path.startswith("/api/"):
                    token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                    self.reply(*served.call(token))
                case _:
                    self.reply(404, {}, None)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def reply(self, status: int, headers: dict[str, str], content: Any) -> None:
            body = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Keep the tests' output to themselves."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def call_together(api: DomainApi, count: int) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda _: api.page(ORDERS), range(count)))


class TestTokens:
    def test_fault_10_fifty_threads_ask_for_one_token(self, instance: Instance) -> None:
        instance.pause = 0.02
        call_together(DomainApi(instance.application(), requests_at_once=50), 50)
        assert instance.tokens == 1
        assert instance.calls == ["token-1"] * 50

    def test_at_80_per_cent_of_its_life_fifty_threads_renew_it_once(self, instance: Instance) -> None:
        instance.expires_in = 1.0
        api = DomainApi(instance.application(), requests_at_once=50)
        api.page(ORDERS)
        instance.expires_in = 3600
        time.sleep(0.85)
        call_together(api, 50)
        assert instance.calls == ["token-1"] + ["token-2"] * 50
        assert (instance.tokens, api.counters.renewals) == (2, 1)

    def test_fault_09_fifty_threads_with_a_revoked_token_renew_it_once(self, instance: Instance) -> None:
        api = DomainApi(instance.application(), requests_at_once=50)
        api.page(ORDERS)
        instance.revoked.add("token-1")
        instance.pause = 0.05
        call_together(api, 50)
        assert instance.tokens == 2
        assert instance.calls.count("token-2") == 50
        assert api.counters.renewals == 1

    def test_fault_09_a_service_that_is_not_let_in_costs_two_requests_a_call(
        self, instance: Instance
    ) -> None:
        instance.refuse_all = True
        api = DomainApi(instance.application())
        with pytest.raises(Unauthorized):
            api.page(ORDERS)
        assert instance.calls == ["token-1", "token-2"]
        assert api.counters.sessions == 0


class TestRate:
    @pytest.mark.parametrize("at_once", [1, 3])
    def test_no_more_requests_are_under_way_than_allowed_and_none_fails(
        self, instance: Instance, at_once: int
    ) -> None:
        instance.pause = 0.03
        api = DomainApi(instance.application(), requests_at_once=at_once)
        call_together(api, 12)
        assert instance.most_under_way == at_once
        assert api.counters.requests == len(instance.calls) == 12

    def test_beyond_the_requests_of_a_minute_a_call_waits_instead_of_failing(
        self, instance: Instance
    ) -> None:
        api = DomainApi(instance.application(), requests_per_minute=2)
        for _ in range(2):
            api.page(ORDERS)

        def ask_once_more() -> None:
            with suppress(ErpNetError):  # The minute ends long after this test.
                api.page(ORDERS)

        waiting = threading.Thread(target=ask_once_more, daemon=True)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert len(instance.calls) == 2

    @pytest.mark.parametrize("setting", ["requests_per_minute", "requests_at_once"])
    def test_a_limit_of_none_is_refused(self, instance: Instance, setting: str) -> None:
        limits: dict[str, Any] = {setting: 0}
        with pytest.raises(ValueError, match="At least one"):
            DomainApi(instance.application(), **limits)

    def test_tells_how_long_until_so_many_requests_may_go_out(self) -> None:
        clock = [1000.0]
        throttle = Throttle(3, clock=lambda: clock[0])
        assert throttle.seconds_until_free(3) == 0.0
        throttle.wait()
        clock[0] += 10
        throttle.wait()
        assert throttle.seconds_until_free(1) == 0.0
        assert throttle.seconds_until_free(2) == 51.0, "when the first of them is a minute ago"
        assert throttle.seconds_until_free(3) == throttle.seconds_until_free(99) == 61.0
        clock[0] += 51
        assert throttle.seconds_until_free(2) == 0.0

    def test_a_turn_is_given_back_by_whoever_fails(self) -> None:
        throttle = Throttle(600, 1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError), throttle.turn():
                raise ZeroDivisionError


class TestBackingOff:
    @pytest.fixture
    def waits(self) -> Iterator[list[float]]:
        """The seconds that were asked for before each repetition, whatever the clock made of them."""
        asked_for: list[float] = []

        def note(details: RetryDetails) -> None:
            asked_for.append(details.wait_for)

        set_on_retry_hooks([note])
        yield asked_for
        set_on_retry_hooks(None)

    def test_fault_11_a_retry_after_in_seconds_is_waited_for(self, instance: Instance) -> None:
        instance.refusals = [{"Retry-After": "1"}]
        assert self.seconds_for_a_page(instance) >= 1

    def test_fault_11_a_retry_after_that_is_a_date_is_waited_for(self, instance: Instance) -> None:
        instance.refusals = [{"Retry-After": formatdate(time.time() + 2, usegmt=True)}]
        assert self.seconds_for_a_page(instance) >= 1

    def test_without_one_the_wait_has_jitter(self, instance: Instance, waits: list[float]) -> None:
        for _ in range(3):
            instance.refusals = [{}]
            self.seconds_for_a_page(instance)
        assert len(set(waits)) == 3
        assert min(waits) >= 0.5

    @pytest.mark.parametrize(
        "value", ["9" * 12, "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"], ids=["long", "endless", "date"]
    )
    def test_an_absurd_one_is_capped_and_left_to_the_caller(self, instance: Instance, value: str) -> None:
        instance.refusals = [{"Retry-After": value}]
        with pytest.raises(RateLimited) as caught:
            DomainApi(instance.application()).page(ORDERS)
        assert caught.value.retry_after == 3600
        assert len(instance.calls) == 1

    @pytest.mark.parametrize("value", ["", "soon", "-5", "Wed, 21 Oct 2015 07:28:00 +" + "9" * 20])
    def test_one_that_says_nothing_is_none(self, instance: Instance, value: str) -> None:
        instance.refusals = [{"Retry-After": value}]
        with pytest.raises(RateLimited) as caught:
            DomainApi(instance.application()).create("General_Currencies_Currencies", {})
        assert caught.value.retry_after is None

    def seconds_for_a_page(self, instance: Instance) -> float:
        api = DomainApi(instance.application())
        started = time.monotonic()
        with stamina.set_testing(False):
            api.page(ORDERS)
        assert (api.counters.rate_limited, api.counters.retries, api.counters.requests) == (1, 1, 2)
        return time.monotonic() - started


def test_a_redirect_is_not_followed(instance: Instance) -> None:
    instance.redirect = f"{instance.url}/api/domain/odata/Elsewhere"
    with pytest.raises(MalformedAnswer, match="redirect"):
        DomainApi(instance.application()).page(ORDERS)
    assert len(instance.calls) == 1


class TestCounters:
    def test_they_tell_what_a_client_has_cost(self, instance: Instance) -> None:
        instance.pause = 0.05
        api = DomainApi(instance.application())
        for _ in range(3):
            api.page(ORDERS)
        counters = api.counters
        assert (counters.requests, counters.sessions, counters.renewals) == (3, 1, 0)
        assert counters.bytes == 3 * len('{"value": []}')
        assert 0.15 <= counters.seconds < 1

    def test_a_new_token_opens_a_session_with_its_first_call(self, instance: Instance) -> None:
        api = DomainApi(instance.application())
        api.page(ORDERS)
        instance.revoked.add("token-1")
        api.page(ORDERS)
        api.page(ORDERS)
        assert (api.counters.sessions, api.counters.renewals) == (2, 1)

    def test_they_add_up_from_many_threads(self) -> None:
        counters = Counters()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: counters.add(requests=1, seconds=0.5), range(4000)))
        assert (counters.requests, counters.seconds) == (4000, 2000.0)


class TestSessions:
    """https://docs.erp.net/dev/auth/sessions/overview.html"""

    def opened(self, *calls: tuple[float, str]) -> list[bool]:
        """Which of the calls, each at a minute and with a token, opens a session."""
        minute = 0.0
        watch = SessionWatch(clock=lambda: minute * 60)
        answers = []
        for minute, token in calls:  # noqa: B007 - the clock reads it
            answers.append(watch.opens(token))
        return answers

    def test_a_session_lives_on_as_long_as_it_is_used(self) -> None:
        assert self.opened((0, "a"), (20, "a"), (40, "a"), (59.9, "a")) == [True, False, False, False]

    def test_after_twenty_idle_minutes_the_next_call_opens_another(self) -> None:
        assert self.opened((0, "a"), (20.1, "a"), (21, "a")) == [True, True, False]

    def test_after_an_hour_the_next_call_opens_another_however_busy_it_was(self) -> None:
        calls = [(10.0 * number, "a") for number in range(8)]
        assert self.opened(*calls) == [True, False, False, False, False, False, True, False]

    def test_each_token_has_a_session_of_its_own(self) -> None:
        assert self.opened((0, "a"), (1, "b"), (2, "a"), (3, "b")) == [True, True, False, False]
