"""Gates: so many may be inside at once, so many more wait for their turn, and the rest are turned away."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Full(Exception):
    """The queue before the gate has no room."""


class Gate:
    def __init__(self, at_once: int, queue: int) -> None:
        """Without a limit for `at_once` of 0."""
        self._at_once = at_once
        self._queue = queue
        self._changed = threading.Condition()
        self._inside = 0
        self._waiting = 0

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Be inside while the context lasts, after waiting for it if need be. Raises Full."""
        if not self._at_once:
            yield
            return
        self._enter()
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify()

    def _enter(self) -> None:
        with self._changed:
            if self._inside + self._waiting >= self._at_once:  # Who waits already goes first.
                if self._waiting >= self._queue:
                    raise Full
                self._waiting += 1
                try:
                    self._changed.wait_for(lambda: self._inside < self._at_once)
                finally:
                    self._waiting -= 1
            self._inside += 1
