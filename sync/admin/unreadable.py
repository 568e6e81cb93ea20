"""Objects of ERP.net that could not be taken over, as they came."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin
from sync.admin.raw import shown_as_json
from sync.models import UnreadableRow
from sync.words import translated


@admin.register(UnreadableRow)
class UnreadableRowAdmin(ReadOnlyAdmin):
    """A row leaves the list by itself, as soon as the object can be read or is gone."""

    list_display = ("entity_set", "object_id", "says", "last_seen_at", "stream")
    list_filter = ("stream", "entity_set")
    list_select_related = ("stream",)
    search_fields = ("object_id", "why")
    fields = ("entity_set", "object_id", "says", "first_seen_at", "last_seen_at", "run", "as_it_came")

    @admin.display(description=_("why"), ordering="why")
    def says(self, row: UnreadableRow) -> str:
        return translated(row.why)

    @admin.display(description=_("as it came"))
    def as_it_came(self, row: UnreadableRow) -> SafeString:
        return shown_as_json(row.row)
