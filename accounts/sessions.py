"""Django's database sessions, each with its user, its browser, its start and its last use beside it.

`SESSION_ENGINE = "accounts.sessions"`. A session ends after SESSION_IDLE_SECONDS without use and, used or not, after
SESSION_LIFE_SECONDS: both are kept in its record and judged there, whatever a browser does with its cookie.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.utils import timezone

from accounts.models import Session

USER_AGENT = "user_agent"
NOTED_EVERY = timedelta(minutes=1)

_KEY = re.compile(r"[a-z0-9]{32}")


class SessionStore(DatabaseSessionStore):
    _record: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: object) -> bool:
        """What no key of ours looks like is not looked up: PostgreSQL takes no zero bytes."""
        return isinstance(key, str) and _KEY.fullmatch(key) is not None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        record, key = self._record, cast("str", self.session_key)
        if record is None or record.session_key != key:
            now = timezone.now()
            record = Session(session_key=key, started_at=now, seen_at=now)
        record.session_data = self.encode(data)
        record.user_id = data.get(SESSION_KEY)
        record.user_agent = data.get(USER_AGENT, "")
        record.expire_date = record.ends_at
        self._record = record
        return record

    def _get_session_from_db(self) -> Session | None:
        now = timezone.now()
        record = Session.objects.filter(session_key=self.session_key, expire_date__gt=now).first()
        if record is None or record.is_over:
            self._session_key = None
            return None
        _note_use(record)
        self._record = record
        return record


def contents_of(record: Session) -> dict[str, Any]:
    """What a session holds; nothing where that cannot be read any more."""
    return SessionStore().decode(record.session_data)


def _note_use(record: Session) -> None:
    """At most once a minute, so that reading pages is no writing. Outside of any partner's transaction."""
    now = timezone.now()
    if record.seen_at is None or now - record.seen_at < NOTED_EVERY:
        return
    record.seen_at = now
    # An update by key: where somebody has ended the session meanwhile, it stays so.
    Session.objects.filter(pk=record.pk).update(seen_at=now, expire_date=record.ends_at)
