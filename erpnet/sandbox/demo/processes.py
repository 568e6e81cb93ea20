"""The portal's processes as production runs them, with the demo's addresses and secrets in their environment."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from socket import gethostname
from urllib.parse import quote

from erpnet.sandbox.demo.ports import Ports
from erpnet.sandbox.demo.postgres import EmbeddedPostgres
from erpnet.sandbox.demo.redis import EmbeddedRedis
from erpnet.sandbox.demo.state import State
from erpnet.sandbox.demo.supervisor import Program

ROOT = Path(__file__).resolve().parents[3]
DATABASE = "portal"
OWNER = "portal_owner"  # migrates
WEB = "portal_web"  # serves pages, under row-level security
WORKER = "portal_worker"  # moves data
APPLICATION_URI = "portal.demo"

# Of our own environment they get what any program needs, and nothing that could point them to another instance.
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "TZ", "VIRTUAL_ENV")


# Celery advises against root at every start; whoever runs the demo as root, in a container or in CI, knows.
_UNWARNED = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}


@dataclass(frozen=True, slots=True)
class Processes:
    state: State
    ports: Ports
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    log_level: str = "WARNING"

    def environment(self, role: str) -> dict[str, str]:
        """The whole environment of one of the portal's processes; `role` is the database login."""
        return _inherited() | self.portal(role)

    def portal(self, role: str) -> dict[str, str]:
        """What the portal reads from it."""
        return {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DJANGO_SECRET_KEY": self.state.django_key,
            "DJANGO_DEBUG": "off",
            "DJANGO_ALLOWED_HOSTS": "localhost",
            "PORTAL_URL": self.ports.portal_url,
            "DATABASE_URL": self.postgres.url(role, DATABASE),
            "REDIS_URL": self.redis.url,
            "ERPNET_URL": self.ports.sandbox_url,
            "ERPNET_APPLICATION_URI": APPLICATION_URI,
            "ERPNET_APPLICATION_SECRET": self.state.application_secret,
            "ERPNET_SCOPE": "read update",
            "ERPNET_RESPONSE_TYPE": "code id_token",
            "ERPNET_RESPONSE_MODE": "form_post",
            # So that every page can be seen, the one about a company's people among them.
            "DEFAULT_PARTNER_ROLE": "Admin",
            # The first slash ends the address, the second begins the path.
            "EMAIL_URL": f"filemail:///{quote(str(self.state.mails.resolve()))}",
            "STATIC_ROOT": str(self.state.static),
            "LOG_LEVEL": self.log_level,
        }

    def sandbox(self) -> Program:
        return Program(
            name="sandbox",
            command=[
                sys.executable, str(ROOT / "manage.py"), "sandbox",
                "--port", str(self.ports.sandbox),
                "--state", str(self.state.sandbox),
                "--application-uri", APPLICATION_URI,
                "--application-secret-file", str(self.state.application_secret_file),
                "--login-url", f"{self.ports.portal_url}/signin-callback",
                "--logout-url", f"{self.ports.portal_url}/signout-callback",
                "--people-file", str(self.state.people),
            ],
            environment=_inherited(),
        )  # fmt: skip

    def manage(self, *words: str, role: str = WORKER, shown: bool = False) -> Program:
        """One of the portal's own commands, which ends by itself."""
        return Program(
            name=words[0],
            command=[sys.executable, str(ROOT / "manage.py"), *words],
            environment=self.environment(role),
            shown=shown,
        )

    def web(self) -> Program:
        return Program(
            name="web",
            command=[
                sys.executable, "-m", "granian", "--interface", "wsgi",
                "--host", "127.0.0.1", "--port", str(self.ports.portal),
                "--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", self.log_level.lower(),
                "--working-dir", str(ROOT), "portal.wsgi:application",
            ],
            environment=self.environment(WEB),
        )  # fmt: skip

    def worker_erpnet(self) -> Program:
        """One child, not the solo pool: the parent then answers pings and enforces time limits while the child works.

        The service token lives in that child alone, so it is still one session of ERP.net.
        """
        return self._celery(
            "worker-erpnet", "worker", "-n", "erpnet@%h", "-Q", "erpnet", "-c", "1", "-P", "prefork"
        )

    def worker_default(self) -> Program:
        return self._celery(
            "worker-default", "worker", "-n", "default@%h", "-Q", "default", "-c", "1", "-P", "prefork"
        )

    def ping(self) -> Program:
        """Asks the worker `erpnet` for a sign of life; ends well if one comes."""
        return replace(
            self._celery(
                "ping", "inspect", "--timeout", "1", "--destination", f"erpnet@{gethostname()}", "ping"
            ),
            shown=False,
        )

    def beat(self) -> Program:
        scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
        beat = self._celery("beat", "beat", "--pidfile=", "--scheduler", scheduler)
        # Without PostgreSQL and Redis, which end as we do, it cannot say good-bye and would wait for them.
        return replace(beat, orphan_signal=signal.SIGKILL)

    def _celery(self, name: str, kind: str, *options: str) -> Program:
        common = {
            "worker": ["--loglevel", self.log_level, "--without-mingle", "--without-gossip"],
            "beat": ["--loglevel", self.log_level],
        }.get(kind, [])
        return Program(
            name=name,
            command=[
                sys.executable, "-m", "celery", "--quiet", "--workdir", str(ROOT), "-A", "portal.celery", kind,
                *common, *options,
            ],
            environment=self.environment(WORKER) | _UNWARNED,
        )  # fmt: skip


def _inherited() -> dict[str, str]:
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | {"PYTHONUNBUFFERED": "1"}
