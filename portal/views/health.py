"""Is this process alive, can it do its work, and do the jobs run? The answers tell the public nothing more.

Load balancers ask the first two; the third is for a monitor that stands outside and tells somebody: where all workers
are gone, nothing inside can.
"""

from __future__ import annotations

import logging

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.gates import public_page
from sync.selectors import watch

_log = logging.getLogger("portal.health")


@require_safe
@never_cache
@public_page
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
@public_page
def readyz(request: HttpRequest) -> HttpResponse:
    """Redis is not asked: without it pages are shown and forms taken all the same, and the sweep rings later."""
    try:
        ready = is_migrated()
    except DatabaseError as fault:
        _log.warning("Not ready: %s", type(fault).__name__)
        ready = False
    text = "ready\n" if ready else "not ready\n"
    return HttpResponse(text, content_type="text/plain", status=200 if ready else 503)


@require_safe
@never_cache
@public_page
def jobz(request: HttpRequest) -> HttpResponse:
    try:
        late = watch.is_anything_late()
    except DatabaseError as fault:
        _log.warning("Nobody knows whether jobs are late: %s", type(fault).__name__)
        late = True
    text = "late\n" if late else "on time\n"
    return HttpResponse(text, content_type="text/plain", status=503 if late else 200)


def is_migrated() -> bool:
    connection.ensure_connection()
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
