"""`python -m benchmarks [NAME...] [--rows N]`: run all benchmarks or those named, and show their figures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks import audit, isolation, memory, orders, outbox, reading, stock
from benchmarks.figures import ROUNDS, Figure, Size, table

BENCHMARKS: dict[str, Callable[[Size], Iterator[Figure]]] = {
    "reading": reading.measure,
    "memory": memory.measure,
    "audit": audit.measure,
    "isolation": isolation.measure,
    "stock": stock.measure,
    "orders": orders.measure,
    "outbox": outbox.measure,
}


def main() -> None:
    defaults = Size()
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure the portal against its floors.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHMARKS)}; none: all")
    parser.add_argument("--rows", type=int, default=defaults.rows, help="rows of a pull")
    parser.add_argument("--stock-rows", type=int, default=defaults.stock_rows, help="balances of a stock")
    parser.add_argument("--orders", type=int, default=defaults.orders, help="orders that changed")
    parser.add_argument("--balances", type=int, default=defaults.balances, help="balances of the sandbox")
    parser.add_argument("--many-rows", type=int, default=defaults.many_rows, help="rows of the long pull")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of each side, at least {ROUNDS}")
    given = vars(parser.parse_args())
    names = given.pop("names") or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"There is no {', '.join(sorted(unknown))}.")
    figures: list[Figure] = []
    for name in names:
        sys.stderr.write(f"Measuring {name} ...\n")
        figures += BENCHMARKS[name](Size(**given))
    sys.stdout.write(table(figures) + "\n")
    sys.stdout.writelines(figure.to_json() + "\n" for figure in figures)


if __name__ == "__main__":
    main()
