"""Runs: watching one, cancelling it, going on where one broke off, accepting what one did not believe."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.admin import ReadOnlyAdmin
from sync.admin.raw import shown_as_json
from sync.admin.reasons import decided
from sync.exceptions import NothingToResume
from sync.models import Run
from sync.services.falls import accept_fall, may_accept_fall
from sync.services.runs import can_resume, cancel_run, resume_run
from sync.streams.progress import estimated_end

UNREADABLE_SHOWN = 20


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "stream",
        "state",
        "mode",
        "duration",
        "rows_read",
        "rows_changed",
        "rows_removed",
        "rows_failed",
    )
    list_filter = ("stream", "state", "mode", "trigger")
    date_hierarchy = "created_at"
    list_select_related = ("stream",)
    fields = (
        ("stream", "mode", "trigger", "of"),
        ("created_at", "started_at", "finished_at"),
        ("requests", "throttled", "size"),
        ("fetching", "parsing", "writing"),
        ("failures", "turn", "lease_until"),
        "where_it_stands",
    )
    change_form_template = "admin/sync/run/change_form.html"

    @admin.display(description=gettext_lazy("time"))
    def duration(self, run: Run) -> str:
        return duration_of(run)

    @admin.display(description=gettext_lazy("fetching"))
    def fetching(self, run: Run) -> str:
        return _in_seconds(run.seconds_fetching)

    @admin.display(description=gettext_lazy("reading rows"))
    def parsing(self, run: Run) -> str:
        return _in_seconds(run.seconds_parsing)

    @admin.display(description=gettext_lazy("where it stands"))
    def where_it_stands(self, run: Run) -> SafeString:
        return shown_as_json(run.cursor)

    @admin.display(description=gettext_lazy("writing"))
    def writing(self, run: Run) -> str:
        return _in_seconds(run.seconds_writing)

    @admin.display(description=gettext_lazy("size"))
    def size(self, run: Run) -> str:
        return filesizeformat(run.bytes)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<uuid:run_id>/progress/", wrap(self.progress), name="sync_run_progress"),
            path("<uuid:run_id>/cancel/", wrap(require_POST(self.cancel)), name="sync_run_cancel"),
            path("<uuid:run_id>/resume/", wrap(require_POST(self.resume)), name="sync_run_resume"),
            path("<uuid:run_id>/accept/", wrap(require_POST(self.accept)), name="sync_run_accept"),
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

    def resume(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """Start a run that goes on at the page where this one broke off."""
        if not request.user.has_perm("sync.change_run"):
            raise PermissionDenied
        try:
            resumed = resume_run(get_object_or_404(Run, pk=run_id))
        except NothingToResume as error:
            messages.error(request, str(error))
            return redirect("admin:sync_run_change", run_id)
        return redirect("admin:sync_run_change", resumed.pk)

    def accept(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """Take away all the same what a run found gone and kept, for a reason that the audit trail keeps."""
        if not request.user.has_perm("sync.change_run"):
            raise PermissionDenied
        return decided(request, get_object_or_404(Run, pk=run_id), accept_fall, page="admin:sync_run_change")

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        run = self.get_object(request, str(object_id))
        may_change = request.user.has_perm("sync.change_run")
        context = {}
        if run:
            context = {
                **_progress(run),
                "may_cancel": may_change,
                "may_resume": may_change and can_resume(run),
                "may_accept": may_change and may_accept_fall(run),
            }
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})


def duration_of(run: Run) -> str:
    """From the first slice to the end, or until now."""
    if run.started_at is None:
        return "-"
    seconds = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
    return _in_seconds(seconds) if seconds < 120 else _("%s min") % number_format(seconds / 60, 1)


def _in_seconds(seconds: float) -> str:
    return _("%s s") % number_format(seconds, 1)


def _progress(run: Run) -> dict[str, Any]:
    return {
        "run": run,
        "is_open": run.state in Run.OPEN,
        "duration": duration_of(run),
        "ends_at": estimated_end(run),
        "unreadable": run.unreadable_rows.all()[:UNREADABLE_SHOWN],
    }
