"""People and partners in the admin. What ERP.net says is shown and never edited here; the deeds are actions."""

from accounts.admin import partners, people, trail
from accounts.admin.base import ReadOnlyAdmin

__all__ = ["ReadOnlyAdmin", "partners", "people", "trail"]
