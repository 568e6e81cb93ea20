"""How old the mirror is."""

from __future__ import annotations

from datetime import datetime

from sync.models import Stream


def freshness_for(stream: str) -> datetime | None:
    """As of when a stream's tables are complete; None before its first run."""
    return Stream.objects.filter(pk=stream).values_list("fresh_at", flat=True).first()
