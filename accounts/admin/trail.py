"""The audit trail of all partners, to read and to search."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ReadOnlyAdmin
from accounts.models import AuditEvent, Partner


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "succeeded", "reason", "login", "partner", "subject")
    list_filter = ("kind", "succeeded", "reason", "at")
    search_fields = ("login", "reason", "subject", "correlation_id", "partner_id", "partner_name")
    date_hierarchy = "at"
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """The trail names partners by value, so that it outlives them; where one is still there, its name is shown."""
        names = Partner.objects.filter(pk=OuterRef("partner_id")).values("name")
        return super().get_queryset(request).annotate(partner_name=Subquery(names))

    @admin.display(description=_("partner"), ordering="partner_name")
    def partner(self, event: Any) -> str:
        return event.partner_name or str(event.partner_id or "")
