"""Logs: one JSON line an event, in UTC, with the correlation id that ties a request to its tasks and API calls."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

from accounts.text import without_secrets
from erpnet import correlation

# What every record carries anyway: the rest of its attributes came with `extra` and belongs into the line.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Django's and Celery's own extras: objects, or what may carry what a person typed.
_LEFT_OUT = frozenset({"request", "response", "server_time", "data", "args", "sql", "params", "status_code"})


# JSON escapes CR and LF itself, and leaves these, at which some readers break lines too.
_LINE_BREAKS = {0x85: r"\u0085", 0x2028: r"\u2028", 0x2029: r"\u2029"}


class JsonFormatter(logging.Formatter):
    """A line break in a message is escaped, so one event can never pose as two.

    Django itself writes the path of a request that failed, which may be the link of an invitation.
    """

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if identifier := correlation.get():
            event["correlation_id"] = identifier
        extras = vars(record).keys() - _STANDARD - _LEFT_OUT
        event.update({name: vars(record)[name] for name in sorted(extras)})
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(event, default=str).decode().translate(_LINE_BREAKS)
