"""Faults on demand, as the client meets them, and the instance's back door."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from stamina import set_testing

from erpnet import DomainApi
from erpnet.exceptions import (
    ErpNetError,
    LicencesExhausted,
    RateLimited,
    Rejected,
    ServerFault,
    Unanswered,
    Unreachable,
)
from erpnet.query import Query
from erpnet.sandbox.testing import RunningInstance
from tests.erpnet.sandbox.builders import Api, Browser, form_fields
from tests.erpnet.sandbox.test_documents import released_order
from tests.erpnet.sandbox.test_writing import RECEIPTS, created, shipment

CURRENCIES = "General_Currencies_Currencies"
NEW_CURRENCY = {"CurrencySign": "CHF", "Name": "Franc", "ExternalId": "chf"}


@pytest.fixture(autouse=True)
def _no_waiting() -> Any:
    """Retries follow at once, and none is left out."""
    set_testing(testing=True, attempts=1)
    yield
    set_testing(testing=False)


def disturb(sandbox: RunningInstance, **fault: Any) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/faults", json=fault, timeout=10)
    assert answer.status_code == 200, answer.text


def called(sandbox: RunningInstance) -> DomainApi:
    """A client that has a token already."""
    client = DomainApi(sandbox.application())
    client.function("GetVersion")
    return client


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "rate-limited", "retry_after": 7}, RateLimited),
        ({"kind": "bad-gateway"}, ServerFault),
        ({"kind": "broken"}, ServerFault),
        ({"kind": "business-error", "message": "The period is closed."}, Rejected),
        ({"kind": "no-licence"}, LicencesExhausted),
        ({"kind": "offline"}, Unreachable),
        ({"kind": "answer-lost"}, Unanswered),
    ],
)
def test_each_fault_is_the_error_that_its_name_says(
    sandbox: RunningInstance, fault: dict[str, Any], error: type[ErpNetError]
) -> None:
    client = called(sandbox)
    disturb(sandbox, **fault)
    with pytest.raises(error) as caught:
        client.page(Query(CURRENCIES))
    assert getattr(caught.value, "retry_after", 7) == 7
    assert client.page(Query(CURRENCIES)).rows


def test_an_expired_token_is_renewed_once(sandbox: RunningInstance) -> None:
    client = called(sandbox)
    disturb(sandbox, kind="unauthorized")
    assert client.page(Query(CURRENCIES)).rows


def test_a_write_whose_answer_is_lost_has_happened(fresh: RunningInstance) -> None:
    client = called(fresh)
    disturb(fresh, kind="answer-lost", methods=["POST"])
    with pytest.raises(Unanswered):
        client.create(CURRENCIES, NEW_CURRENCY)
    assert len(Api(fresh).rows(CURRENCIES, filter="ExternalId eq 'chf'")) == 1


def test_a_write_while_offline_has_not(fresh: RunningInstance) -> None:
    client = called(fresh)
    disturb(fresh, kind="offline", times=2)
    with pytest.raises(Unreachable):
        client.create(CURRENCIES, NEW_CURRENCY)
    requests.delete(f"{fresh.url}/sandbox/faults", timeout=10)
    assert Api(fresh).rows(CURRENCIES, filter="ExternalId eq 'chf'") == []


def test_a_slow_answer_comes_in_the_end(sandbox: RunningInstance) -> None:
    client = called(sandbox)
    disturb(sandbox, kind="slow", seconds=0.2)
    assert client.page(Query(CURRENCIES)).seconds >= 0.2


def test_a_fault_waits_for_the_requests_it_is_meant_for(sandbox: RunningInstance) -> None:
    client = called(sandbox)
    disturb(sandbox, kind="broken", methods=["PATCH"])
    disturb(sandbox, kind="broken", area="token")
    assert client.page(Query(CURRENCIES)).rows
    waiting = requests.get(f"{sandbox.url}/sandbox/faults", timeout=10).json()
    assert [(one["kind"], one["area"]) for one in waiting] == [("broken", "api"), ("broken", "token")]
    assert requests.delete(f"{sandbox.url}/sandbox/faults", timeout=10).json() == []


@pytest.mark.parametrize("fault", [{}, {"kind": "earthquake"}, {"kind": "slow", "where": "here"}, [1]])
def test_a_fault_that_does_not_exist_is_refused(sandbox: RunningInstance, fault: object) -> None:
    assert requests.post(f"{sandbox.url}/sandbox/faults", json=fault, timeout=10).status_code == 400


def test_the_state_shows_what_was_done(fresh: RunningInstance) -> None:
    api = Api(fresh)
    key = {"ExternalId": "one", "ExternalSystem": "partner-portal"}
    document = created(api, shipment(released_order(api), **key))
    api.patch(document["@odata.id"], {"Notes": "changed"})
    state = requests.get(f"{fresh.url}/sandbox/state", timeout=10).json()
    assert state["licences_in_use"] == 1
    assert state["requests"]["token"] == 1
    assert state["recent"][-1]["method"] == "PATCH"
    assert state["balances"] == 300
    assert [one["ExternalId"] for one in state["documents"]] == ["one"]


def test_tokens_and_codes_are_not_among_the_requests_shown(fresh: RunningInstance) -> None:
    browser = Browser(fresh)
    hint = form_fields(browser.sign_in(response_type="code id_token"))["id_token"]
    browser.session.get(f"{fresh.url}/id/connect/endsession?id_token_hint={hint}")
    recent = requests.get(f"{fresh.url}/sandbox/state", timeout=10).json()["recent"]
    assert [one["path"] for one in recent] == ["/id/connect/authorize", "/id/connect/endsession"]


def test_documents_of_an_application_come_with_lines_and_changes(fresh: RunningInstance) -> None:
    api = Api(fresh)
    order = released_order(api)
    key = {"ExternalId": "one", "ExternalSystem": "partner-portal"}
    document = created(api, shipment(order, **key))
    created(api, shipment(order, ExternalId="two", ExternalSystem="another"))
    api.patch(document["@odata.id"], {"AdditionalDataJson": "{}"})
    found = requests.get(f"{fresh.url}/sandbox/documents?external_system=partner-portal", timeout=10).json()
    assert [one["ExternalId"] for one in found] == ["one"]
    assert found[0]["Updates"] == 1
    assert found[0]["AdditionalDataJson"] == "{}"
    assert found[0]["EntitySet"] == RECEIPTS
    assert found[0]["Lines"][0]["Quantity"]["Value"] == "5.000"


def test_a_person_can_act_as_the_warehouse(fresh: RunningInstance) -> None:
    api = Api(fresh)
    document = created(api, shipment(released_order(api), ExternalId="one", ExternalSystem="partner-portal"))
    url = f"{fresh.url}/sandbox/documents/{document['Id']}/state"
    assert requests.post(url, json={"state": "Released"}, timeout=10).json() == {"state": "Released"}
    assert (
        requests.post(url, data={"state": "Completed"}, timeout=10, allow_redirects=False).status_code == 303
    )
    assert requests.post(url, json={"state": "New"}, timeout=10).status_code == 400
    assert "Completed" in requests.get(f"{fresh.url}/sandbox", timeout=10).text
    assert (
        requests.post(url.replace(document["Id"], "x"), json={"state": "Void"}, timeout=10).status_code == 404
    )


def test_the_back_door_is_closed_to_other_sites(sandbox: RunningInstance) -> None:
    headers = {"Origin": "https://evil.example"}
    answer = requests.post(
        f"{sandbox.url}/sandbox/faults", json={"kind": "slow"}, headers=headers, timeout=10
    )
    assert answer.status_code == 403


def test_a_night_changes_some_balances(fresh: RunningInstance) -> None:
    api, path = Api(fresh), "Logistics_Inventory_CurrentBalances"
    before = api.rows(path)
    requests.post(f"{fresh.url}/sandbox/balances", json={"change": 3, "remove": 2}, timeout=10)
    after = api.rows(path)
    changed = [
        one for one, other in zip(after, before, strict=False) if one["QuantityBase"] != other["QuantityBase"]
    ]
    assert (len(after), len(changed)) == (298, 3)


def test_a_client_accepts_tokens_of_a_new_key(fresh: RunningInstance) -> None:
    before = called(fresh)
    kid = requests.post(f"{fresh.url}/sandbox/keys", timeout=10).json()["kid"]
    keys = requests.get(f"{fresh.url}/id/.well-known/openid-configuration/jwks", timeout=10).json()["keys"]
    assert keys[-1]["kid"] == kid
    assert len(keys) == 2
    assert before.page(Query(CURRENCIES)).rows
    assert called(fresh).page(Query(CURRENCIES)).rows
