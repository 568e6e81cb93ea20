"""Connections on which a whole answer, its head included, has to arrive in time, however slowly it drips.

A read timeout alone never ends an answer of which a byte comes now and then.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# A whole answer may take this many read timeouts.
DEADLINE_FACTOR = 2

# Called in the thread of a request as soon as that has left, before its answer is waited for.
when_sent: ContextVar[Callable[[], object]] = ContextVar("when_sent", default=lambda: None)


class DeadlineAdapter(HTTPAdapter):
    """For `requests`: gives an answer twice its read timeout, from the moment when its request has been sent."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = _POOLS
        return manager


class _Reader(io.RawIOBase):
    """The bytes of one answer, until its time is up."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._each = sock.gettimeout()
        self._until = None if self._each is None else time.monotonic() + DEADLINE_FACTOR * self._each

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None and self._each is not None:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError("The whole answer did not come in time.")
            # urllib3 sets it anew for the next request on this connection.
            self._sock.settimeout(min(self._each, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    headers: Any
    msg: Any

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        when_sent.get()()
        self.fp: io.BufferedReader = io.BufferedReader(_Reader(self.fp.detach(), sock))

    def begin(self) -> None:
        """Read the head of the answer, past every provisional one (1xx), of which http.client passes by 100 alone."""
        super().begin()
        while self.status < 200:
            self.headers = self.msg = None
            super().begin()


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}
