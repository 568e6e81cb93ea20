"""The machinery in the admin: streams and their runs, deliveries, and the mirror to look things up in."""

from sync.admin import deliveries, mirror, streams

__all__ = ["deliveries", "mirror", "streams"]
