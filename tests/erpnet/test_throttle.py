"""Waiting instead of being refused."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter

import pytest

from erpnet.throttle import MINUTE, Throttle


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_no_minute_sees_more_than_the_limit() -> None:
    time = Time()
    throttle = Throttle(3, clock=time.clock, sleep=time.sleep)
    passed = []
    for _ in range(10):
        throttle.wait()
        passed.append(time.now)
        time.now += 1
    assert all(later - earlier >= 60 for earlier, later in zip(passed, passed[3:], strict=False))
    assert passed[:3] == [0, 1, 2]


def test_below_the_limit_nobody_waits() -> None:
    time = Time()
    throttle = Throttle(2, clock=time.clock, sleep=time.sleep)
    for _ in range(5):
        throttle.wait()
        time.now += 31
    assert time.now == 5 * 31


def test_who_waits_keeps_nobody_from_asking_how_long_it_takes() -> None:
    time = Time()
    answers: list[float] = []

    def sleep(seconds: float) -> None:
        asking = threading.Thread(target=lambda: answers.append(throttle.seconds_until_free(1)), daemon=True)
        asking.start()
        asking.join(5)
        time.sleep(seconds)

    throttle = Throttle(2, clock=time.clock, sleep=sleep)
    throttle.wait()
    time.now = 10
    throttle.wait()
    throttle.wait()
    assert time.now == MINUTE
    assert answers == [MINUTE], "until the minute of the second one is over, seen from when it was sent"


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_thread_that_works_without_a_pause_keeps_nobody_out(at_once: int) -> None:
    throttle = Throttle(per_minute=10**6, at_once=at_once)
    under_way: list[int] = []
    taken: Counter[int] = Counter()
    done = threading.Event()

    def work(number: int) -> None:
        while not done.is_set():
            with throttle.turn():
                under_way.append(number)
                assert len(under_way) <= at_once
                time.sleep(0.001)
                under_way.remove(number)
            taken[number] += 1
            if taken[number] == 50:
                done.set()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert min(taken[number] for number in range(4)) > 25


def test_who_is_interrupted_while_waiting_leaves_the_turn_to_the_next() -> None:
    throttle = Throttle()
    held = throttle.turn()
    held.__enter__()
    interruption = threading.Timer(0.1, signal.pthread_kill, [threading.get_ident(), signal.SIGINT])
    interruption.start()
    with pytest.raises(KeyboardInterrupt), throttle.turn():
        pytest.fail("There was no room.")
    interruption.join()
    held.__exit__(None, None, None)
    with throttle.turn():
        pass
