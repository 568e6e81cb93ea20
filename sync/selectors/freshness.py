"""How old the mirror is, and each document in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from sync.models import Stream, StreamName

_STREAM_OF = {"order": StreamName.ORDERS, "shipment": StreamName.RECEIPTS, "invoice": StreamName.INVOICES}


@dataclass(frozen=True, slots=True)
class Copy:
    """A document of the mirror as a copy of what ERP.net has. `as_of` is None before the first one."""

    as_of: datetime | None
    is_in_erp: bool

    @property
    def is_old(self) -> bool:
        """Whether it is worth asking ERP.net for a fresh one: what has never been there cannot be read there."""
        age = timedelta(seconds=settings.REFRESH_AFTER_SECONDS)
        return self.is_in_erp and (self.as_of is None or timezone.now() - self.as_of > age)


def freshness_for(stream: str) -> datetime | None:
    """As of when a stream's tables are complete; None before its first run."""
    return Stream.objects.filter(pk=stream).values_list("fresh_at", flat=True).first()


def copy_of(kind: str, document: Any) -> Copy:
    """How fresh an "order", a "shipment" or an "invoice" is: as its own last copy or the stream's last good run.

    A run brings whatever has changed, so what it did not bring is as fresh as the run.
    """
    moments = [moment for moment in (document.fetched_at, freshness_for(_STREAM_OF[kind])) if moment]
    in_erp = kind != "shipment" or document.erp_id is not None
    return Copy(max(moments, default=None), in_erp)
