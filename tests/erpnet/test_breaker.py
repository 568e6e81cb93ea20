"""Leaving an instance alone that is out of order, and noticing that it is back: over real HTTP."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stamina

from erpnet import DomainApi, Query
from erpnet.breaker import Breaker
from erpnet.entities import ReceivingOrder
from erpnet.exceptions import CircuitOpen, ErpNetError, ServerFault, Unanswered, Unreachable
from erpnet.sandbox.faults import Fault
from erpnet.sandbox.testing import RunningInstance, running_instance

RECEIPTS = ReceivingOrder.ENTITY_SET
CURRENCIES = Query("General_Currencies_Currencies")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningInstance]:
    with running_instance() as instance:
        yield instance


@pytest.fixture
def sandbox(running: RunningInstance) -> Iterator[RunningInstance]:
    yield running
    running.instance.faults.clear()


def client(sandbox: RunningInstance, **options: Any) -> DomainApi:
    """One that has found the instance and has a token."""
    api = DomainApi(sandbox.application(), **{"failures": 3, "pause": 60.0, **options})
    api.function("GetVersion")
    return api


def spoil(sandbox: RunningInstance, kind: str, **options: Any) -> None:
    sandbox.instance.faults.add(Fault(kind, **options))


def seen(sandbox: RunningInstance) -> int:
    """How many requests have come to the instance, whatever for."""
    return sum(sandbox.instance.traffic.counts.values())


def write(api: DomainApi) -> Any:
    """A call that is sent once, and refused by an instance that is there."""
    return api.create(RECEIPTS, {})


def open_up(api: DomainApi, sandbox: RunningInstance, times: int = 3) -> None:
    spoil(sandbox, "bad-gateway", times=times)
    for _ in range(times):
        with pytest.raises(ServerFault):
            write(api)


def test_after_some_failures_in_a_row_calls_fail_at_once_and_tell_when_to_come_back(
    sandbox: RunningInstance,
) -> None:
    api = client(sandbox)
    open_up(api, sandbox)
    before, started = seen(sandbox), time.monotonic()
    for call in (lambda: write(api), lambda: api.page(CURRENCIES), lambda: list(api.pages(CURRENCIES))):
        with pytest.raises(CircuitOpen, match=r"502.*tried again in \d+ s") as caught:
            call()
        assert 55 < caught.value.retry_after <= 60
        assert caught.value.may_have_happened is False
    assert seen(sandbox) == before
    assert time.monotonic() - started < 1


def test_one_failure_less_changes_nothing(sandbox: RunningInstance) -> None:
    api = client(sandbox)
    open_up(api, sandbox, times=2)
    assert api.page(CURRENCIES).rows
    open_up(api, sandbox, times=2)
    assert api.page(CURRENCIES).rows


@pytest.mark.parametrize("kind", ["business-error", "rate-limited", "no-licence", "unauthorized"])
def test_what_erp_net_itself_says_opens_nothing(sandbox: RunningInstance, kind: str) -> None:
    api = client(sandbox, failures=1)
    for _ in range(3):
        spoil(sandbox, kind, times=2)
        with pytest.raises(ErpNetError) as caught:
            write(api)
        assert not isinstance(caught.value, CircuitOpen)
        sandbox.instance.faults.clear()
    assert api.page(CURRENCIES).rows


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("offline", Unreachable),
        ("answer-lost", Unanswered),
        ("broken", ServerFault),
        ("bad-gateway", ServerFault),
    ],
)
def test_what_the_way_to_it_does_opens(sandbox: RunningInstance, kind: str, error: type[ErpNetError]) -> None:
    api = client(sandbox, failures=1)
    spoil(sandbox, kind)
    with pytest.raises(error):
        api.create("General_Currencies_Currencies", {})
    with pytest.raises(CircuitOpen):
        write(api)


def test_an_instance_id_that_is_out_of_order_opens_too(sandbox: RunningInstance) -> None:
    api = DomainApi(sandbox.application(), failures=2, pause=60)
    spoil(sandbox, "broken", area="token", times=2)
    for _ in range(2):
        with pytest.raises(ServerFault):
            write(api)
    with pytest.raises(CircuitOpen):
        write(api)


def test_nobody_answering_at_all_opens() -> None:
    with running_instance() as gone:
        application = gone.application()
    api = DomainApi(application, failures=1, pause=60)
    with pytest.raises(Unreachable):
        write(api)
    with pytest.raises(CircuitOpen, match="no connection"):
        write(api)


def test_a_read_is_not_repeated_into_an_open_circuit(sandbox: RunningInstance) -> None:
    api = client(sandbox, failures=2)
    spoil(sandbox, "bad-gateway", times=100)
    before = seen(sandbox)
    with stamina.set_testing(True, attempts=10), pytest.raises(CircuitOpen, match="502"):
        api.page(CURRENCIES)
    assert seen(sandbox) - before == 2


def test_after_the_pause_one_call_decides_for_all(sandbox: RunningInstance) -> None:
    api = client(sandbox, pause=0.3)
    open_up(api, sandbox)
    spoil(sandbox, "bad-gateway")
    time.sleep(0.35)
    before = seen(sandbox)
    with pytest.raises(ServerFault):
        write(api)
    with pytest.raises(CircuitOpen):
        write(api)
    assert seen(sandbox) - before == 1
    time.sleep(0.35)
    assert api.page(CURRENCIES).rows
    open_up(api, sandbox, times=2)  # Two failures open nothing: it is closed, and has begun to count anew.
    assert api.page(CURRENCIES).rows


def test_while_one_call_is_tried_all_others_fail_at_once(sandbox: RunningInstance) -> None:
    api = client(sandbox, pause=0.1, requests_at_once=20)
    open_up(api, sandbox)
    time.sleep(0.15)
    spoil(sandbox, "slow", seconds=0.5, times=100)
    before, results = seen(sandbox), [""] * 20
    threads = run_together(20, lambda number: results.__setitem__(number, outcome(api)))
    for thread in threads:
        thread.join()
    assert sorted(results) == ["CircuitOpen"] * 19 + ["rows"]
    assert seen(sandbox) - before == 1


def test_who_waited_for_a_turn_is_not_sent_into_an_open_circuit(sandbox: RunningInstance) -> None:
    api = client(sandbox, failures=1, requests_at_once=1)
    spoil(sandbox, "slow", seconds=0.3)
    spoil(sandbox, "bad-gateway", times=100)
    before, results = seen(sandbox), [""] * 10
    threads = run_together(10, lambda number: results.__setitem__(number, outcome(api)))
    for thread in threads:
        thread.join()
    assert seen(sandbox) - before <= 2
    assert results.count("CircuitOpen") >= 8


def test_the_log_tells_of_the_outage_and_of_its_end_once_each(
    sandbox: RunningInstance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    api = client(sandbox, pause=0.05)
    open_up(api, sandbox)
    spoil(sandbox, "bad-gateway", times=2)
    for _ in range(2):
        time.sleep(0.06)
        with pytest.raises(ServerFault):
            write(api)
    time.sleep(0.06)
    api.page(CURRENCIES)
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 2
    assert "left alone for 0.05 seconds" in told[0]
    assert "answers again" in told[1]


def test_a_clock_that_is_set_back_prolongs_no_pause() -> None:
    now = 1000.0
    breaker = Breaker(1, 5.0, clock=lambda: now)
    with pytest.raises(Unreachable), breaker.guard():
        raise Unreachable("gone")
    now = 1004.9
    with pytest.raises(CircuitOpen) as caught:
        breaker.check()
    assert caught.value.retry_after == 1.0
    now = 1005.0
    with breaker.guard():
        pass
    assert breaker.is_closed


def test_an_error_of_the_callers_own_is_no_failure_and_leaves_nothing_locked() -> None:
    breaker = Breaker(1, 0.0)
    with pytest.raises(Unreachable), breaker.guard():
        raise Unreachable("gone")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), breaker.guard():
            raise ZeroDivisionError
    with breaker.guard():
        pass


@pytest.mark.parametrize(("failures", "pause"), [(0, 1.0), (1, -1.0)])
def test_settings_that_make_no_sense_are_refused(failures: int, pause: float) -> None:
    with pytest.raises(ValueError, match="circuit breaker"):
        Breaker(failures, pause)


def outcome(api: DomainApi) -> str:
    try:
        api.page(CURRENCIES)
    except ErpNetError as error:
        return type(error).__name__
    return "rows"


def run_together(count: int, work: Callable[[int], object]) -> list[threading.Thread]:
    """Start `work` in so many threads at the same moment."""
    gate = threading.Barrier(count)

    def begin(number: int) -> None:
        gate.wait()
        work(number)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads
