"""What every entity of ERP.net offers: reading it as a typed dataclass, and writing it by the same fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import Any, ClassVar, Protocol, Self
from uuid import UUID

from erpnet.client import DomainApi
from erpnet.entities.bodies import body_of
from erpnet.entities.kinds import Source
from erpnet.exceptions import MalformedAnswer, Unanswered
from erpnet.objects import Objects, Target, reference_from
from erpnet.query import LARGEST_PAGE, Condition, F, Query
from erpnet.values import Reference


class Writer(Protocol):
    """What can create and update: a DomainApi, or a transaction of it."""

    def create(self, entity_set: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def update(
        self, reference: Reference, data: Mapping[str, Any], *, object_version: int | None = None
    ) -> dict[str, Any]: ...


class Entity:
    """What all entities offer. Made by `entity`."""

    ENTITY_SET: ClassVar[str]
    SOURCES: ClassVar[tuple[Source, ...]]
    __slots__ = ()

    # -- Reading --------------------------------------------------------------------------------------------

    @classmethod
    def fetch(cls, api: Objects, target: UUID | Target, *, also: Iterable[str] = ()) -> Self:
        """The object with that id, as `api` sees it: a transaction has its own changes. Raises NotFound."""
        query = cls.query(also)
        found = api.get(cls._reference(target), select=query.selection, expand=query.expansions)
        return cls.from_row(found)

    @classmethod
    def iterate(
        cls,
        api: DomainApi,
        condition: Condition | None = None,
        *,
        also: Iterable[str] = (),
        page_size: int = LARGEST_PAGE,
    ) -> Generator[Self, None, None]:
        """All objects that meet the condition, loaded page by page as they are used.

        Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
        """
        query = cls.query(also).top(page_size)
        with closing(api.pages(query if condition is None else query.filter(condition))) as pages:
            for page in pages:
                yield from map(cls.from_row, page.rows)

    @classmethod
    def select_list(cls) -> tuple[str, ...]:
        """The names for $select; what is expanded comes without being named."""
        return tuple(source.name for source in cls.SOURCES if source.selected and source.child is None)

    @classmethod
    def query(cls, also: Iterable[str] = ()) -> Query:
        """All rows, with every attribute that the dataclass selects, and the fields `also` that it does not."""
        if isinstance(also, str):
            raise TypeError(f"also takes several fields: [{also!r}].")
        query = Query(cls.ENTITY_SET).select(*cls.select_list(), *(cls._unselected(field) for field in also))
        for source in cls.SOURCES:
            if source.child is not None:
                query = query.expand(source.name, select=source.child.select_list())
        return query

    @classmethod
    def changed_since(cls, moment: dt.datetime) -> Query:
        """The rows of an aggregate root that changed at `moment` or later; ERP.net may heed only its date.

        Docs: https://docs.erp.net/dev/domain-api/data-sync/incremental-pull.html
        """
        if all(source.name != "AggregateLastUpdateTimeUtc" for source in cls.SOURCES):
            raise TypeError(f"{cls.__name__} has no time of change: it is a part of something, or a view.")
        return cls.query().filter(F.AggregateLastUpdateTimeUtc.ge(moment))

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Read one row of a page. Raises MalformedAnswer for a missing or unreadable value."""
        values = []
        for source in cls.SOURCES:
            value = row.get(source.name)
            try:
                values.append(None if value is None and source.null else source.kind.read(value))
            except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError):
                where = row.get("@odata.id") or cls.ENTITY_SET
                raise MalformedAnswer(f"{where} has no readable {source.name}.") from None
        return cls(*values)

    @property
    def reference(self) -> Reference:
        """What refers to this object. Raises TypeError for a row of a view, which has no id."""
        own_id = getattr(self, "id", None)
        if not isinstance(own_id, UUID):
            raise TypeError(f"A {type(self).__name__} has no id to refer to.")
        return Reference(self.ENTITY_SET, own_id)

    # -- Writing --------------------------------------------------------------------------------------------

    @classmethod
    def data(cls, **fields: Any) -> dict[str, Any]:
        """The JSON that sets these fields, for `merge`, `find_or_create`, batches and imports.

        Child objects are dicts of their own fields, references may be entities. Raises TypeError for a field
        that is not there, that ERP.net alone sets, or that takes another type; ValueError for an impossible value.
        """
        return body_of(cls, fields)

    @classmethod
    def create(cls, api: Writer, **fields: Any) -> Reference:
        """Create an object with these fields, and its children with it. Refuses what `data` refuses.

        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/create.html
        """
        cls._check_that_it_has_an_id()
        made = api.create(cls.ENTITY_SET, cls.data(**fields))
        try:
            return Reference.parse(made["@odata.id"])
        except (KeyError, TypeError, ValueError):
            raise Unanswered("ERP.net created an object and did not say which.") from None

    @classmethod
    def update(
        cls, api: Writer, target: UUID | Target, *, object_version: int | None = None, **fields: Any
    ) -> None:
        """Change these fields of an object; children that are given are added. Refuses what `data` refuses.

        With `object_version`, raises Conflict where the object has another one by now.
        Docs: https://docs.erp.net/dev/domain-api/data-manipulation/update.html
        """
        api.update(cls._reference(target), cls.data(**fields), object_version=object_version)

    @classmethod
    def _reference(cls, target: UUID | Target) -> Reference:
        cls._check_that_it_has_an_id()
        if isinstance(target, UUID):
            return Reference(cls.ENTITY_SET, target)
        found = reference_from(target)
        if found.entity_set != cls.ENTITY_SET:
            raise TypeError(f"{found} is no {cls.__name__}.")
        return found

    @classmethod
    def _check_that_it_has_an_id(cls) -> None:
        if all(source.name != "Id" for source in cls.SOURCES):
            raise TypeError(f"A {cls.__name__} has no id: it is a row of a view.")

    @classmethod
    def _unselected(cls, field: str) -> str:
        names = {source.field: source.name for source in cls.SOURCES if not source.selected}
        if field not in names:
            raise TypeError(f"{cls.__name__} has no {field} to ask for; it has {', '.join(names) or 'none'}.")
        return names[field]
