"""What a run of the stock changed or would have changed, and the two decisions that staff make by it."""

from __future__ import annotations

import uuid

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sync.admin.reasons import decided
from sync.models import Run, StreamName
from sync.selectors.differences import difference_of
from sync.services.snapshots import place_snapshot
from sync.streams.snapshot.history import obstacle_to

LONGEST_PAGE_NUMBER = 6


class SnapshotPages(admin.ModelAdmin):
    """The pages of the stock's runs: what each changed, and putting its snapshot in place."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("runs/<uuid:run_id>/difference/", wrap(self.difference), name="sync_stock_difference"),
            path("runs/<uuid:run_id>/place/", wrap(require_POST(self.place)), name="sync_stock_place"),
        ]
        return [*own, *super().get_urls()]

    def difference(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        if not request.user.has_perm("sync.view_run"):
            raise PermissionDenied
        run = get_object_or_404(Run, pk=run_id, stream=StreamName.STOCK)
        page = _page_number(request.GET.get("page", ""))
        context = {
            **self.admin_site.each_context(request),
            "title": _("What differs in the stock"),
            "opts": Run._meta,
            "run": run,
            "page": page,
            "difference": difference_of(run, page),
            "is_refused": run.state == Run.State.REFUSED,
            "obstacle": obstacle_to(run),
            "may_place": request.user.has_perm("sync.change_run"),
        }
        return render(request, "admin/sync/snapshot/difference.html", context)

    def place(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """Put the snapshot of a run in place, for a reason that the audit trail keeps."""
        if not request.user.has_perm("sync.change_run"):
            raise PermissionDenied
        run = get_object_or_404(Run, pk=run_id, stream=StreamName.STOCK)
        return decided(request, run, place_snapshot, page="admin:sync_stock_difference")


def _page_number(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_PAGE_NUMBER
    return max(1, int(text)) if is_number else 1
