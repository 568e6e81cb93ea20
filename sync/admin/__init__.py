"""The machinery in the admin: streams and runs, deliveries, alerts, and the mirror to look things up in."""

from sync.admin import deliveries, mirror, operations, runs, streams, unreadable

__all__ = ["deliveries", "mirror", "operations", "runs", "streams", "unreadable"]
