"""Streams and runs: run one now, watch it, cancel it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin import ReadOnlyAdmin
from sync.models import Run, Stream
from sync.services.runs import cancel_run, start_run

UNREADABLE_SHOWN = 20


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    list_display = ("name", "fresh_at", "latest_state", "latest_start")
    ordering = ("name",)
    change_form_template = "admin/sync/stream/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stream]:
        latest = Run.objects.filter(stream=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                latest_state=Subquery(latest.values("state")[:1]),
                latest_start=Subquery(latest.values("created_at")[:1]),
            )
        )

    @admin.display(description=_("latest run"))
    def latest_state(self, stream: Any) -> str:
        return str(Run.State(stream.latest_state).label) if stream.latest_state else "-"

    @admin.display(description=_("asked for at"))
    def latest_start(self, stream: Any) -> datetime | None:
        started: datetime | None = stream.latest_start
        return started

    def get_urls(self) -> list[URLPattern]:
        run_now = self.admin_site.admin_view(require_POST(self.run_now))
        return [path("<str:name>/run/", run_now, name="sync_stream_run"), *super().get_urls()]

    def run_now(self, request: HttpRequest, name: str) -> HttpResponse:
        """Start a run, or go to the one that is open."""
        if not request.user.has_perm("sync.change_stream"):
            raise PermissionDenied
        stream = get_object_or_404(Stream, pk=name)
        run = start_run(stream.pk, full="full" in request.POST, trigger=Run.Trigger.PERSON)
        return redirect("admin:sync_run_change", run.pk)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        runs = Run.objects.filter(stream=object_id)[:10]
        context = {
            "runs": runs,
            "may_run": request.user.has_perm("sync.change_stream"),
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, context)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "stream",
        "state",
        "duration",
        "pages",
        "rows_read",
        "rows_changed",
        "rows_removed",
        "rows_failed",
        "mode",
        "trigger",
    )
    list_filter = ("stream", "state", "mode", "trigger")
    date_hierarchy = "created_at"
    list_select_related = ("stream",)
    fields = (
        ("stream", "mode", "trigger"),
        ("created_at", "started_at", "finished_at"),
        ("requests", "bytes"),
        ("fetching", "writing"),
        ("failures", "turn", "lease_until"),
        "cursor",
    )
    change_form_template = "admin/sync/run/change_form.html"

    @admin.display(description=_("duration"))
    def duration(self, run: Run) -> str:
        return duration_of(run)

    @admin.display(description=_("fetching"))
    def fetching(self, run: Run) -> str:
        return f"{run.seconds_fetching:.1f} s"

    @admin.display(description=_("writing"))
    def writing(self, run: Run) -> str:
        return f"{run.seconds_writing:.1f} s"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:run_id>/progress/", wrap(self.progress), name="sync_run_progress"),
            path("<uuid:run_id>/cancel/", wrap(require_POST(self.cancel)), name="sync_run_cancel"),
        ]
        return [*own, *super().get_urls()]

    def progress(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """The part of a run's page that asks for itself again while the run is open.

        At the end the whole page is loaded once more: its fields were filled while the run had hardly begun.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = get_object_or_404(Run, pk=run_id)
        response = render(request, "admin/sync/run/_progress.html", _progress(run))
        if run.state not in Run.OPEN:
            response.headers["HX-Refresh"] = "true"
        return response

    def cancel(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        if not request.user.has_perm("sync.change_run"):
            raise PermissionDenied
        if cancel_run(run_id):
            messages.success(request, _("The run ends after the page that it is at."))
        return redirect("admin:sync_run_change", run_id)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        run = self.get_object(request, str(object_id))
        context = {**_progress(run), "may_cancel": request.user.has_perm("sync.change_run")} if run else {}
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})


def duration_of(run: Run) -> str:
    """From the first slice to the end, or until now."""
    if run.started_at is None:
        return "-"
    seconds = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _progress(run: Run) -> dict[str, Any]:
    return {
        "run": run,
        "is_open": run.state in Run.OPEN,
        "duration": duration_of(run),
        "unreadable": run.unreadable_rows.all()[:UNREADABLE_SHOWN],
    }
