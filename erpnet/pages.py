"""Pages of rows: reading one, and walking through all of them with the next one under way.

Docs: https://docs.erp.net/dev/domain-api/querying-data/paging.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator
from contextvars import copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

import orjson

from erpnet.answers import read_object
from erpnet.deadline import when_sent
from erpnet.exceptions import MalformedAnswer
from erpnet.query import LARGEST_PAGE, Query
from erpnet.transport import Answer

_COUNT = re.compile("[0-9]{1,18}")
_LINK = re.compile(rb'"@odata\.nextLink"\s*:\s*("(?:[^"\\]|\\.)*")')
# How many bytes of a page's beginning and end are looked through for the link: it stands beside the rows.
_EDGE = 4096
# The longest that a page is held back for the next request to leave. It is gone within a millisecond, unless it has to
# wait itself.
_HELD_BACK = 0.01  # seconds


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """Rows as ERP.net sent them. `count` is the number of all rows, where the query asked for it.

    `seconds` were spent waiting for it, `seconds_reading` making rows of its bytes.
    """

    rows: list[dict[str, Any]]
    next_link: str | None
    count: int | None
    bytes: int
    seconds: float
    seconds_reading: float = 0.0

    def __repr__(self) -> str:
        of_all = "" if self.count is None else f" of {self.count}"
        return f"<Page of {len(self.rows)} rows{of_all}, {'more' if self.next_link else 'none'} to come>"


def page_from(answer: Answer) -> Page:
    """Raises MalformedAnswer for what is no page."""
    started = time.perf_counter()
    content = read_object(answer)
    rows, link, count = content.get("value"), content.get("@odata.nextLink"), content.get("@odata.count")
    is_counted = count is None or _COUNT.fullmatch(str(count))
    if not isinstance(rows, list) or not isinstance(link, str | None) or not is_counted:
        raise MalformedAnswer("ERP.net answered a query with something that is no page of rows.")
    if not set(map(type, rows)) <= {dict}:
        raise MalformedAnswer("ERP.net answered a query with rows that are no objects.")
    total = None if count is None else int(count)
    return Page(rows, link, total, len(answer.body), answer.seconds, time.perf_counter() - started)


def sized(query: Query) -> Query:
    """The query, with 1000 rows a page where it does not say how many."""
    return query.top(LARGEST_PAGE) if query.page_size is None else query


def link_to(query_or_next_link: Query | str) -> str:
    """Where the first page of a query is; a next link as it is."""
    asked = query_or_next_link
    return asked if isinstance(asked, str) else sized(asked).path()


def chunks_of(load: Callable[[str], Answer], query: Query) -> Generator[Page, None, None]:
    """All pages of a grouped query: by position, for ERP.net documents no link from one to the next.

    Docs: https://docs.erp.net/dev/domain-api/querying-data/grouping.html#paging
    """
    query = sized(query)
    while True:
        page = page_from(load(query.path()))
        yield page
        if page.next_link:
            yield from pages_from(load, page.next_link)
            return
        if len(page.rows) < (query.page_size or LARGEST_PAGE):
            return
        query = query.skip(query.skipped + len(page.rows))


def pages_from(
    load: Callable[[str], Answer], link: str, *, goes_on: Callable[[], bool] | None = None
) -> Generator[Page, None, None]:
    """The page at `link` and all that follow it, the next one loading while this one is read and used: two at a time.

    `goes_on` is asked before each page is waited for: False ends the walk with that page.
    """
    ahead, circles = _Ahead(load, link), _Circles(link)
    following: str | None = link
    try:
        while following is not None:
            more = goes_on is None or goes_on()
            answer, guess = ahead.page(more=more)
            page = page_from(answer)
            circles.check(page.next_link)
            following = page.next_link if more else None
            if following is not None and guess is None:
                ahead.go_to(following)
            elif following is not None and following != guess:
                ahead.stop()
                ahead = _Ahead(load, following)
            yield page
    finally:
        ahead.stop()


class _Ahead:
    """A thread that loads pages, each as soon as the one before it has come and been asked for.

    It asks for the next page by itself, and a page is handed on when that request has left: reading a page keeps Python
    busy for some milliseconds, in which nothing would leave.
    """

    def __init__(self, load: Callable[[str], Answer], link: str) -> None:
        self._load = load
        self._come: SimpleQueue[tuple[Answer, str | None] | BaseException] = SimpleQueue()
        self._goes_on: SimpleQueue[bool] = SimpleQueue()
        self._links: SimpleQueue[str | None] = SimpleQueue()
        self._next_has_left = Event()
        run = copy_context().run
        Thread(target=run, args=(self._work, link), name="erpnet-page", daemon=True).start()

    def page(self, *, more: bool) -> tuple[Answer, str | None]:
        """The next page, and where the one after it seems to be; with `more` that one is loaded then."""
        self._next_has_left.clear()
        self._goes_on.put(more)
        come = self._come.get()
        if isinstance(come, BaseException):
            raise come
        if more and come[1] is not None:
            self._next_has_left.wait(_HELD_BACK)
        return come

    def go_to(self, link: str) -> None:
        """Where the next page is, after one that did not seem to say."""
        self._links.put(link)

    def stop(self) -> None:
        """Load nothing more. What is under way is not waited for: the garbage collector may be here, in a thread whose
        turn it waits for."""
        self._goes_on.put(False)
        self._links.put(None)

    def _work(self, link: str | None) -> None:
        when_sent.set(self._next_has_left.set)
        while link is not None:
            try:
                answer = self._load(link)
            except BaseException as failure:  # noqa: BLE001 - it is raised where the page is waited for
                self._come.put(failure)
                return
            guess = _link_ahead(answer.body)
            self._come.put((answer, guess))
            if not self._goes_on.get():
                return
            link = guess or self._links.get()


def _link_ahead(body: bytes) -> str | None:
    """Where the next page seems to be, before this one is read: that takes a while, and ERP.net can be at it meanwhile.

    Whoever asks compares it with what the page says when it is read.
    """
    found = _LINK.search(body[:_EDGE]) or _LINK.search(body[-_EDGE:])
    try:
        link = orjson.loads(found[1]) if found else None
    except orjson.JSONDecodeError:
        return None
    return link if isinstance(link, str) else None


class _Circles:
    """Finds links that lead in a circle of any size by keeping one, moved on ever more seldom (Brent)."""

    def __init__(self, link: str) -> None:
        self._link, self._known = link, link
        self._pages, self._looked_for = 0, 1

    def check(self, following: str | None) -> None:
        """Raises MalformedAnswer if the page after this one has been there."""
        self._pages += 1
        if following in (self._link, self._known):
            raise MalformedAnswer("ERP.net sent a page that leads back to itself.")
        if self._pages == self._looked_for:
            self._known, self._looked_for = following or "", 2 * self._looked_for
        self._link = following or ""
