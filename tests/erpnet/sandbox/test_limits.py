"""Licences, sessions and rate limits: what callers of a real instance have to live with."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import time_machine

from erpnet import DomainApi
from erpnet.exceptions import LicencesExhausted
from erpnet.query import Query
from erpnet.sandbox.gates import Full, Gate
from erpnet.sandbox.licences import ApiSessions
from erpnet.sandbox.odata.errors import Refusal
from erpnet.sandbox.options import NO_LIMITS, RateLimits
from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api

CURRENCIES = "General_Currencies_Currencies"
SERVICE = {"jti": "one", "client_system_user": "service"}


def disturb(sandbox: RunningInstance, **fault: Any) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/faults", json=fault, timeout=10)
    assert answer.status_code == 200, answer.text


class TestSessions:
    def test_a_token_has_one_session_that_an_idle_time_ends(self) -> None:
        sessions = ApiSessions(10)
        with time_machine.travel(1_000_000, tick=False) as clock:
            first = sessions.use(SERVICE)
            clock.shift(19 * 60)
            assert sessions.use(SERVICE) is first
            clock.shift(20 * 60)
            assert sessions.open() == []
            assert sessions.use(SERVICE) is not first
            assert len(sessions.all()) == sessions.opened == 2

    def test_a_service_has_to_open_another_one_after_an_hour(self) -> None:
        sessions = ApiSessions(10)
        with time_machine.travel(1_000_000, tick=False) as clock:
            first = sessions.use(SERVICE)
            for _ in range(5):
                clock.shift(10 * 60)
                assert sessions.use(SERVICE) is first
            clock.shift(10 * 60)
            assert sessions.use(SERVICE) is not first

    def test_each_token_and_each_process_takes_a_licence(self) -> None:
        sessions = ApiSessions(3)
        here, there = sessions.use(SERVICE, "process 1"), sessions.use(SERVICE, "process 2")
        assert sessions.is_shared(here)
        assert sessions.is_shared(there)
        other = sessions.use({**SERVICE, "jti": "two"}, "process 1")
        assert not sessions.is_shared(other)
        with pytest.raises(Refusal) as caught:
            sessions.use({**SERVICE, "jti": "three"}, "process 1")
        assert caught.value.kind == "MaximumLicenseCountExceeded"
        assert sessions.use(SERVICE, "process 1") is here

    def test_a_slot_is_free_once_a_session_ends(self) -> None:
        sessions = ApiSessions(1)
        with time_machine.travel(1_000_000, tick=False) as clock:
            sessions.use(SERVICE)
            clock.shift(20 * 60)
            assert sessions.use({**SERVICE, "jti": "two"})

    def test_few_of_those_that_ended_are_kept(self) -> None:
        sessions = ApiSessions(1)
        for number in range(300):
            sessions.use({**SERVICE, "jti": str(number)})
            sessions.end_all()
        assert len(sessions.all()) < 150
        assert sessions.opened == 300


def test_a_client_is_told_when_no_licence_is_left() -> None:
    with running_instance(licences=1) as sandbox:
        Api(sandbox).rows(CURRENCIES)
        with pytest.raises(LicencesExhausted):
            DomainApi(sandbox.application()).page(Query(CURRENCIES))
        assert requests.delete(f"{sandbox.url}/sandbox/sessions", timeout=10).json() == {"open": 0}
        assert DomainApi(sandbox.application()).page(Query(CURRENCIES)).rows


def test_a_token_in_a_second_process_takes_a_second_licence(fresh: RunningInstance) -> None:
    api = Api(fresh)
    api.rows(CURRENCIES)
    code = (
        "import sys, urllib.request as web\n"
        "web.urlopen(web.Request(sys.argv[1], headers={'Authorization': sys.argv[2]})).read()"
    )
    token = str(api.session.headers["Authorization"])
    subprocess.run([sys.executable, "-c", code, f"{api.root}{CURRENCIES}", token], check=True, timeout=30)
    state = requests.get(f"{fresh.url}/sandbox/state", timeout=10).json()
    assert state["licences_in_use"] == (2 if sys.platform == "linux" else 1)
    assert all(one["shared"] for one in state["sessions"]) == (sys.platform == "linux")


class TestRateLimits:
    def test_a_session_has_so_many_requests_a_minute(self) -> None:
        with running_instance(rate_limits=RateLimits(session_rpm=3)) as sandbox:
            api = Api(sandbox)
            assert [api.get("GetVersion").status_code for _ in range(4)] == [200, 200, 200, 429]
            assert "Retry-After" not in api.get("GetVersion").headers
            assert Api(sandbox).get("GetVersion").status_code == 200
            with time_machine.travel(0):  # The clock on the wall plays no part.
                assert api.get("GetVersion").status_code != 200

    def test_an_instance_may_say_when_to_come_again(self) -> None:
        with running_instance(rate_limits=RateLimits(session_rpm=1, retry_after=True)) as sandbox:
            api = Api(sandbox)
            api.get("GetVersion")
            assert 58 <= int(api.get("GetVersion").headers["Retry-After"]) <= 60

    def test_without_limits_nobody_is_refused(self) -> None:
        with running_instance(rate_limits=NO_LIMITS) as sandbox:
            api = Api(sandbox)
            assert {api.get("GetVersion").status_code for _ in range(700)} == {200}

    @pytest.mark.parametrize(("sessions", "refused"), [(1, 2), (8, 1)])
    def test_who_comes_when_the_queue_is_full_is_refused(self, sessions: int, refused: int) -> None:
        """One request of a session and two of all are under way, and five more wait."""
        with running_instance() as sandbox, ThreadPoolExecutor(8) as pool:
            apis = [Api(sandbox) for _ in range(sessions)]
            disturb(sandbox, kind="slow", seconds=0.3, times=8)
            tokens = [dict(apis[number % sessions].session.headers) for number in range(8)]
            answers = pool.map(
                lambda headers: requests.get(f"{apis[0].root}GetVersion", headers=headers, timeout=10), tokens
            )
            assert sorted(one.status_code for one in answers) == [200] * (8 - refused) + [429] * refused


class TestGates:
    def test_those_who_wait_go_in_one_by_one(self) -> None:
        gate, inside, most = Gate(2, 10), [], []

        def visit() -> None:
            with gate.passage():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.01)
                inside.pop()

        visitors = [threading.Thread(target=visit) for _ in range(8)]
        for one in visitors:
            one.start()
        for one in visitors:
            one.join()
        assert len(most) == 8
        assert max(most) == 2

    def test_who_was_turned_away_leaves_the_gate_as_it_was(self) -> None:
        gate = Gate(1, 0)
        with gate.passage(), pytest.raises(Full), gate.passage():
            pass
        with gate.passage():
            pass


@pytest.mark.parametrize(
    "text", ['{"SessionRpm": -1}', '{"SessionRpm": true}', '{"Rpm": 1}', "[]", "many", '{"SessionRpm": "1"}']
)
def test_limits_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        RateLimits.from_text(text)


def test_limits_are_written_as_in_the_configuration_of_a_web_site() -> None:
    assert RateLimits.from_text('{"SessionRpm": 60, "GlobalConcurrentRequests": 4}') == RateLimits(
        session_rpm=60, global_concurrent_requests=4
    )
    assert RateLimits.from_text("off") == NO_LIMITS
