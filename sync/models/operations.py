"""What somebody has to look at, and when each part of the machinery last showed that it works."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Alert(models.Model):
    """Something that staff have to look at. It is open until what it tells of is over; then it closes by itself."""

    class Kind(models.TextChoices):
        DELIVERY = "delivery", _("A delivery was given up")
        WAITING = "waiting", _("Deliveries do not go out")
        RUN = "run", _("A run failed or was refused")
        SCHEDULE = "schedule", _("A scheduled task did not start")
        WORKER = "worker", _("A worker does not do its work")
        LICENCES = "licences", _("ERP.net has no free licence")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    subject = models.CharField(
        _("about"), max_length=120, help_text=_("What it is about: one open alert for each.")
    )
    message = models.TextField(_("what it says"))
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at", "-id"]
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(closed_at=None), name="one_open_alert_per_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"


class Heartbeat(models.Model):
    """When a task last came all the way through a queue: beat, broker, worker, database. The watch keeps its own."""

    queue = models.CharField(primary_key=True, max_length=20)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.queue
