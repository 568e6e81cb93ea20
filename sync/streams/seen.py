"""What a reading from end to end comes across: ids in a table, for one process may begin and another end it.

The table is not logged, so that a million ids cost little. A crash empties it; then fewer are there than were noted,
and the reading begins again before anything is taken for gone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from sync.models import Run
from sync.streams.targets import Target


class NotesLost(Exception):
    """Not all ids that were noted are there: nothing can be told from those that are."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of a stream, by however many runs that go on from one another.

    Whatever was copied after `since` may be newer than what has been read.
    """

    id: uuid.UUID
    since: datetime

    @classmethod
    def of(cls, run: Run) -> Reading:
        since = run.cursor.get("since")
        return cls(
            uuid.UUID(run.cursor.get("reading", str(run.pk))),
            datetime.fromisoformat(since) if since else run.started_at or run.created_at,
        )

    def handed_on(self) -> dict[str, str]:
        """What the cursor of a run that goes on from here has to say."""
        return {"reading": str(self.id), "since": self.since.isoformat()}

    def note(self, ids: Iterable[uuid.UUID]) -> int:
        """Note that these ids were seen, in the caller's transaction; answers how many."""
        count = 0
        with connection.cursor() as cursor:
            copying = cursor.copy("COPY sync_seen (run_id, object_id) FROM STDIN")
            with connection.wrap_database_errors, copying as copy:
                for object_id in ids:
                    copy.write_row((self.id, object_id))
                    count += 1
        return count

    def forget(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sync_seen WHERE run_id = %s", [self.id])

    def unseen(self, target: Target, *, noted: int, column: str = "id") -> list[uuid.UUID]:
        """Rows of the mirror that ERP.net should have had among the ids noted, by a column. Raises NotesLost.

        What has no key of ERP.net yet is not among them, nor what was put away before.
        """
        conditions = [
            f"mirror.{target.key} IS NOT NULL",
            "mirror.fetched_at < %s",
            f"NOT EXISTS (SELECT FROM sync_seen seen WHERE seen.run_id = %s AND seen.object_id = mirror.{target.key})",
        ]
        if target.kept is not None:
            conditions.append(f"NOT ({target.kept.put_away} AND {target.kept.which})")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sync_seen WHERE run_id = %s", [self.id])
            if cursor.fetchone()[0] != noted:
                raise NotesLost
            statement = f"SELECT mirror.{column} FROM {target.table} mirror WHERE {' AND '.join(conditions)}"
            cursor.execute(statement, [self.since, self.id])
            return [row[0] for row in cursor.fetchall()]


def ids_of(rows: Iterable[dict[str, Any]]) -> list[uuid.UUID]:
    """The ids of rows as ERP.net sent them: a row that cannot be read is there all the same."""
    found = []
    for row in rows:
        try:
            found.append(uuid.UUID(str(row.get("Id"))))
        except ValueError:
            continue
    return found


def forget_abandoned() -> None:
    """Forget what readings have noted that nobody goes on with. One that is taken up later begins its table again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM sync_seen WHERE run_id NOT IN (SELECT coalesce(cursor ->> 'reading', id::text)::uuid"
            " FROM sync_run WHERE state = ANY(%s) OR finished_at > now() - interval '1 day')",
            [list(Run.OPEN)],
        )
