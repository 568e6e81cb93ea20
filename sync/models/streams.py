"""Streams and their runs: what was pulled when, how far, and how it went."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, TypeAlias

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StreamName(models.TextChoices):
    DIRECTORY = "directory", _("Directory")
    PRODUCTS = "products", _("Products")
    ORDERS = "orders", _("Orders")
    RECEIPTS = "receipts", _("Receipts")
    INVOICES = "invoices", _("Invoices")
    STOCK = "stock", _("Stock")


class RunMode(models.TextChoices):
    FULL = "full", _("Everything")
    INCREMENTAL = "incremental", _("Changes only")
    SNAPSHOT = "snapshot", _("Snapshot")
    RECONCILIATION = "reconcile", _("Reconciliation of ids")
    RESTORE = "restore", _("Putting a snapshot in place")


class RunTrigger(models.TextChoices):
    SCHEDULE = "schedule", _("Schedule")
    PERSON = "person", _("Person")
    RESUME = "resume", _("Goes on where another stopped")
    WEB_HOOK = "web_hook", _("Web hook")


class Stream(models.Model):
    """Where a stream stands between its runs. A watermark per entity set: `{"Logistics_…": "2026-01-01T00:00:00Z"}`."""

    name = models.CharField(_("stream"), primary_key=True, max_length=12, choices=StreamName.choices)
    watermarks: models.JSONField[Any, Any] = models.JSONField(_("read up to"), default=dict, blank=True)
    fresh_at = models.DateTimeField(
        _("as of"), null=True, blank=True, help_text=_("Start of the last successful run.")
    )
    next_mode = models.CharField(
        _("asked for next"),
        max_length=12,
        choices=RunMode.choices,
        blank=True,
        default="",
        help_text=_("The run that was asked for while another one was open. It begins when that has ended."),
    )
    next_trigger = models.CharField(
        _("asked for by"), max_length=10, choices=RunTrigger.choices, blank=True, default=""
    )

    class Meta:
        verbose_name = _("stream")
        verbose_name_plural = _("streams")

    def __str__(self) -> str:
        return str(self.get_name_display())


class Run(models.Model):
    """One run of a stream, in slices: it saves its cursor after each page, so that whoever resumes it goes on there."""

    Mode: TypeAlias = RunMode
    Trigger: TypeAlias = RunTrigger

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FLAWED = "flawed", _("Done, with rows that could not be read")
        REFUSED = "refused", _("Refused: not plausible, old data kept")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (State.WAITING, State.RUNNING)
    COUNTING = (State.DONE, State.FLAWED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="runs", verbose_name=_("stream"))
    mode = models.CharField(_("mode"), max_length=12, choices=Mode.choices)
    trigger = models.CharField(_("started by"), max_length=10, choices=Trigger.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    dry_run = models.BooleanField(
        _("dry run"), default=False, help_text=_("It shows what would change, and changes nothing.")
    )
    of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The run whose snapshot this one puts in place, or from which it goes on."),
        verbose_name=_("belongs to"),
    )
    cursor: models.JSONField[Any, Any] = models.JSONField(_("where it stands"), default=dict, blank=True)
    lease_until = models.DateTimeField(
        _("kept by the worker until"),
        null=True,
        blank=True,
        help_text=_("Nobody else works on this run before then. Also how a run waits."),
    )
    turn = models.IntegerField(
        _("turn"),
        default=0,
        help_text=_("How often somebody took the run up. Who holds an older number has lost it."),
    )
    failures = models.IntegerField(
        _("turns without a page"),
        default=0,
        help_text=_("Turns since the last page was written. Too many end the run."),
    )

    pages = models.IntegerField(_("pages"), default=0)
    rows_expected = models.BigIntegerField(_("rows expected"), null=True, blank=True)
    rows_read = models.BigIntegerField(_("rows read"), default=0)
    rows_changed = models.BigIntegerField(_("changed"), default=0)
    rows_removed = models.BigIntegerField(_("removed"), default=0)
    rows_failed = models.BigIntegerField(_("failed"), default=0)
    requests = models.IntegerField(_("requests"), default=0)
    throttled = models.IntegerField(
        _("slowed down by ERP.net"),
        default=0,
        help_text=_("How often ERP.net answered 429: too many requests."),
    )
    bytes = models.BigIntegerField(_("bytes"), default=0)
    seconds_fetching = models.FloatField(_("seconds fetching"), default=0)
    seconds_parsing = models.FloatField(_("seconds reading rows"), default=0)
    seconds_writing = models.FloatField(_("seconds writing"), default=0)
    message = models.TextField(_("message"), blank=True)

    created_at = models.DateTimeField(_("asked for at"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["stream"],
                condition=Q(state__in=["waiting", "running"]),
                name="one_open_run_per_stream",
            ),
        ]

    def __str__(self) -> str:
        asked_at = timezone.localtime(self.created_at)
        return f"{StreamName(self.stream_id).label}, {self.get_mode_display()}, {asked_at:%Y-%m-%d %H:%M}"


class UnreadableRow(models.Model):
    """An object of ERP.net that could not be taken over, as it came, until the day it can be."""

    stream = models.ForeignKey(
        Stream, models.CASCADE, related_name="unreadable_rows", verbose_name=_("stream")
    )
    run = models.ForeignKey(
        Run,
        models.SET_NULL,
        null=True,
        related_name="unreadable_rows",
        help_text=_("The run that met it last."),
        verbose_name=_("run"),
    )
    entity_set = models.CharField(_("entity set in ERP.net"), max_length=100)
    object_id = models.CharField(_("object id"), max_length=64)
    why = models.TextField(_("why"))
    row: models.JSONField[Any, Any] = models.JSONField(_("as it came"), default=dict)
    first_seen_at = models.DateTimeField(_("first met at"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last met at"), default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-last_seen_at", "-id"]
        verbose_name = _("unreadable row")
        verbose_name_plural = _("unreadable rows")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["stream", "entity_set", "object_id"], name="unreadable_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_set}({self.object_id})"
