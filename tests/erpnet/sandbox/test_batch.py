"""`$batch`: several requests in one, changesets that are saved as a whole, answers in order."""

from __future__ import annotations

import json
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest
import requests

from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import change_state, released_order
from tests.erpnet.sandbox.test_transactions import Inside
from tests.erpnet.sandbox.test_writing import RECEIPTS, created, line_of, read, shipment

PRODUCTS = "General_Products_Products"
UNITS = "General_Products_MeasurementUnits"
EOL = "\r\n"


def request(line: str, data: Any = None, *, number: str = "", headers: tuple[str, ...] = ()) -> str:
    """A request as a part, with what stands around it."""
    outer = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    outer += [f"Content-ID: {number}"] if number else []
    inner = [f"{line} HTTP/1.1", "Content-Type: application/json", *headers]
    body = "" if data is None else json.dumps(data)
    return EOL.join([*outer, "", *inner, "", body])


def changeset(*requests: str) -> str:
    parts = "".join(f"--changes{EOL}{one}{EOL}" for one in requests)
    return f"Content-Type: multipart/mixed; boundary=changes{EOL}{EOL}{parts}--changes--"


def send(api: Api, *parts: str, eol: str = EOL, **headers: str) -> requests.Response:
    body = "".join(f"--batch{EOL}{one}{EOL}" for one in parts) + f"--batch--{EOL}"
    content = {"Content-Type": "multipart/mixed; boundary=batch"}
    return api.session.post(
        f"{api.root}$batch", data=body.replace(EOL, eol).encode(), headers=content | headers, timeout=10
    )


def answers(response: requests.Response) -> list[Any]:
    """The status, the Content-ID and the JSON of each answer; those of a changeset in a list."""
    assert response.status_code == 200, response.text
    head = f"Content-Type: {response.headers['Content-Type']}{EOL}{EOL}".encode()
    message = BytesParser(policy=HTTP.clone(raise_on_defect=True)).parsebytes(head + response.content)
    return [_answer(part) for part in message.iter_parts()]


def _answer(part: Any) -> Any:
    if part.is_multipart():
        assert part.get_content_type() == "multipart/mixed"
        return [_answer(one) for one in part.iter_parts()]
    assert part.get_content_type() == "application/http"
    head, _, body = part.get_payload(decode=True).partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    return status, part.get("Content-ID", ""), json.loads(body) if body.strip() else None


@pytest.fixture
def order(api: Api) -> dict[str, Any]:
    return released_order(api)


class TestReads:
    @pytest.mark.parametrize("eol", ["\r\n", "\n"])
    def test_each_is_answered_in_its_place(self, api: Api, eol: str) -> None:
        found = answers(
            send(
                api,
                request(f"GET {UNITS}?$top=2&$select=Code"),
                request(f"GET {PRODUCTS}(00000000-0000-0000-0000-000000000000)"),
                request(f"GET {api.root}{PRODUCTS}?$top=1&$filter=contains(Name,'a')"),
                request("GET General_Currencies"),
                eol=eol,
            )
        )
        assert [status for status, _, _ in found] == [200, 404, 200, 500]
        assert len(found[0][2]["value"]) == 2
        assert "General_Currencies_Currencies" in found[3][2]["error"]["message"]

    def test_each_chooses_its_own_numbers(self, api: Api) -> None:
        query = f"GET {PRODUCTS}?$top=1&$select=StandardPricePerLot"
        exact, plain = answers(
            send(
                api,
                request(query, headers=("Accept: application/json;IEEE754Compatible=true",)),
                request(query),
            )
        )
        values = [one[2]["value"][0]["StandardPricePerLot"]["Value"] for one in (exact, plain)]
        assert isinstance(values[0], str)
        assert isinstance(values[1], float | int)


class TestChangesets:
    def test_what_one_makes_can_be_changed_and_added_to_by_the_next(
        self, api: Api, order: dict[str, Any]
    ) -> None:
        ((made, noted, added),) = answers(
            send(
                api,
                changeset(
                    request(f"POST {RECEIPTS}", shipment(order, Lines=[]), number="1"),
                    request("PATCH $1", {"Notes": "from a batch"}, number="2"),
                    request("POST $1/Lines", line_of(order, 4), number="3"),
                ),
            )
        )
        assert [made[:2], noted[:2], added[:2]] == [(201, "1"), (204, "2"), (201, "3")]
        document = read(api, made[2]["@odata.id"])
        assert (document["Notes"], document["ObjectVersion"]) == ("from a batch", 1)
        assert [line["Quantity"]["Value"] for line in document["Lines"]] == [4]

    def test_a_refused_change_is_the_answer_and_takes_the_others_along(
        self, api: Api, order: dict[str, Any]
    ) -> None:
        before = len(api.rows(RECEIPTS))
        kept, refused, after = answers(
            send(
                api,
                changeset(request(f"POST {RECEIPTS}", shipment(order), number="1")),
                changeset(
                    request(f"POST {RECEIPTS}", shipment(order), number="2"),
                    request("PATCH $2", {"Nothing": 1}, number="3"),
                    request(f"POST {RECEIPTS}", shipment(order), number="4"),
                ),
                request(f"GET {UNITS}?$top=1"),
            )
        )
        assert kept[0][0] == 201
        assert [one[:2] for one in refused] == [(400, "3")]
        assert "Nothing" in refused[0][2]["error"]["message"]
        assert after[0] == 200
        assert len(api.rows(RECEIPTS)) == before + 1

    def test_what_cannot_be_saved_is_laid_to_the_change_that_made_it(
        self, api: Api, order: dict[str, Any]
    ) -> None:
        ((refused,),) = answers(
            send(
                api,
                changeset(
                    request(f"POST {RECEIPTS}", shipment(order), number="first"),
                    request(f"POST {RECEIPTS}", shipment(order, -1), number="second"),
                    request("PATCH $second", {"Notes": "too late"}, number="third"),
                ),
            )
        )
        assert refused[:2] == (500, "second")
        assert refused[2]["error"]["code"] == 2029
        assert refused[2]["error"]["type"].endswith("EnterpriseOneServerException")

    def test_documents_are_deleted_and_moved_on_in_it(self, api: Api, order: dict[str, Any]) -> None:
        gone, moved = (created(api, shipment(order)) for _ in range(2))
        path = f"{moved['@odata.id']}/ChangeState"
        (results,) = answers(
            send(
                api,
                changeset(
                    request(f"DELETE {gone['@odata.id']}", number="1"),
                    request(f"POST {path}", {"newState": "Planned"}, number="2"),
                ),
            )
        )
        assert [one[0] for one in results] == [204, 204]
        assert api.get(gone["@odata.id"]).status_code == 404
        assert read(api, moved["@odata.id"])["State"] == "Planned"

    def test_released_documents_are_not_changed_in_it(self, api: Api, order: dict[str, Any]) -> None:
        document = created(api, shipment(order))
        change_state(api, document, "Released")
        ((refused,),) = answers(
            send(api, changeset(request(f"PATCH {document['@odata.id']}", {"Notes": "late"}, number="1")))
        )
        assert "adjustment document" in refused[2]["error"]["message"]

    def test_objects_of_other_requests_have_no_collections_to_post_to(
        self, api: Api, order: dict[str, Any]
    ) -> None:
        document = created(api, shipment(order))
        path = f"{document['@odata.id']}/Lines"
        assert api.post(path, line_of(order, 1)).status_code == 404
        ((refused,),) = answers(send(api, changeset(request(f"POST {path}", line_of(order, 1), number="1"))))
        assert refused[0] == 404

    def test_a_changeset_in_a_transaction_waits_for_its_end(
        self, sandbox: RunningInstance, api: Api, order: dict[str, Any]
    ) -> None:
        inside = Inside(Api(sandbox))
        caller = Api.__new__(Api)
        caller.root, caller.session = inside.root, inside.session
        ((made,),) = answers(
            send(
                caller,
                changeset(request(f"POST {RECEIPTS}", shipment(order), number="1")),
                TransactionId=inside.id,
            )
        )
        assert api.get(made[2]["@odata.id"]).status_code == 404
        inside.end()
        assert api.get(made[2]["@odata.id"]).status_code == 200


class TestScopes:
    def test_a_reader_may_batch_reads_alone(self, sandbox: RunningInstance, order: dict[str, Any]) -> None:
        reader = Api(sandbox, scope="read")
        found = answers(
            send(
                reader,
                request(f"GET {UNITS}?$top=1"),
                changeset(request(f"POST {RECEIPTS}", shipment(order), number="1")),
            )
        )
        assert (found[0][0], found[1][0][0]) == (200, 403)


GET, POST = f"GET {UNITS}?$top=1", f"POST {RECEIPTS}"


class TestForm:
    @pytest.mark.parametrize(
        "parts",
        [
            (request(POST, {}),),
            (changeset(request(GET, number="1")),),
            (changeset(request(POST, {})),),
            (changeset(request(POST, {}, number="1"), request(POST, {}, number="1")),),
            (request(f"GET {UNITS} FTP"),),
            (request("POST $batch", {}),),
            (changeset(request("POST BeginTransaction", {}, number="1")),),
            (request(GET, headers=("TransactionId: 1",)),),
            ("Content-Type: text/plain\r\n\r\nhello",),
            (),
        ],
    )
    def test_a_batch_of_another_form_is_refused_as_a_whole(self, api: Api, parts: tuple[str, ...]) -> None:
        before = len(api.rows(RECEIPTS))
        good = changeset(request(POST, {"Notes": "x"}, number="9"))
        answer = send(api, *((good, *parts) if parts else ()))
        assert answer.status_code == 400, answer.text
        assert len(api.rows(RECEIPTS)) == before

    def test_its_boundary_is_the_one_of_the_header(self, api: Api) -> None:
        for kind in ("multipart/mixed; boundary=other", "multipart/mixed", "application/json"):
            answer = send(api, request(GET), **{"Content-Type": kind})
            assert answer.status_code == 400
