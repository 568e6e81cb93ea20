"""Waiting instead of being refused."""

from __future__ import annotations

from erpnet.throttle import Throttle


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
