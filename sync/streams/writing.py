"""Writing a page: COPY into a temporary table, then one statement that inserts what is new and updates what changed.

Newest wins: a row older than the one in the mirror changes nothing, and an equal one is not written again. A document's
lines are replaced together with it, and only where the document itself was taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction

from sync.streams.targets import VERSION, Lines, Mapped, Target


@dataclass(frozen=True, slots=True)
class Refused:
    """An object that PostgreSQL does not take, and why."""

    object_id: Any
    why: str


def write_page(target: Target, lines: Lines | None, page: Sequence[Mapped]) -> tuple[int, list[Refused]]:
    """Write a page inside the caller's transaction. Answers how many objects were new or changed, and the refused ones.

    One that PostgreSQL refuses does not stop the others: the page is halved until such objects stand alone.
    """
    try:
        with transaction.atomic():
            return _write(target, lines, page), []
    except (DataError, IntegrityError, ProgrammingError) as error:
        if len(page) == 1:
            return 0, [Refused(page[0].row[0], str(error).splitlines()[0])]
    middle = len(page) // 2
    changed, refused = write_page(target, lines, page[:middle])
    changed_after, refused_after = write_page(target, lines, page[middle:])
    return changed + changed_after, refused + refused_after


def _write(target: Target, lines: Lines | None, page: Sequence[Mapped]) -> int:
    newest = _newest(target, page)
    with connection.cursor() as cursor:
        _stage(cursor, target, [mapped.row for mapped in newest])
        cursor.execute(_upsert(target))
        changed: int = cursor.rowcount
        if lines is not None:
            _stage(
                cursor, lines.target, {line[0]: line for mapped in newest for line in mapped.lines}.values()
            )
            if _have_lines(cursor, target, lines, newest):
                cursor.execute(_delete_lines(target, lines))
            cursor.execute(_upsert_lines(target, lines))
    return changed


def _newest(target: Target, page: Sequence[Mapped]) -> list[Mapped]:
    """Each object once: pages may repeat one that was changed while they were read."""
    version = target.columns.index(VERSION)
    newest: dict[Any, Mapped] = {}
    for mapped in page:
        before = newest.get(mapped.row[0])
        if before is None or not _older(mapped.row[version], before.row[version]):
            newest[mapped.row[0]] = mapped
    return list(newest.values())


def _older(moment: Any, than: Any) -> bool:
    return moment is not None and than is not None and moment < than


def _stage(cursor: Any, target: Target, rows: Iterable[tuple[Any, ...]]) -> None:
    extra = "".join(f", NULL::{sql_type} AS {name}" for name, sql_type in target.staged_only)
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {target.stage} ON COMMIT DELETE ROWS AS"
        f" SELECT {_list(target.columns)}{extra} FROM {target.table} WITH NO DATA"
    )
    # It is empty but where a page is halved. TRUNCATE would write to the catalogue for each page.
    cursor.execute(f"DELETE FROM {target.stage}")
    copying = cursor.copy(f"COPY {target.stage} ({_list(target.staged_columns)}) FROM STDIN")
    with connection.wrap_database_errors, copying as copy:
        for row in rows:
            copy.write_row(row)
    for statement in target.prepare:
        cursor.execute(statement)


def _upsert(target: Target) -> str:
    newer = f"coalesce(EXCLUDED.{VERSION} >= mirror.{VERSION}, true)"
    join, owner = (target.owner.join, target.owner.expression) if target.owner else ("", "")
    return _insert(target, f"{target.stage} staged {join}", owner, newer)


def _upsert_lines(target: Target, lines: Lines) -> str:
    source = f"{lines.target.stage} staged JOIN ({_taken(target)}) taken ON taken.id = staged.{lines.parent}"
    owner = "taken.partner_id" if target.owner else ""
    return _insert(lines.target, source, owner, "true")


def _insert(target: Target, source: str, owner: str, condition: str) -> str:
    owned = ("partner_id",) if owner else ()
    stamped = ("fetched_at",) if _has(target, "fetched_at") else ()
    compared = [name for name in (*target.columns, *owned) if name != "id" and name not in target.first_only]
    selected = (
        [f"staged.{name}" for name in target.columns] + [owner] * bool(owner) + ["now()"] * bool(stamped)
    )
    return (
        f"INSERT INTO {target.table} AS mirror ({_list((*target.columns, *owned, *stamped))})"
        f" SELECT {_list(selected)} FROM {source}"
        f" ON CONFLICT (id) DO UPDATE SET {_list(f'{name} = EXCLUDED.{name}' for name in (*compared, *stamped))}"
        f" WHERE {condition} AND ({_list(f'mirror.{name}' for name in compared)})"
        f" IS DISTINCT FROM ({_list(f'EXCLUDED.{name}' for name in compared)})"
    )


def _delete_lines(target: Target, lines: Lines) -> str:
    return (
        f"DELETE FROM {lines.target.table} line USING ({_taken(target)}) taken WHERE taken.id = line.{lines.parent}"
        f" AND NOT EXISTS (SELECT FROM {lines.target.stage} staged WHERE staged.id = line.id)"
    )


def _have_lines(cursor: Any, target: Target, lines: Lines, page: Sequence[Mapped]) -> bool:
    """Whether lines of these documents may be in the mirror: new ones have none, and looking for them costs most."""
    if target.key != "id":
        return True
    found = f"SELECT EXISTS (SELECT FROM {lines.target.table} WHERE {lines.parent} = ANY(%s::uuid[]))"
    cursor.execute(found, [[mapped.row[0] for mapped in page]])
    return bool(cursor.fetchone()[0])


def _taken(target: Target) -> str:
    """The staged documents that now stand in the mirror; an outdated one leaves the lines of the newer one alone."""
    owner = ", mirror.partner_id" if target.owner else ""
    return (
        f"SELECT mirror.id{owner} FROM {target.table} mirror JOIN {target.stage} document ON document.id = mirror.id"
        f" WHERE mirror.{VERSION} IS NOT DISTINCT FROM document.{VERSION}"
    )


def _has(target: Target, column: str) -> bool:
    return any(field.column == column for field in target.model._meta.concrete_fields)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
