"""Streams: how fresh each is, and running one now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin import ReadOnlyAdmin
from sync.models import Run, Stream, UnreadableRow
from sync.services.runs import start_run


@admin.register(Stream)
class StreamAdmin(ReadOnlyAdmin):
    list_display = ("name", "fresh_at", "latest_state", "latest_start", "unreadable")
    fields = ("name", "fresh_at", "next_mode", "read_up_to")
    ordering = ("name",)
    change_form_template = "admin/sync/stream/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stream]:
        latest = Run.objects.filter(stream=OuterRef("pk"), dry_run=False)
        return (
            super()
            .get_queryset(request)
            .annotate(
                latest_state=Subquery(latest.values("state")[:1]),
                latest_start=Subquery(latest.values("created_at")[:1]),
                unreadable_count=Count("unreadable_rows"),
            )
        )

    @admin.display(description=_("latest run"))
    def latest_state(self, stream: Any) -> str:
        return str(Run.State(stream.latest_state).label) if stream.latest_state else "-"

    @admin.display(description=_("asked for at"))
    def latest_start(self, stream: Any) -> datetime | None:
        started: datetime | None = stream.latest_start
        return started

    @admin.display(description=_("unreadable rows"))
    def unreadable(self, stream: Any) -> int:
        count: int = stream.unreadable_count
        return count

    @admin.display(description=_("read up to"))
    def read_up_to(self, stream: Stream) -> SafeString | str:
        """For each entity set of ERP.net the moment of the last change that was read."""
        marks = [
            (entity_set, date_format(timezone.localtime(datetime.fromisoformat(moment)), "DATETIME_FORMAT"))
            for entity_set, moment in sorted(stream.watermarks.items())
        ]
        return format_html_join("", "<div>{}: {}</div>", marks) or "-"

    def get_urls(self) -> list[URLPattern]:
        run_now = self.admin_site.admin_view(require_POST(self.run_now))
        return [path("<str:name>/run/", run_now, name="sync_stream_run"), *super().get_urls()]

    def run_now(self, request: HttpRequest, name: str) -> HttpResponse:
        """Start a run, or go to the one that is open. One that reads more than that waits until it has ended."""
        if not request.user.has_perm("sync.change_stream"):
            raise PermissionDenied
        stream = get_object_or_404(Stream, pk=name)
        run = start_run(
            stream.pk,
            full="full" in request.POST,
            reconcile="reconcile" in request.POST,
            trigger=Run.Trigger.PERSON,
        )
        if Stream.objects.get(pk=name).next_mode:
            messages.info(request, _("Another run is open. What you asked for begins when it has ended."))
        return redirect("admin:sync_run_change", run.pk)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        runs = Run.objects.filter(stream=object_id)[:10]
        context = {
            "runs": runs,
            "unreadable_count": UnreadableRow.objects.filter(stream=object_id).count(),
            "may_run": request.user.has_perm("sync.change_stream"),
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, context)
