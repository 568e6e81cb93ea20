"""Deliveries: what waits, what is stuck and why, and sending it again."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin import ReadOnlyAdmin
from accounts.models import User
from sync.exceptions import SyncError
from sync.models import OutboxEntry
from sync.services.deliveries import retry_delivery


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "state",
        "partner",
        "shipment",
        "message",
        "attempts",
        "next_attempt_at",
        "kind",
    )
    list_filter = ("state", "kind", "partner")
    list_select_related = ("partner", "shipment")
    search_fields = ("shipment__number", "shipment__id", "message", "correlation_id")
    date_hierarchy = "created_at"
    fields = (
        ("state", "kind", "attempts"),
        ("message", "message_code"),
        ("partner", "shipment"),
        ("created_by", "created_at", "finished_at"),
        ("next_attempt_at", "lease_owner", "lease_until"),
        ("expected_version", "correlation_id"),
        "payload",
    )
    change_form_template = "admin/sync/outboxentry/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        retry = self.admin_site.admin_view(require_POST(self.retry))
        return [path("<int:entry_id>/retry/", retry, name="sync_outboxentry_retry"), *super().get_urls()]

    def retry(self, request: HttpRequest, entry_id: int) -> HttpResponse:
        """Send a stuck delivery once more, for a reason that the audit trail keeps."""
        if not request.user.has_perm("sync.change_outboxentry"):
            raise PermissionDenied
        entry = get_object_or_404(OutboxEntry, pk=entry_id)
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, _("Say why it should be sent again."))
            return redirect("admin:sync_outboxentry_change", entry_id)
        try:
            retry_delivery(entry, user=cast("User", request.user), reason=reason[:500])
            messages.success(request, _("The delivery will be sent again."))
        except SyncError as error:
            messages.error(request, error.message)
        return redirect("admin:sync_outboxentry_change", entry_id)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        entry = self.get_object(request, str(object_id))
        stuck = entry is not None and entry.state in OutboxEntry.STUCK
        context = {
            "may_retry": stuck and request.user.has_perm("sync.change_outboxentry"),
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, context)
