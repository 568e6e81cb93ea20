"""The processes between a saved form and ERP.net: Redis, and the worker `erpnet` as production runs it."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from benchmarks.servers import ROOT
from erpnet import TrustedApplication
from erpnet.sandbox.demo.redis import EmbeddedRedis
from erpnet.sandbox.demo.supervisor import Program, Supervisor

logger = logging.getLogger(__name__)

WORKER = "-n erpnet@%h -Q erpnet -c 1 -P prefork --without-mingle --without-gossip --loglevel WARNING"


@contextmanager
def bells() -> Iterator[str]:
    """Redis, to which this process rings: its address. Nobody hears a bell yet."""
    with _supervised() as (supervisor, folder):
        redis = EmbeddedRedis(folder / "redis", "for-benchmarks-alone", durable=False)
        supervisor.start(redis.program())
        supervisor.wait_until("Redis", redis.ready, seconds=20)
        settings.REDIS_URL = settings.CACHES["default"]["LOCATION"] = redis.url
        yield redis.url


@contextmanager
def running_worker(application: TrustedApplication, database: str, redis: str) -> Iterator[None]:
    """Inside, a worker on `database` hears the bells of `redis` and asks `application`."""
    environment = os.environ | {
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "ERPNET_URL": application.instance_url,
        "ERPNET_APPLICATION_URI": application.application_uri,
        "ERPNET_APPLICATION_SECRET": application.application_secret,
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }
    command = [
        sys.executable,
        "-m",
        "celery",
        "--quiet",
        "--workdir",
        str(ROOT),
        "-A",
        "portal.celery",
        "worker",
    ]
    with _supervised() as (supervisor, _folder):
        supervisor.start(Program("worker-erpnet", [*command, *WORKER.split()], environment))
        yield


@contextmanager
def _supervised() -> Iterator[tuple[Supervisor, Path]]:
    with tempfile.TemporaryDirectory() as name:
        supervisor = Supervisor(Path(name) / "logs", say=logger.warning, show=False)
        try:
            yield supervisor, Path(name)
        finally:
            supervisor.stop()
