"""`$batch`: what goes over the wire, and what becomes of each part of the answer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
import responses

from erpnet import Amount, DomainApi, F, Query, Reference
from erpnet.batch import Batch
from erpnet.exceptions import (
    Conflict,
    ErpNetError,
    MalformedAnswer,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    Unanswered,
    Unauthorized,
)
from tests.erpnet.builders import (
    BUSINESS_ERROR,
    ODATA,
    ORDER_ID,
    ORDERS,
    calls_to,
    domain_api,
    serve_identity,
)

URL = f"{ODATA}/$batch"
PRODUCTS = "General_Products_Products"
ORDER = Reference.parse(f"{ORDERS}({ORDER_ID})")
DELETED = ("HTTP/1.1 204 No Content", "")


@pytest.fixture(autouse=True)
def identity(erp: responses.RequestsMock) -> None:
    serve_identity(erp, "token-1", "token-2")


def http_part(status: str, content: Any, content_id: str = "") -> str:
    named = f"Content-ID: {content_id}\n" if content_id else ""
    body = "" if content is None else json.dumps(content, ensure_ascii=False)
    return (
        f"Content-Type: application/http\nContent-Transfer-Encoding: binary\n{named}\n"
        f"HTTP/1.1 {status}\nContent-Type: application/json;charset=utf-8\nOData-Version: 4.0\n\n{body}"
    )


def multipart(boundary: str, parts: Sequence[str]) -> str:
    return "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"


def changeset_part(*parts: str) -> str:
    return "Content-Type: multipart/mixed; boundary=changesetresponse_1\n\n" + multipart(
        "changesetresponse_1", parts
    )


def serve_batch(erp: responses.RequestsMock, *parts: str) -> None:
    body = multipart("batchresponse_1", parts).replace("\n", "\r\n")
    erp.post(URL, body=body.encode(), content_type="multipart/mixed; boundary=batchresponse_1")


def sent(erp: responses.RequestsMock) -> str:
    """The body of the batch that was sent, with plain names for its boundaries."""
    body: str = calls_to(erp, URL)[-1].body.decode()
    assert "\n" not in body.replace("\r\n", "")
    for kind in ("batch", "changeset"):
        body = re.sub(rf"{kind}_[0-9a-f-]{{36}}", kind, body)
    return body.replace("\r\n", "\n")


PAGE = http_part("200 OK", {"value": [{"PartNumber": "90002", "Name": {"BG": "Мито\u2028\x85"}}]})
FAILED = http_part("500 Internal Server Error", {"error": BUSINESS_ERROR}, "1")


def product_with_price(api: DomainApi) -> tuple[Batch, list[Any]]:
    """The example of ERP.net's documentation: a product, a change of it, and a row of its child list."""
    batch = api.batch()
    reading = batch.read(Query(PRODUCTS).top(2).select("PartNumber", "Name"))
    with batch.changeset() as changes:
        product = changes.create(PRODUCTS, {"PartNumber": "PRD-005"})
        cost = changes.update(product, {"StandardCostPerLot": Amount(Decimal(10), "EUR")})
        price = changes.create(product / "Prices", {"Price": Amount(Decimal("12.50"), "EUR")})
    return batch, [reading, product, cost, price]


class TestWire:
    def test_reads_and_changesets_are_written_as_documented(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, PAGE, changeset_part(FAILED))
        batch, _ = product_with_price(domain_api())
        batch.send()
        accept = "application/json;IEEE754Compatible=true;odata.metadata=minimal"
        outer = "Content-Type: application/http\nContent-Transfer-Encoding: binary\n"
        inner = f"Accept: {accept}\nContent-Type: application/json;IEEE754Compatible=true\n"
        assert sent(erp) == (
            f"--batch\n{outer}\n"
            f"GET {PRODUCTS}?$top=2&$select=PartNumber,Name HTTP/1.1\nAccept: {accept}\n\n\n"
            "--batch\nContent-Type: multipart/mixed; boundary=changeset\n\n"
            f"--changeset\n{outer}Content-ID: 1\n\n"
            f'POST {PRODUCTS} HTTP/1.1\n{inner}\n{{"PartNumber":"PRD-005"}}\n'
            f"--changeset\n{outer}Content-ID: 2\n\n"
            f'PATCH $1 HTTP/1.1\n{inner}\n{{"StandardCostPerLot":{{"Value":"10","Currency":"EUR"}}}}\n'
            f"--changeset\n{outer}Content-ID: 3\n\n"
            f'POST $1/Prices HTTP/1.1\n{inner}\n{{"Price":{{"Value":"12.50","Currency":"EUR"}}}}\n'
            "--changeset--\n\n--batch--\n"
        )
        headers = calls_to(erp, URL)[0].headers
        assert re.fullmatch(r"multipart/mixed; boundary=batch_[0-9a-f-]{36}", headers["Content-Type"])
        assert headers["Accept"] == "multipart/mixed"
        assert headers["Authorization"] == "Bearer token-1"

    def test_changes_reach_saved_objects_too(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, changeset_part(*(http_part("204 No Content", None, str(n)) for n in (1, 2))))
        batch = domain_api().batch()
        with batch.changeset() as changes:
            updated = changes.update(ORDER, {"Notes": "--batch\r\n--changeset--"}, object_version=5)
            deleted = changes.delete(f"{PRODUCTS}({ORDER_ID})")
        batch.send()
        assert f"PATCH {ORDER} HTTP/1.1" in sent(erp)
        assert '{"Notes":"--batch\\r\\n--changeset--","ObjectVersion":5}' in sent(erp)
        assert f"DELETE {PRODUCTS}({ORDER_ID}) HTTP/1.1" in sent(erp)
        assert updated.result() == {}
        deleted.result()

    def test_an_object_is_found_by_its_external_id_or_created(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, changeset_part(http_part("201 Created", {"DocumentNo": "1"}, "1")))
        batch = domain_api().batch()
        with batch.changeset() as changes:
            order = changes.find_or_create(
                ORDERS, {"Notes": "x"}, external_id="7", external_system="partner-portal"
            )
        batch.send()
        key = '"ExternalId":"7","ExternalSystem":"partner-portal"'
        assert f"POST {ORDERS} HTTP/1.1" in sent(erp)
        assert f'{{"@erpnet.action":"findOrCreate","@erpnet.findBy":{{{key}}},"Notes":"x",{key}}}' in sent(
            erp
        )
        assert order.result() == {"DocumentNo": "1"}

    def test_a_text_cannot_end_its_part(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, PAGE)
        batch = domain_api().batch()
        batch.read(Query(PRODUCTS).filter(F.PartNumber.eq("x\r\n\r\n--batch--' HTTP/1.1")))
        batch.send()
        assert sent(erp).count("\nGET ") == sent(erp).count("HTTP/1.1\n") == 1


class TestAnswers:
    def test_each_part_answers_its_request(self, erp: responses.RequestsMock) -> None:
        made = [
            http_part("201 Created", {"PartNumber": "PRD-005"}, "1"),
            http_part("204 No Content", None, "2"),
            http_part("201 Created", {"Price": {"Value": "12.50", "Currency": "EUR"}}, "3"),
        ]
        serve_batch(erp, PAGE, changeset_part(*made))
        batch, (reading, product, cost, price) = product_with_price(domain_api())
        batch.send()
        assert reading.result().rows[0]["Name"]["BG"] == "Мито\u2028\x85"
        assert product.result() == {"PartNumber": "PRD-005"}
        assert cost.result() == {}
        assert price.result()["Price"]["Value"] == "12.50"

    def test_answers_of_a_changeset_go_by_their_number(self, erp: responses.RequestsMock) -> None:
        serve_batch(
            erp,
            changeset_part(
                http_part("201 Created", {"DocumentNo": "second"}, "2"),
                http_part("201 Created", {"DocumentNo": "first"}, "1"),
            ),
        )
        batch = domain_api().batch()
        with batch.changeset() as changes:
            first, second = changes.create(ORDERS, {}), changes.create(ORDERS, {})
        batch.send()
        assert [one.result()["DocumentNo"] for one in (first, second)] == ["first", "second"]

    def test_a_changeset_fails_whole_and_leaves_the_rest_alone(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, PAGE, changeset_part(FAILED))
        batch, (reading, *changes) = product_with_price(domain_api())
        batch.send()
        assert reading.result().rows
        for change in changes:
            with pytest.raises(Rejected, match="Prohibited") as caught:
                change.result()
            assert caught.value.code == 2129
            assert not caught.value.may_have_happened

    def test_a_changeset_may_be_refused_in_one_part_of_its_own(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, PAGE, FAILED)
        batch, (_, product, *_) = product_with_price(domain_api())
        batch.send()
        with pytest.raises(Rejected):
            product.result()

    @pytest.mark.parametrize(
        ("status", "content", "expected"),
        [
            ("404 Not Found", {"error": {"message": "No such order."}}, NotFound),
            ("500 Internal Server Error", BUSINESS_ERROR, Rejected),
            ("503 Service Unavailable", None, ServerFault),
            ("401 Unauthorized", None, Unauthorized),
            ("429 Too Many Requests", None, RateLimited),
            ("200 OK", ["no object"], MalformedAnswer),
        ],
    )
    def test_a_part_that_fails_raises_by_the_same_tree(
        self, erp: responses.RequestsMock, status: str, content: Any, expected: type[ErpNetError]
    ) -> None:
        serve_batch(erp, PAGE, http_part(status, content))
        batch = domain_api().batch()
        page, order = batch.read(Query(PRODUCTS)), batch.get(ORDER, select=["DocumentNo"])
        batch.send()
        assert len(page.result().rows) == 1
        with pytest.raises(expected) as caught:
            order.result()
        assert type(caught.value) is expected

    def test_fault_16_a_stale_version_is_a_conflict_of_the_whole_changeset(
        self, erp: responses.RequestsMock
    ) -> None:
        serve_batch(erp, changeset_part(FAILED))
        erp.get(f"{ODATA}/{ORDER}", json={"ObjectVersion": "6"})
        batch = domain_api().batch()
        with batch.changeset() as changes:
            made = changes.create(PRODUCTS, {})
            changes.update(ORDER, {"Notes": "x"}, object_version=5)
        batch.send()
        with pytest.raises(Conflict):
            made.result()

    @pytest.mark.parametrize("numbers", [("1",), ("1", "3"), ("1", "2", "2"), ("", "")])
    def test_a_changeset_that_does_not_answer_each_change_may_have_been_saved(
        self, erp: responses.RequestsMock, numbers: tuple[str, ...]
    ) -> None:
        serve_batch(erp, changeset_part(*(http_part("204 No Content", None, number) for number in numbers)))
        batch = domain_api().batch()
        with batch.changeset() as changes:
            updated, _ = changes.update(ORDER, {"Notes": "x"}), changes.delete(ORDER)
        batch.send()
        with pytest.raises(Unanswered) as caught:
            updated.result()
        assert caught.value.may_have_happened


class TestLostAnswers:
    def test_fault_04_a_batch_without_an_answer_may_have_been_saved_and_is_sent_once(
        self, erp: responses.RequestsMock
    ) -> None:
        erp.post(URL, body=ConnectionResetError("gone"))
        batch, pending = product_with_price(domain_api())
        with pytest.raises(Unanswered) as caught:
            batch.send()
        assert caught.value.may_have_happened
        assert len(calls_to(erp, URL)) == 1
        for one in pending:
            with pytest.raises(Unanswered):
                one.result()

    def test_a_batch_of_reads_has_changed_nothing(self, erp: responses.RequestsMock) -> None:
        erp.post(URL, body=ConnectionResetError("gone"))
        batch = domain_api().batch()
        batch.read(Query(PRODUCTS))
        with pytest.raises(Unanswered) as caught:
            batch.send()
        assert not caught.value.may_have_happened

    @pytest.mark.parametrize("end", [20, 200, -2, -6, -40])
    def test_half_an_answer_is_none(self, erp: responses.RequestsMock, end: int) -> None:
        whole = multipart("batchresponse_1", [PAGE, changeset_part(FAILED)]).replace("\n", "\r\n").rstrip()
        erp.post(URL, body=whole[:end].encode(), content_type="multipart/mixed; boundary=batchresponse_1")
        batch, _ = product_with_price(domain_api())
        with pytest.raises(Unanswered, match="no whole answer"):
            batch.send()

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("text/html", "<html>welcome to the proxy</html>"),
            ("application/json", "{}"),
            ("multipart/mixed", multipart("b", [PAGE])),
            ("multipart/mixed; boundary=other", multipart("b", [PAGE])),
            ("multipart/form-data; boundary=b", multipart("b", [PAGE])),
            ("multipart/mixed; boundary=b", multipart("b", ["Content-Type: text/plain\n\nhello"])),
            ("multipart/mixed; boundary=b", multipart("b", ["Content-Type: application/http\n\nhello"])),
            ("multipart/mixed; boundary=b", multipart("b", ["no header at all"])),
            ("multipart/mixed; boundary=b", multipart("b", [PAGE, PAGE, PAGE])),
            (
                "multipart/mixed; boundary=b",
                multipart("b", [PAGE.replace("OData-Version: 4.0", "Content-Length: 999")]),
            ),
        ],
    )
    def test_what_is_no_answer_to_a_batch_is_not_taken_for_one(
        self, erp: responses.RequestsMock, content_type: str, body: str
    ) -> None:
        erp.post(URL, body=body.replace("\n", "\r\n").encode(), content_type=content_type)
        batch, _ = product_with_price(domain_api())
        with pytest.raises(Unanswered):
            batch.send()

    def test_what_comes_after_the_last_answer_is_unanswered(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, http_part("404 Not Found", {"message": "No such set."}))
        batch, (reading, product, *_) = product_with_price(domain_api())
        batch.send()
        with pytest.raises(NotFound):
            reading.result()
        with pytest.raises(Unanswered):
            product.result()

    def test_fault_09_a_401_for_the_whole_costs_one_renewal_and_one_replay(
        self, erp: responses.RequestsMock
    ) -> None:
        erp.post(URL, status=401)
        serve_batch(erp, PAGE)
        batch = domain_api().batch()
        page = batch.read(Query(PRODUCTS))
        batch.send()
        assert page.result().rows
        assert len(calls_to(erp, URL)) == 2


class TestUse:
    def test_a_batch_is_sent_once_and_has_results_then(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, PAGE)
        batch = domain_api().batch()
        page = batch.read(Query(PRODUCTS))
        with pytest.raises(RuntimeError, match="not been sent"):
            page.result()
        batch.send()
        for again in (batch.send, lambda: batch.read(Query(PRODUCTS)), lambda: batch.changeset().__enter__()):
            with pytest.raises(RuntimeError, match="has been sent"):
                again()

    def test_it_shows_what_is_in_it_and_what_came_of_it(self, erp: responses.RequestsMock) -> None:
        serve_batch(erp, PAGE, FAILED)
        batch = domain_api().batch()
        page = batch.read(Query(PRODUCTS))
        with batch.changeset() as changes:
            made = changes.create(ORDERS, {})
        assert repr(batch) == "<Batch of 2 parts, not sent>"
        assert repr(made) == "<Created, no answer yet>"
        batch.send()
        assert repr(batch) == "<Batch of 2 parts, sent>"
        assert repr(page) == "<Pending, answered>"
        assert repr(made).startswith("<Created, Rejected('")

    def test_an_exception_leaves_its_changeset_out(self, erp: responses.RequestsMock) -> None:
        batch = domain_api().batch()
        with pytest.raises(ValueError, match="no name"), batch.changeset() as changes:
            changes.create(changes.create(ORDERS, {}) / "no name", {})
        with batch.changeset():
            pass
        with pytest.raises(ValueError, match="nothing"):
            batch.send()
        assert not erp.calls

    def test_only_the_same_changeset_reaches_what_it_creates(self) -> None:
        batch = domain_api().batch()
        with batch.changeset() as first:
            order = first.create(ORDERS, {})
        with batch.changeset() as second:
            for call in (
                lambda: second.update(order, {}),
                lambda: second.create(order / "Lines", {}),
                lambda: second.delete(order),
            ):
                with pytest.raises(ValueError, match="same changeset"):
                    call()

    def test_a_name_cannot_lead_elsewhere(self) -> None:
        with domain_api().batch().changeset() as changes:
            order = changes.create(ORDERS, {})
            for call in (
                lambda: changes.create("../id", {}),
                lambda: order / "Lines/../../x",
                lambda: changes.delete("$9"),
            ):
                with pytest.raises(ValueError, match=r"ERP\.net|odata id"):
                    call()
