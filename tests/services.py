"""PostgreSQL and Redis for the test run: real ones, embedded where the environment names none, gone when it ends."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from erpnet.sandbox.demo.postgres import EmbeddedPostgres
from erpnet.sandbox.demo.redis import EmbeddedRedis
from erpnet.sandbox.demo.supervisor import Supervisor

logger = logging.getLogger(__name__)

OWNER = "portal_tests"
DATABASE = "portal"

# What a portal needs to know, with addresses that nobody answers at.
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "DJANGO_SECRET_KEY": "a key for tests alone, long enough to be taken for a real one",
    "DJANGO_DEBUG": "off",
    "DJANGO_ALLOWED_HOSTS": "localhost,testserver",
    "PORTAL_URL": "http://localhost:8000",
    "ERPNET_URL": "https://vitosha.example",
    "ERPNET_APPLICATION_URI": "portal.tests",
    "ERPNET_APPLICATION_SECRET": "a secret for tests alone",
    "ERPNET_SCOPE": "read update",
    "ERPNET_RESPONSE_TYPE": "code id_token",
    "ERPNET_RESPONSE_MODE": "form_post",
    "EMAIL_URL": "memorymail://",
    "TIME_ZONE": "Europe/Sofia",
    "LOG_LEVEL": "WARNING",
}


class Services:
    """Starts what the environment does not name, and says where it is in the environment."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="portal-tests-"))
        self.supervisor = Supervisor(self.folder / "logs", say=logger.warning, show=False)
        self.postgres = EmbeddedPostgres.for_state(self.folder, durable=False)
        self.redis = EmbeddedRedis(self.folder / "redis", secrets.token_hex(16), durable=False)

        self.is_embedded = not (os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"))

    def start(self) -> None:
        os.environ.update(ENVIRONMENT)
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = self._start_postgres()
        if not os.environ.get("REDIS_URL"):
            self.supervisor.start(self.redis.program())
            self.supervisor.wait_until("Redis", self.redis.ready, seconds=20)
            os.environ["REDIS_URL"] = self.redis.url

    def _start_postgres(self) -> str:
        """The tests' login passes row-level security, except where the code takes the web's role."""
        self.postgres.prepare()
        self.supervisor.start(self.postgres.program())
        self.supervisor.wait_until("PostgreSQL", self.postgres.ready, seconds=20)
        self.postgres.ensure_role(OWNER, "LOGIN CREATEDB CREATEROLE BYPASSRLS")
        self.postgres.ensure_database(DATABASE, OWNER)
        return self.postgres.url(OWNER, DATABASE)

    def stop(self) -> None:
        self.supervisor.stop()
        self.postgres.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)


services = Services()
