"""Figures: measured in rounds, judged against their floor, shown as a table and as JSON."""

from __future__ import annotations

import gc
import json
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: rows, balances and orders of each kind of pull, and rounds of each."""

    rows: int = 100_000
    stock_rows: int = 200_000
    orders: int = 20_000
    balances: int = 100_000
    many_rows: int = 1_000_000
    rounds: int = ROUNDS


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` beside its `floor`, in `unit`. Their ratio has to reach `target`, or to stay under it if `at_most`."""

    name: str
    value: float
    unit: str
    floor: float
    target: float
    at_most: bool = False

    @property
    def ratio(self) -> float:
        return self.value / self.floor

    @property
    def met(self) -> bool:
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def to_json(self) -> str:
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 3),
                "unit": self.unit,
                "floor": round(self.floor, 3),
                "ratio": round(self.ratio, 3),
                "target": self.target,
                "met": self.met,
            }
        )


def in_turns(sides: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median of what each side measures; they take turns, and begin in turns, so that none has a better hour."""
    measured: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(max(rounds, ROUNDS)):
        order = list(sides)[:: -1 if number % 2 else 1]
        for name in order:
            gc.collect()
            measured[name].append(sides[name]())
    return {name: statistics.median(values) for name, values in measured.items()}


def table(figures: Iterable[Figure]) -> str:
    """The figures, one a line, for people."""
    lines = [f"{'':38} {'value':>12} {'floor':>12} {'unit':12} {'ratio':>6}  target"]
    for one in figures:
        sign = "<=" if one.at_most else ">="
        lines.append(
            f"{one.name:38} {one.value:12,.1f} {one.floor:12,.1f} {one.unit:12} {one.ratio:6.2f}  "
            f"{sign} {one.target:.2f} {'met' if one.met else 'MISSED'}"
        )
    return "\n".join(lines)
