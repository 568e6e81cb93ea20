"""Which process of this machine is at the other end of a connection, as far as the system tells.

One token in two processes is licence multiplexing, which nobody notices on the server but by looking at the callers.
Linux tells who holds a socket; elsewhere, and for callers on other machines or of other users, the address has to do.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
TABLES = ("net/tcp", "net/tcp6")
KNOWN = 10
INODE = 9  # the column of the socket's number in those tables


class Callers:
    """Looks first at those who called before: to go through the files of every process takes a while."""

    def __init__(self) -> None:
        self._known = [os.getpid()]  # A test's client is in this process.

    def at(self, address: str, port: int, served: int) -> str:
        """Words for whoever connected from `port` to our port `served`: its process, or else its address."""
        number = _socket_number(port, served)
        process = self._holder_of(f"socket:[{number}]") if number else None
        return f"process {process}" if process else address

    def _holder_of(self, link: str) -> int | None:
        """The process that has a file with this link open."""
        for process in (*self._known, *_processes()):
            if link in _files_of(process):
                self._known = [process, *(one for one in self._known if one != process)][:KNOWN]
                return process
        return None


def _socket_number(port: int, served: int) -> str | None:
    ends = f":{port:04X}", f":{served:04X}"
    for table in TABLES:
        with suppress(OSError):
            for line in (PROC / table).read_text().splitlines()[1:]:
                columns = line.split()
                if (columns[1][-5:], columns[2][-5:]) == ends:
                    return columns[INODE]
    return None


def _files_of(process: int) -> Iterator[str]:
    """Where the open files of a process lead to. Plain strings: a path object for each would take too long."""
    folder = f"{PROC}/{process}/fd"
    with suppress(OSError):
        for number in os.listdir(folder):  # noqa: PTH208
            with suppress(OSError):
                yield os.readlink(f"{folder}/{number}")  # noqa: PTH115


def _processes() -> Iterable[int]:
    with suppress(OSError):
        return sorted(int(one.name) for one in PROC.iterdir() if one.name.isdecimal())
    return ()
