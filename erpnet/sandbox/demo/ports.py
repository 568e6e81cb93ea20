"""The two ports that the demo opens, and a clear word when one is taken."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass


class PortTrouble(Exception):
    """A port is malformed or taken. The text says which and how to choose another."""


@dataclass(frozen=True, slots=True)
class Ports:
    portal: int
    sandbox: int

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Ports:
        ports = cls(_port(environ, "PORTAL_PORT", 8000), _port(environ, "SANDBOX_PORT", 9000))
        if ports.portal == ports.sandbox:
            raise PortTrouble("PORTAL_PORT and SANDBOX_PORT name the same port. Give them two.")
        return ports

    @property
    def portal_url(self) -> str:
        return f"http://localhost:{self.portal}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox}"

    def ensure_free(self) -> None:
        for name, port in (("PORTAL_PORT", self.portal), ("SANDBOX_PORT", self.sandbox)):
            if _taken(port):
                raise PortTrouble(
                    f"Port {port} is taken by another program. Stop that one, or choose another port: "
                    f"{name}={port + 1} make demo"
                )


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise PortTrouble(f"{name} is {text!r}. Set it to a port number from 1 to 65535, or leave it out.")
    return int(text)


def _taken(port: int) -> bool:
    """Whether somebody listens on the port, on either loopback address: browsers try both for `localhost`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    with socket.socket(socket.AF_INET6) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("::1", port)) == 0
