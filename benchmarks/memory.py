"""How much memory a long pull takes: as much as a short one. `python -m benchmarks.memory URL` is one pull."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.figures import Figure, Size, in_turns
from benchmarks.reading import client, pull
from benchmarks.servers import ROOT, page_server
from erpnet import TrustedApplication

TARGET = 1.1


def measure(size: Size) -> Iterator[Figure]:
    with page_server(size.rows) as some, page_server(size.many_rows) as many:
        medians = in_turns({"some": lambda: _peak(some), "many": lambda: _peak(many)}, size.rounds)
    name = f"peak memory: {size.many_rows:,} rows to {size.rows:,}"
    yield Figure(name, medians["many"], "MiB", medians["some"], TARGET, at_most=True)


def _peak(application: TrustedApplication) -> float:
    """MiB that a process of its own has needed to pull everything."""
    command = [sys.executable, "-m", "benchmarks.memory", application.instance_url]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def pull_and_tell(url: str) -> None:
    pull(client(TrustedApplication(url, "benchmarks", "any", scope=("read",))))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)  # noqa: T201 - for whoever started it


if __name__ == "__main__":
    pull_and_tell(sys.argv[1])
