"""A database for benchmarks that need the portal: an embedded PostgreSQL as a real one is set, gone at the end.

Django is set up once in a process, so its database is shared by all benchmarks that run in it.
"""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections

from erpnet.sandbox.demo.postgres import EmbeddedPostgres
from erpnet.sandbox.demo.supervisor import Supervisor

logger = logging.getLogger(__name__)

OWNER = "portal_benchmarks"


@cache
def set_up_portal() -> EmbeddedPostgres:
    """From here on Django is set up and its tables are there, until the process ends."""
    at_the_end = ExitStack()
    atexit.register(at_the_end.close)
    folder = Path(tempfile.mkdtemp(prefix="portal-benchmarks-"))
    at_the_end.callback(shutil.rmtree, folder, ignore_errors=True)
    postgres = EmbeddedPostgres.for_state(folder)
    at_the_end.callback(postgres.destroy)
    supervisor = Supervisor(folder / "logs", say=logger.warning, show=False)
    at_the_end.callback(supervisor.stop)
    at_the_end.callback(connections.close_all)
    postgres.prepare()
    supervisor.start(postgres.program())
    supervisor.wait_until("PostgreSQL", postgres.ready, seconds=20)
    postgres.ensure_role(OWNER, "LOGIN CREATEDB CREATEROLE BYPASSRLS")
    postgres.ensure_database("portal", OWNER)
    os.environ.update(_environment(postgres.url(OWNER, "portal")))
    django.setup()
    call_command("migrate", verbosity=0)
    return postgres


def _environment(database: str) -> dict[str, str]:
    """What the portal needs to know; nobody answers at its other addresses."""
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(48),
        "DJANGO_DEBUG": "off",
        "DATABASE_URL": database,
        "REDIS_URL": "redis://localhost/0",
        "PORTAL_URL": "http://localhost:8000",
        "ERPNET_URL": "https://vitosha.example",
        "ERPNET_APPLICATION_URI": "benchmarks",
        "ERPNET_APPLICATION_SECRET": secrets.token_urlsafe(32),
        "LOG_LEVEL": "WARNING",
    }
