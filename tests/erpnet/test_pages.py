"""Walking through pages: links as they come, the next page early, and never more in memory than two."""

from __future__ import annotations

import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from erpnet import DomainApi, F, Page, Query
from erpnet.discovery import Instance
from erpnet.exceptions import MalformedAnswer
from erpnet.pages import pages_from
from erpnet.query import count
from erpnet.transport import Answer
from tests.erpnet.builders import (
    ODATA,
    OPENID,
    ORDERS,
    ROOT,
    application,
    calls_to,
    domain_api,
    serve_identity,
    token_answer,
)
from tests.erpnet.server import answering, serving

URL = f"{ODATA}/{ORDERS}"
ROWS_ON_A_PAGE = 500


@contextmanager
def api_with_pages(number: int) -> Iterator[DomainApi]:
    """A client of a server on this machine whose one entity set has `number` pages."""

    def behave(connection: socket.socket, request: str) -> None:
        path = request.split(" ")[1]
        content = _content(path, number).replace(ROOT, f"http://{host(request)}")
        head = f"HTTP/1.1 200 OK\nContent-Length: {len(content)}\nConnection: close\n\n"
        answering(head + content)(connection, request)

    with serving(behave) as url:
        site = application(instance_url=url)
        yield DomainApi(site, instance=Instance.conventional(site))


def host(request: str) -> str:
    return next(line for line in request.split("\r\n") if line.startswith("Host: ")).removeprefix("Host: ")


def _content(path: str, number: int) -> str:
    if "openid-configuration" in path:
        return json.dumps(OPENID)
    if path.endswith("/connect/token"):
        return json.dumps(token_answer())
    page = int(parse_qs(urlsplit(path).query).get("$skip", ["0"])[0])
    rows = [{"Id": page * ROWS_ON_A_PAGE + index, "Text": "x" * 100} for index in range(ROWS_ON_A_PAGE)]
    more = (
        {"@odata.nextLink": f"{ORDERS}?$top={ROWS_ON_A_PAGE}&$skip={page + 1}"} if page + 1 < number else {}
    )
    return json.dumps({"value": rows, **more})


def most_memory(api: DomainApi) -> int:
    """The most bytes that were in use at a time while all rows were read."""
    tracemalloc.start()
    try:
        assert sum(1 for _ in api.rows(Query(ORDERS))) % ROWS_ON_A_PAGE == 0
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_the_pages_take_no_more_memory() -> None:
    with api_with_pages(4) as few, api_with_pages(40) as many:
        most_memory(few)  # What is made once, such as the token, is made here.
        assert most_memory(many) < 1.5 * most_memory(few)


def test_rows_are_those_of_all_pages_in_their_order() -> None:
    with api_with_pages(3) as api:
        assert [row["Id"] for row in api.rows(Query(ORDERS))] == list(range(3 * ROWS_ON_A_PAGE))
        assert api.counters.requests == 3


def answer_of(content: dict[str, Any]) -> Answer:
    return Answer(200, {}, json.dumps(content).encode(), 0.0)


class TestTheNextPage:
    """It is asked for before the page that names it has been read."""

    def asked_for(self, *contents: dict[str, Any], **options: Any) -> list[str]:
        """The links that a walk through pages with this content asks for."""
        asked: list[str] = []

        def load(link: str) -> Answer:
            asked.append(link)
            return answer_of(contents[min(len(asked), len(contents)) - 1])

        list(pages_from(load, "first", **options))
        return asked

    @pytest.mark.parametrize("stands", ["before the rows", "after the rows", "among a great many rows"])
    def test_is_found_wherever_its_link_stands(self, stands: str) -> None:
        rows = {"value": [{"Text": "x" * 5000}]}
        link = {"@odata.nextLink": 'quoted "second"'}
        first = {
            "before the rows": link | rows,
            "after the rows": rows | link,
            "among a great many rows": {"a": "x" * 5000} | link | rows,
        }[stands]
        assert self.asked_for(first, {"value": []}) == ["first", 'quoted "second"']

    def test_is_the_one_that_the_page_names_and_no_row_of_it(self) -> None:
        """What was asked for too early is thrown away, whichever answer comes first."""
        contents: dict[str, dict[str, Any]] = {
            "first": {"value": [{"Part": {"@odata.nextLink": "of a part"}}], "@odata.nextLink": "second"},
            "of a part": {"value": [{"Id": "wrong"}]},
            "second": {"value": [{"Id": "right"}]},
        }
        _first, *others = pages_from(lambda link: answer_of(contents[link]), "first")
        assert [page.rows for page in others] == [[{"Id": "right"}]]

    def test_is_not_asked_for_by_who_does_not_go_on(self) -> None:
        more = {"value": [], "@odata.nextLink": "another"}
        assert self.asked_for(more, goes_on=lambda: False) == ["first"]


def test_leaving_early_asks_for_no_more_than_the_next_page() -> None:
    with api_with_pages(10) as api:
        rows = api.rows(Query(ORDERS))
        assert next(rows)["Id"] == 0
        rows.close()
        for thread in threading.enumerate():
            if thread.name.startswith("erpnet-page"):
                thread.join(10)
        assert api.counters.requests <= 2


def test_leaving_early_does_not_wait_for_the_page_under_way() -> None:
    """The garbage collector may end a walk in the very thread whose turn that page waits for."""
    turn = threading.Event()

    def load(link: str) -> Answer:
        if link == "second":
            turn.wait(10)
        return answer_of({"@odata.nextLink": "second", "value": []})

    walk = pages_from(load, "first")
    next(walk)
    started = time.monotonic()
    walk.close()
    assert time.monotonic() - started < 5
    turn.set()


class TestLinks:
    @pytest.fixture(autouse=True)
    def identity(self, erp: responses.RequestsMock) -> None:
        serve_identity(erp)

    def test_a_page_never_has_more_than_a_thousand_rows(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, json={"value": []})
        domain_api().page(Query(ORDERS))
        list(domain_api().rows(Query(ORDERS).filter(F.Void.eq(False))))
        assert [request.params["$top"] for request in calls_to(erp, URL)] == ["1000", "1000"]
        with pytest.raises(ValueError, match="1000"):
            Query(ORDERS).top(1001)

    @pytest.mark.parametrize(
        "link",
        [
            f"{ORDERS}?%24top=2&%24select=PartNumber%2cName&%24skiptoken=d8372f13",
            f"{ORDERS}?$top=1000&$skip=1000&$filter=Name%20eq%20'a%2Fb%26c'&unknown=%C2%A7",
            f"{ORDERS}?$skiptoken=plus+and%2Bplus&&=",
        ],
    )
    @pytest.mark.parametrize("root", ["", f"{ODATA}/", "/api/domain/odata/"])
    def test_a_link_is_followed_to_the_letter(
        self, erp: responses.RequestsMock, root: str, link: str
    ) -> None:
        erp.get(URL, json={"value": [], "@odata.nextLink": root + link})
        erp.get(URL, json={"value": []})
        list(domain_api().pages(Query(ORDERS)))
        # The two cases of hexadecimal digits are one address (RFC 3986, 6.2.2.1); nothing else may differ.
        assert calls_to(erp, URL)[1].url == f"{ODATA}/{link.replace('%2c', '%2C')}"

    def test_a_page_that_leads_to_itself_ends_the_walk(self, erp: responses.RequestsMock) -> None:
        link = f"{ORDERS}?$skip=1000"
        erp.get(URL, json={"value": [{"Id": 1}], "@odata.nextLink": link})
        with pytest.raises(MalformedAnswer, match="itself"):
            list(domain_api().rows(link))

    def test_a_walk_in_a_circle_ends(self, erp: responses.RequestsMock) -> None:
        for page in range(7):
            following = page + 1 if page < 6 else 3
            link = f"{ORDERS}?$skip={following}"
            query = [responses.matchers.query_param_matcher({"$skip": str(page)})]
            erp.get(URL, json={"value": [{"Id": page}], "@odata.nextLink": link}, match=query)
        with pytest.raises(MalformedAnswer, match="back to itself"):
            list(islice(domain_api().rows(f"{ORDERS}?$skip=0"), 20))

    def test_groups_are_asked_for_by_position_where_no_link_leads_on(
        self, erp: responses.RequestsMock
    ) -> None:
        groups = Query(ORDERS).group_by(F.Supplier, Orders=count())
        for rows in ([{"Orders": 1}, {"Orders": 2}], [{"Orders": 3}, {"Orders": 4}], []):
            erp.get(URL, json={"value": rows})
        assert [row["Orders"] for row in domain_api().rows(groups.top(2))] == [1, 2, 3, 4]
        assert [request.params.get("$skip") for request in calls_to(erp, URL)] == [None, "2", "4"]

    def test_a_link_to_more_groups_is_followed(self, erp: responses.RequestsMock) -> None:
        groups = Query(ORDERS).group_by(F.Supplier, Orders=count())
        erp.get(URL, json={"value": [{"Orders": 1}], "@odata.nextLink": f"{ORDERS}?$skip=1"})
        erp.get(URL, json={"value": [{"Orders": 2}]})
        assert [row["Orders"] for row in domain_api().rows(groups.top(1))] == [1, 2]

    def test_rows_read_before_a_page_is_refused_are_handed_out(self, erp: responses.RequestsMock) -> None:
        erp.get(URL, json={"value": [{"Id": 1}], "@odata.nextLink": "https://evil.example/X"})
        rows = domain_api().rows(Query(ORDERS))
        assert next(rows) == {"Id": 1}
        with pytest.raises(MalformedAnswer, match="another host"):
            next(rows)


def test_a_page_shows_its_size_and_none_of_its_rows() -> None:
    page = Page([{"Name": "secret"}], f"{ORDERS}?$skip=1", 7, 100, 0.1)
    assert repr(page) == "<Page of 1 rows of 7, more to come>"
    assert repr(Page([], None, None, 2, 0.1)) == "<Page of 0 rows, none to come>"
