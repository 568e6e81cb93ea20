"""Transactions: changes in memory, seen by the one who makes them, until they are saved or forgotten."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
import time_machine

from erpnet.sandbox.options import NO_LIMITS
from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import change_state, released_order
from tests.erpnet.sandbox.test_writing import RECEIPTS, created, error_of, line_of, message_of, read, shipment

LINES = "Logistics_Procurement_ReceivingOrderLines"


class Inside:
    """Calls with a transaction's id."""

    def __init__(self, api: Api, **parameters: Any) -> None:
        self.root = api.root
        self.session = api.session
        self.begun = api.post("BeginTransaction", {"model": "frontend"} | parameters)
        assert self.begun.status_code == 200, self.begun.text
        self.id = self.begun.text

    def send(self, method: str, path: str, data: dict[str, Any] | None = None) -> requests.Response:
        headers = {"TransactionId": self.id}
        return self.session.request(method, self.root + path, json=data, headers=headers, timeout=10)

    def end(self, **parameters: Any) -> requests.Response:
        return self.send("POST", "EndTransaction", parameters)


@pytest.fixture
def caller(sandbox: RunningInstance) -> Api:
    """A caller with a session of its own, as a session has one transaction at a time."""
    return Api(sandbox)


@pytest.fixture
def order(api: Api) -> dict[str, Any]:
    return released_order(api)


@pytest.fixture
def document(api: Api, order: dict[str, Any]) -> dict[str, Any]:
    return created(api, shipment(order))


class TestBeginningAndEnding:
    def test_an_id_is_answered_as_plain_text(self, caller: Api) -> None:
        inside = Inside(caller)
        assert inside.begun.headers["Content-Type"].startswith("text/plain")
        assert len(inside.id) == 32
        assert inside.end(commit=False).status_code == 204

    @pytest.mark.parametrize("given", [{"model": "backend"}, {"trackChanges": "yes"}, {"modle": "common"}])
    def test_parameters_are_those_that_are_documented(self, caller: Api, given: dict[str, Any]) -> None:
        assert caller.post("BeginTransaction", given).status_code == 400

    def test_a_session_has_one_at_a_time(self, caller: Api) -> None:
        inside = Inside(caller)
        assert caller.post("BeginTransaction", {}).status_code == 429
        inside.end(commit=False)
        Inside(caller).end(commit=False)

    def test_an_id_is_good_for_its_session_and_until_its_end(self, api: Api, caller: Api) -> None:
        inside = Inside(caller)
        stolen = api.session.get(f"{api.root}GetVersion", headers={"TransactionId": inside.id}, timeout=10)
        assert message_of(stolen) == f"Invalid TransactionId {inside.id}."
        inside.end(commit=False)
        for answer in (inside.end(), inside.send("GET", RECEIPTS)):
            assert message_of(answer) == f"Invalid TransactionId {inside.id}."

    def test_it_is_dead_after_25_minutes(self, sandbox: RunningInstance, document: dict[str, Any]) -> None:
        with time_machine.travel("2026-11-30T10:00:00Z", tick=False) as clock:
            caller = Api(sandbox)
            inside = Inside(caller)
            clock.move_to("2026-11-30T10:15:00Z")
            assert inside.send("PATCH", document["@odata.id"], {"Notes": "late"}).status_code == 204
            clock.move_to("2026-11-30T10:24:59Z")
            assert inside.send("GET", document["@odata.id"]).status_code == 200
            clock.move_to("2026-11-30T10:25:00Z")
            assert "Invalid TransactionId" in message_of(inside.end())
            Inside(caller).end(commit=False)

    def test_ending_needs_the_header(self, caller: Api) -> None:
        assert "TransactionId" in message_of(caller.post("EndTransaction", {"commit": True}))

    def test_it_takes_the_scope_to_change(self, sandbox: RunningInstance) -> None:
        reader = Api(sandbox, scope="read")
        assert reader.post("BeginTransaction", {}).status_code == 403
        assert reader.post("EndTransaction", {}).status_code == 403


class TestChanges:
    def test_nobody_else_sees_them_before_they_are_saved(
        self, api: Api, caller: Api, document: dict[str, Any]
    ) -> None:
        address = document["@odata.id"]
        inside = Inside(caller)
        assert inside.send("PATCH", address, {"Notes": "by one"}).status_code == 204
        assert inside.send("GET", address).json()["Notes"] == "by one"
        assert read(api, address)["Notes"] is None
        assert inside.end().status_code == 204
        assert read(api, address)["Notes"] == "by one"

    def test_queries_see_what_was_made_changed_and_deleted(
        self, api: Api, caller: Api, order: dict[str, Any], document: dict[str, Any]
    ) -> None:
        inside = Inside(caller)
        made = inside.send("POST", RECEIPTS, shipment(order)).json()["@odata.id"]
        assert inside.send("DELETE", document["@odata.id"]).status_code == 204
        where = f"{RECEIPTS}?$filter=PurchaseOrder eq '{order['@odata.id']}'&$select=Id&$count=true"
        ours, theirs = inside.send("GET", where).json(), api.session.get(api.root + where).json()
        assert made in {row["@odata.id"] for row in ours["value"]}
        assert document["@odata.id"] not in {row["@odata.id"] for row in ours["value"]}
        assert document["@odata.id"] in {row["@odata.id"] for row in theirs["value"]}
        assert ours["@odata.count"] == theirs["@odata.count"]
        inside.end(commit=False)
        assert api.get(made).status_code == 404
        assert api.get(document["@odata.id"]).status_code == 200

    def test_all_of_them_are_one_new_version(
        self, api: Api, caller: Api, order: dict[str, Any], document: dict[str, Any]
    ) -> None:
        inside = Inside(caller)
        for notes in ("first", "second"):
            inside.send("PATCH", document["@odata.id"], {"Notes": notes})
        inside.send("PATCH", document["@odata.id"], {"Lines": [line_of(order, 2)]})
        inside.end()
        changed = read(api, document["@odata.id"])
        assert (changed["Notes"], len(changed["Lines"])) == ("second", 2)
        assert changed["ObjectVersion"] == document["ObjectVersion"] + 1

    def test_a_refused_request_leaves_the_others_alone(
        self, caller: Api, api: Api, order: dict[str, Any]
    ) -> None:
        inside = Inside(caller)
        made = inside.send("POST", RECEIPTS, shipment(order, Notes="kept")).json()["@odata.id"]
        bad = {"Notes": "lost", "Lines": [line_of(order, 1), {"Nothing": 1}]}
        assert inside.send("PATCH", made, bad).status_code == 400
        inside.end()
        kept = read(api, made)
        assert (kept["Notes"], len(kept["Lines"])) == ("kept", 1)

    def test_the_back_end_looks_at_the_end(self, api: Api, caller: Api, order: dict[str, Any]) -> None:
        inside = Inside(caller)
        made = inside.send("POST", RECEIPTS, shipment(order, Lines=[line_of(order, 0)]))
        assert made.status_code == 201
        assert "greater than zero" in message_of(inside.end())
        assert api.get(made.json()["@odata.id"]).status_code == 404

    def test_a_released_document_can_be_changed_but_not_saved(
        self, api: Api, caller: Api, document: dict[str, Any]
    ) -> None:
        change_state(api, document, "Released")
        inside = Inside(caller)
        assert inside.send("PATCH", document["@odata.id"], {"Notes": "late"}).status_code == 204
        assert "adjustment" in message_of(inside.end())
        assert read(api, document["@odata.id"])["Notes"] is None

    def test_what_others_have_changed_meanwhile_stays(
        self, api: Api, caller: Api, document: dict[str, Any]
    ) -> None:
        inside = Inside(caller)
        inside.send("PATCH", document["@odata.id"], {"Notes": "ours"})
        api.patch(document["@odata.id"], {"ReferenceDocumentNo": "theirs"})
        assert inside.end().status_code == 204
        changed = read(api, document["@odata.id"])
        assert (changed["Notes"], changed["ReferenceDocumentNo"]) == ("ours", "theirs")

    def test_a_version_counts_until_the_end(self, api: Api, caller: Api, document: dict[str, Any]) -> None:
        line = document["Lines"][0]["@odata.id"]
        inside = Inside(caller)
        assert inside.send("PATCH", line, {"Notes": "ours", "ObjectVersion": 1}).status_code == 204
        api.patch(document["@odata.id"], {"Notes": "theirs"})
        answer = inside.end()
        assert "another user" in message_of(answer)
        assert error_of(answer)["code"] == 2118
        assert read(api, document["@odata.id"])["Lines"][0]["Notes"] is None

    def test_what_others_have_deleted_is_not_made_again(
        self, api: Api, caller: Api, document: dict[str, Any]
    ) -> None:
        inside = Inside(caller)
        inside.send("PATCH", document["@odata.id"], {"Notes": "ours"})
        api.delete(document["@odata.id"])
        assert "another user" in message_of(inside.end())
        assert api.get(document["@odata.id"]).status_code == 404

    def test_a_state_changed_in_it_counts_at_its_end(
        self, api: Api, caller: Api, document: dict[str, Any]
    ) -> None:
        inside = Inside(caller)
        path = f"{document['@odata.id']}/ChangeState"
        assert inside.send("POST", path, {"newState": "Released"}).status_code == 204
        assert read(api, document["@odata.id"])["State"] == "New"
        inside.end()
        assert read(api, document["@odata.id"])["State"] == "Released"


class TestModels:
    @pytest.mark.parametrize(("model", "base"), [("frontend", 8), ("common", 5)])
    def test_base_quantities_follow_in_the_front_end_model_alone(
        self, api: Api, caller: Api, document: dict[str, Any], model: str, base: int
    ) -> None:
        line = document["Lines"][0]
        assert line["QuantityBase"]["Value"] == 5
        inside = Inside(caller, model=model)
        inside.send("PATCH", line["@odata.id"], {"Quantity": {"Value": 8}})
        inside.end()
        changed = read(api, document["@odata.id"])["Lines"][0]
        assert changed["Quantity"]["Value"] == 8
        assert changed["QuantityBase"]["Value"] == changed["StandardQuantityBase"]["Value"] == base

    def test_the_amount_of_a_line_follows_its_quantity(
        self, caller: Api, api: Api, document: dict[str, Any]
    ) -> None:
        line = document["Lines"][0]
        inside = Inside(caller)
        inside.send("PATCH", line["@odata.id"], {"Quantity": {"Value": 10}})
        now = inside.send("GET", line["@odata.id"]).json()
        inside.end(commit=False)
        assert now["LineAmount"]["Value"] == pytest.approx(10 * line["PricePerUnit"]["Value"], abs=0.01)


class TestGetChanges:
    def test_changes_are_told_once_by_kind_set_and_key(
        self, caller: Api, order: dict[str, Any], document: dict[str, Any]
    ) -> None:
        inside = Inside(caller, trackChanges=True)
        assert inside.send("GET", "GetChanges").json() == {}
        line = document["Lines"][0]
        inside.send("PATCH", line["@odata.id"], {"Quantity": {"Value": 7}})
        made = inside.send("POST", RECEIPTS, shipment(order, Lines=[])).json()
        told = inside.send("GET", "GetChanges").json()
        assert told["@odata.context"].endswith("$metadata#Erp.OpenObject")
        assert told["update"][LINES][line["Id"]]["QuantityBase"] == {
            "Value": 7,
            "Unit": line["QuantityBase"]["Unit"],
        }
        assert told["insert"][RECEIPTS][made["@odata.id"][-37:-1]]["Store"] == order["Store"]
        assert "Id" not in told["insert"][RECEIPTS][made["@odata.id"][-37:-1]]
        inside.send("DELETE", made["@odata.id"])
        assert list(inside.send("GET", "GetChanges").json()["delete"]) == [RECEIPTS]
        assert inside.send("GET", "GetChanges").json() == {}
        inside.end(commit=False)

    @pytest.mark.parametrize("given", [{}, {"trackChanges": True, "model": "common"}])
    def test_they_have_to_be_tracked_in_a_front_end_transaction(
        self, caller: Api, given: dict[str, Any]
    ) -> None:
        inside = Inside(caller, **given)
        for name in ("GetChanges", "WaitForChanges"):
            assert "tracks" in message_of(inside.send("GET", name))
        inside.end(commit=False)

    def test_waiting_ends_with_a_change_or_with_time(self) -> None:
        with running_instance(rate_limits=NO_LIMITS) as running:
            api = Api(running)
            document = created(api, shipment(released_order(api)))
            inside = Inside(api, trackChanges=True)
            change = threading.Timer(
                0.2, inside.send, ("PATCH", document["@odata.id"], {"Notes": "while you wait"})
            )
            change.start()
            told = inside.send("GET", "WaitForChanges").json()
            change.join()
            assert told["update"][RECEIPTS][document["Id"]] == {"Notes": "while you wait"}
            running.instance.transactions.wait_seconds = 0.05
            assert inside.send("GET", "WaitForChanges").json() == {}
