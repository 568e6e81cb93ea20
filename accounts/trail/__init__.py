"""The audit trail as people read it: lines kept as data (`accounts.audit`), put into words when they are read."""

from accounts.trail.lines import PAGE_SIZE, Line, Trail, lines_of, trail_for

__all__ = ["PAGE_SIZE", "Line", "Trail", "lines_of", "trail_for"]
