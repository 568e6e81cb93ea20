"""Pages of rows: reading one, and walking through all of them with the next one under way.

Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from erpnet.answers import read_object
from erpnet.exceptions import MalformedAnswer
from erpnet.query import LARGEST_PAGE, Query
from erpnet.transport import Answer

_COUNT = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """Rows as ERP.net sent them. `count` is the number of all rows, where the query asked for it."""

    rows: list[dict[str, Any]]
    next_link: str | None
    count: int | None
    bytes: int
    seconds: float

    def __repr__(self) -> str:
        of_all = "" if self.count is None else f" of {self.count}"
        return f"<Page of {len(self.rows)} rows{of_all}, {'more' if self.next_link else 'none'} to come>"


def page_from(answer: Answer) -> Page:
    """Raises MalformedAnswer for what is no page."""
    content = read_object(answer)
    rows, link, count = content.get("value"), content.get("@odata.nextLink"), content.get("@odata.count")
    is_counted = count is None or _COUNT.fullmatch(str(count))
    if not isinstance(rows, list) or not isinstance(link, str | None) or not is_counted:
        raise MalformedAnswer("ERP.net answered a query with something that is no page of rows.")
    if not all(isinstance(row, dict) for row in rows):
        raise MalformedAnswer("ERP.net answered a query with rows that are no objects.")
    return Page(rows, link, None if count is None else int(count), len(answer.body), answer.seconds)


def sized(query: Query) -> Query:
    """The query, with 1000 rows a page where it does not say how many."""
    return query.top(LARGEST_PAGE) if query.page_size is None else query


def link_to(query_or_next_link: Query | str) -> str:
    """Where the first page of a query is; a next link as it is."""
    asked = query_or_next_link
    return asked if isinstance(asked, str) else sized(asked).path()


def chunks_of(load: Callable[[str], Page], query: Query) -> Generator[Page, None, None]:
    """All pages of a grouped query: by position, for ERP.net documents no link from one to the next.

    Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html#paging
    """
    query = sized(query)
    while True:
        page = load(query.path())
        yield page
        if page.next_link:
            yield from pages_from(load, page.next_link)
            return
        if len(page.rows) < (query.page_size or LARGEST_PAGE):
            return
        query = query.skip(query.skipped + len(page.rows))


def pages_from(load: Callable[[str], Page], link: str) -> Generator[Page, None, None]:
    """The page at `link` and all that follow it, the next one loading while this one is used: two at a time."""
    ahead = ThreadPoolExecutor(1, thread_name_prefix="erpnet-page")

    def start(asked: str) -> Future[Page]:
        return ahead.submit(copy_context().run, load, asked)

    known, pages, looked_for = link, 0, 1
    try:
        coming: Future[Page] | None = start(link)
        while coming is not None:
            page, pages = coming.result(), pages + 1
            if page.next_link in (link, known):
                raise MalformedAnswer("ERP.net sent a page that leads back to itself.")
            if (
                pages == looked_for
            ):  # Circles of any size are found by one link, moved on ever more seldom (Brent).
                known, looked_for = page.next_link or "", 2 * looked_for
            coming, link = (start(page.next_link), page.next_link) if page.next_link else (None, "")
            yield page
    finally:
        # Not waited for: the garbage collector may be here, in a thread whose turn the page under way waits for.
        ahead.shutdown(wait=False, cancel_futures=True)
