"""How the machinery is doing, for staff: read inside `acting_as_staff`, across all partners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from sync.models import Alert, OrderLine, OutboxEntry, Run, Shipment, Stream
from sync.selectors.quantities import with_quantities


@dataclass(frozen=True, slots=True)
class StreamHealth:
    stream: Stream
    latest: Run | None

    @property
    def is_trouble(self) -> bool:
        return self.latest is not None and self.latest.state in (
            Run.State.FAILED,
            Run.State.REFUSED,
            Run.State.FLAWED,
        )


@dataclass(frozen=True, slots=True)
class Deliveries:
    waiting: int
    stuck: int


def stream_health() -> list[StreamHealth]:
    """Every stream that has ever run, with its latest run. A dry run says nothing about its health."""
    runs = Run.objects.filter(dry_run=False).order_by("stream_id", "-created_at").distinct("stream_id")
    latest = {run.stream_id: run for run in runs}
    return [StreamHealth(stream, latest.get(stream.pk)) for stream in Stream.objects.order_by("pk")]


def deliveries() -> Deliveries:
    """How many deliveries are on their way, and how many shipments wait for a person."""
    kept = OutboxEntry.objects.filter(dropped_at=None)
    newest = kept.order_by("shipment_id", "-pk").distinct("shipment_id").values("pk")
    counts = OutboxEntry.objects.filter(pk__in=newest).aggregate(
        waiting=Count("pk", filter=Q(state__in=OutboxEntry.OPEN)),
        stuck=Count("pk", filter=Q(state__in=OutboxEntry.STUCK)),
    )
    return Deliveries(**counts)


def lines_to_correct(shipment: Shipment) -> list[Any]:
    """The lines of a shipment's order, with what is open of each as if the shipment did not exist."""
    lines = OrderLine.objects.filter(order=shipment.order_id).select_related("product")
    return list(with_quantities(lines, apart_from=shipment.pk).order_by("line_no", "pk"))


def open_alerts() -> int:
    return Alert.objects.filter(closed_at=None).count()
