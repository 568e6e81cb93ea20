"""Two connections that come into each other's way when a test wants them to."""

from __future__ import annotations

import time

from django.db import connection


def wait_until_somebody_waits() -> None:
    """Until another connection waits for what this one has locked."""
    for _moment in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits.")
