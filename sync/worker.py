"""The Domain API of this process: one client, one token, one session in ERP.net, which is one licence slot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from erpnet import DomainApi
from erpnet.audit import AuditTrail
from erpnet.transport import TIMEOUT


@cache
def _audit_trail() -> AuditTrail:
    return AuditTrail()


@cache
def _domain_api() -> DomainApi:
    timeout = (TIMEOUT[0], settings.ERPNET_TIMEOUT_SECONDS)
    return DomainApi(settings.TRUSTED_APPLICATION, recorder=_audit_trail(), timeout=timeout)


@contextmanager
def domain_api() -> Iterator[DomainApi]:
    """The client of this process, built when first needed, after the fork. Leaves its audit rows behind in the end."""
    try:
        yield _domain_api()
    finally:
        _audit_trail().flush()
