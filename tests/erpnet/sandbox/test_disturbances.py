"""Faults that spoil an answer on its way, and which requests a fault is meant for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from erpnet.sandbox.faults import KINDS
from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import released_order
from tests.erpnet.sandbox.test_writing import created, shipment

BALANCES = "Logistics_Inventory_CurrentBalances"
CURRENCIES = "General_Currencies_Currencies"


@pytest.fixture(autouse=True)
def _undisturbed(sandbox: RunningInstance) -> Iterator[None]:
    yield
    requests.delete(f"{sandbox.url}/sandbox/faults", timeout=10)


def disturb(sandbox: RunningInstance, **fault: Any) -> list[dict[str, Any]]:
    answer = requests.post(f"{sandbox.url}/sandbox/faults", json=fault, timeout=10)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def status(api: Api, path: str = CURRENCIES) -> int:
    return api.get(path).status_code


class TestAnswersOnTheirWay:
    def test_half_an_answer_ends_the_connection(self, sandbox: RunningInstance, api: Api) -> None:
        disturb(sandbox, kind="half-answer")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            api.get(CURRENCIES)
        assert status(api) == 200

    def test_half_of_the_json_has_a_length_that_agrees(self, sandbox: RunningInstance, api: Api) -> None:
        disturb(sandbox, kind="half-json")
        answer = api.get(CURRENCIES)
        assert (answer.status_code, len(answer.content)) == (200, int(answer.headers["Content-Length"]))
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer.json()

    @pytest.mark.parametrize(("kind", "head_waits"), [("slow-headers", True), ("slow-body", False)])
    def test_an_answer_trickles_in(
        self, sandbox: RunningInstance, api: Api, kind: str, head_waits: bool
    ) -> None:
        disturb(sandbox, kind=kind, seconds=0.4)
        started = time.monotonic()
        with api.session.get(f"{api.root}{CURRENCIES}", stream=True) as answer:
            assert (time.monotonic() - started >= 0.3) is head_waits
            assert answer.json()["value"]
        assert time.monotonic() - started >= 0.3

    def test_a_slow_token_takes_its_time(self, sandbox: RunningInstance) -> None:
        disturb(sandbox, kind="slow", area="token", seconds=0.2)
        started = time.monotonic()
        Api(sandbox)
        assert time.monotonic() - started >= 0.2


class TestKeys:
    def test_what_is_signed_behind_a_rotation_has_a_new_key(self, fresh: RunningInstance) -> None:
        before, api = fresh.instance.keys.current.kid, Api(fresh)
        disturb(fresh, kind="keys-rotated")
        assert status(api) == 200
        assert fresh.instance.keys.current.kid != before
        assert status(api) == 200

    def test_withdrawn_keys_take_their_tokens_along(self, fresh: RunningInstance) -> None:
        api = Api(fresh)
        disturb(fresh, kind="keys-withdrawn", area="everything", path="/tools/*")
        assert status(api) == 200
        requests.get(f"{fresh.url}/tools/auto-discovery", timeout=10)
        assert status(api) == 401
        assert status(Api(fresh)) == 200

    def test_both_can_be_had_at_once(self, fresh: RunningInstance) -> None:
        api = Api(fresh)
        address = f"{fresh.url}/sandbox/keys"
        assert (
            requests.post(address, timeout=10).json()["kid"]
            != requests.post(address, timeout=10).json()["kid"]
        )
        assert status(api) == 200
        requests.post(address, json={"withdraw": True}, timeout=10)
        assert status(api) == 401


def pages(api: Api) -> list[dict[str, Any]]:
    """The balances as a caller gets them who follows the links."""
    found: list[dict[str, Any]] = []
    link = f"{api.root}{BALANCES}?$top=100&$count=true"
    while link:
        answer = api.session.get(link).json()
        found += answer["value"]
        link = answer.get("@odata.nextLink", "")
    return found


def test_rows_that_shift_are_missed_or_met_twice(fresh: RunningInstance) -> None:
    api = Api(fresh)
    whole = {str(row) for row in pages(api)}
    disturb(fresh, kind="rows-shift", path=f"{BALANCES}*", rows=7, times=2)
    shifted = [str(row) for row in pages(api)]
    assert len(whole) == len(shifted) == 300
    assert len(set(shifted)) == 300 - 14
    assert {str(row) for row in pages(api)} == whole


def test_shifted_rows_are_all_there_after_a_restart(fresh: RunningInstance) -> None:
    balances = fresh.instance.balances
    before = sorted(map(str, balances))
    balances.turn(11)
    balances.shift(change=0, remove=0)
    again = type(balances)(fresh.instance.store)
    assert sorted(map(str, again)) == before
    assert list(again) == list(balances)


class TestWhatAFaultIsMeantFor:
    def test_a_path_may_be_a_pattern_below_the_root_or_a_whole_address(
        self, sandbox: RunningInstance, api: Api
    ) -> None:
        disturb(sandbox, kind="broken", path="General_Products_*")
        disturb(sandbox, kind="bad-gateway", path="/api/domain/odata/GetVersion")
        assert status(api) == 200
        assert status(api, "General_Products_Products") == 500
        assert status(api, "GetVersion") == 502

    def test_the_first_requests_may_pass(self, sandbox: RunningInstance, api: Api) -> None:
        disturb(sandbox, kind="broken", after=2, times=2)
        assert [status(api) for _ in range(5)] == [200, 200, 500, 500, 200]

    def test_a_fault_may_last_until_it_is_forgotten(self, sandbox: RunningInstance, api: Api) -> None:
        disturb(sandbox, kind="slow", times=0)
        (_, fault) = disturb(sandbox, kind="broken", times=0, path=CURRENCIES)
        disturb(sandbox, kind="broken", times=0, path="GetVersion")
        requests.delete(f"{sandbox.url}/sandbox/faults/1", timeout=10)
        kept = requests.get(f"{sandbox.url}/sandbox/faults", timeout=10).json()[0]["number"]
        requests.delete(f"{sandbox.url}/sandbox/faults/{kept}", timeout=10)
        assert [status(api) for _ in range(3)] == [500] * 3
        requests.delete(f"{sandbox.url}/sandbox/faults/{fault['number']}", timeout=10)
        assert status(api) == 200
        assert status(api, "GetVersion") == 500

    def test_a_business_error_says_what_it_is_told_to(self, sandbox: RunningInstance, api: Api) -> None:
        disturb(sandbox, kind="business-error", message="The period is closed.", code=2044)
        error = api.get(CURRENCIES).json()
        error = error.get("error", error)
        assert (error["message"], error["code"]) == ("The period is closed.", 2044)


@pytest.mark.parametrize(
    "fault",
    [
        {"times": "3"},
        {"times": -1},
        {"seconds": -1},
        {"methods": "GET"},
        {"path": 4},
        {"area": "mars"},
        {"retry_after": True},
        {"number": 4},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(sandbox: RunningInstance, fault: dict[str, object]) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/faults", json={"kind": "slow", **fault}, timeout=10)
    assert answer.status_code == 400


class TestTheBoard:
    def test_a_person_disturbs_and_forgets_by_forms(self, sandbox: RunningInstance) -> None:
        board = requests.Session()
        form = {"kind": "slow", "area": "api", "path": "", "times": "2", "seconds": "1.5"}
        answer = board.post(f"{sandbox.url}/sandbox/faults", data=form)
        assert answer.url == f"{sandbox.url}/sandbox"
        (fault,) = board.get(f"{sandbox.url}/sandbox/faults").json()
        assert (fault["times"], fault["path"], fault["seconds"]) == (2, "*", 1.5)
        address = f"/sandbox/faults/{fault['number']}"
        assert f'action="{address}"' in answer.text
        assert board.post(f"{sandbox.url}{address}", data={}).ok
        assert board.get(f"{sandbox.url}/sandbox/faults").json() == []

    def test_it_offers_every_fault_there_is(self, sandbox: RunningInstance) -> None:
        board = requests.get(f"{sandbox.url}/sandbox", timeout=10).text
        assert all(f'<option value="{kind}"' in board for kind in KINDS)

    def test_requests_that_differ_in_their_query_alone_are_one_line(self, fresh: RunningInstance) -> None:
        api = Api(fresh)
        for top in range(1, 6):
            api.get(CURRENCIES, top=str(top))
        assert "5 times" in requests.get(f"{fresh.url}/sandbox", timeout=10).text

    def test_the_kinds_of_requests_are_counted(self, fresh: RunningInstance) -> None:
        api = Api(fresh)
        api.get(CURRENCIES)
        api.get("General_Nothing")
        api.post(f"{BALANCES}", {})
        kinds = requests.get(f"{fresh.url}/sandbox/state", timeout=10).json()["kinds"]
        assert {kind: (one["requests"], one["failed"]) for kind, one in kinds.items()} == {
            "token": (1, 0),
            "read": (2, 1),
            "create": (1, 1),
        }

    def test_a_document_tells_what_became_of_it(self, fresh: RunningInstance) -> None:
        api = Api(fresh)
        key = {"ExternalId": "one", "ExternalSystem": "partner-portal"}
        document = created(api, shipment(released_order(api), **key))
        api.patch(document["@odata.id"], {"Notes": "Gate 4"})
        api.patch(document["Lines"][0]["@odata.id"], {"Quantity": {"Value": 3}})
        address = f"{fresh.url}/sandbox/documents/{document['Id']}/state"
        requests.post(address, data={"state": "Released"}, timeout=10)
        (found,) = requests.get(f"{fresh.url}/sandbox/documents", timeout=10).json()
        changes = [
            (one["entity_set"].rpartition("_")[2], one["what"], one["names"]) for one in found["Changes"]
        ]
        assert {one[:2] for one in changes[:2]} == {
            ("ReceivingOrders", "created"),
            ("ReceivingOrderLines", "created"),
        }
        assert ("ReceivingOrders", "changed", ["Notes"]) in changes
        assert any(one[:2] == ("ReceivingOrderLines", "changed") and "Quantity" in one[2] for one in changes)
        assert changes[-1][0] == "ReceivingOrders"
        assert "State" in changes[-1][2]
        assert "Gate 4" not in requests.get(f"{fresh.url}/sandbox", timeout=10).text

    def test_open_transactions_are_shown_without_their_whole_id(self, fresh: RunningInstance) -> None:
        api = Api(fresh)
        begun = api.post("BeginTransaction", {"model": "frontend", "trackChanges": False})
        assert begun.status_code == 200, begun.text
        (shown,) = requests.get(f"{fresh.url}/sandbox/state", timeout=10).json()["transactions"]
        assert (shown["model"], shown["changed"]) == ("frontend", 0)
        assert 24 * 60 < shown["ends"] - shown["begun"] <= 25 * 60
        key = begun.text.strip('"')
        board = requests.get(f"{fresh.url}/sandbox", timeout=10).text
        assert "Open transactions" in board
        assert key not in board

    @pytest.mark.parametrize(
        "headers", [{"Origin": "https://elsewhere.example"}, {"Host": "elsewhere.example"}]
    )
    def test_other_sites_cannot_reach_it(self, sandbox: RunningInstance, headers: dict[str, str]) -> None:
        assert requests.get(f"{sandbox.url}/sandbox/state", headers=headers, timeout=10).status_code == 403
        answer = requests.post(f"{sandbox.url}/sandbox/keys", headers=headers, timeout=10)
        assert answer.status_code == 403

    def test_it_may_be_called_localhost(self, sandbox: RunningInstance) -> None:
        address = sandbox.url.replace("127.0.0.1", "localhost")
        answer = requests.delete(
            f"{sandbox.url}/sandbox/faults",
            headers={"Host": address.removeprefix("http://"), "Origin": address},
            timeout=10,
        )
        assert answer.status_code == 200
