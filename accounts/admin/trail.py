"""The audit trail of all partners, to read and to search."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import ReadOnlyAdmin, ReasonFilter, TrailHistory, with_code
from accounts.models import AuditEvent
from accounts.trail import lines_of


class TrailList(ChangeList):
    """Names are read for a page of lines at once, however many they are."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: list[Any] = _with_lines(self.result_list)


def _with_lines(events: Any) -> list[Any]:
    lines = lines_of(events)
    for line in lines:
        line.event.line = line  # type: ignore[attr-defined]
    return [line.event for line in lines]


@admin.register(AuditEvent)
class AuditEventAdmin(TrailHistory, ReadOnlyAdmin):
    list_display = ("at", "sentence", "login", "company", "succeeded", "why")
    list_display_links = ("at", "sentence")
    list_filter = ("kind", "succeeded", ReasonFilter, "at")
    # Django asks for one to show the box; `AuditEventQuerySet.mentioning` does the search.
    search_fields = ("login",)
    search_help_text = _(
        "A person's name, login or e-mail, a company, a reason's code, a reference such as the correlation id."
    )
    date_hierarchy = "at"
    show_full_result_count = False
    fields = readonly_fields = (
        "at",
        "sentence",
        "particulars",
        "login",
        "company",
        "kind",
        "succeeded",
        "why",
        "correlation_id",
        "subject",
        "detail",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return AuditEvent.objects.with_company()

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        return queryset.mentioning(search_term), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TrailList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        event = super().get_object(request, object_id, from_field)
        return event and _with_lines([event])[0]

    def told_of(self, obj: AuditEvent) -> QuerySet[AuditEvent]:
        """What else the same request did."""
        same = {"correlation_id": obj.correlation_id} if obj.correlation_id else {"pk": obj.pk}
        return AuditEvent.objects.with_company().filter(**same)

    @admin.display(description=_("what"))
    def sentence(self, event: Any) -> str:
        line = event.line
        return f"{line.sentence}: {line.more}" if line.more else line.sentence

    @admin.display(description=_("particulars"))
    def particulars(self, event: Any) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((str(detail),) for detail in event.line.details))

    @admin.display(description=_("company"), ordering="partner_name")
    def company(self, event: Any) -> str:
        return event.partner_name or str(event.partner_id or "")

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, event: AuditEvent) -> str:
        return with_code(event.reason)
