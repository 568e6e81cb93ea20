"""Transactions and adjustments: what is sent, what is saved, and what a lost answer means."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from typing import Any

import pytest
import responses

from erpnet import DomainApi, Quantity, Query, Reference
from erpnet.channel import Channel
from erpnet.discovery import Instance
from erpnet.exceptions import (
    Conflict,
    ErpNetError,
    MalformedAnswer,
    RateLimited,
    Rejected,
    ServerFault,
    TransactionEnded,
    Unanswered,
)
from erpnet.transactions import LIFE, Turn, begun
from erpnet.transport import Transport
from tests.erpnet.builders import (
    BUSINESS_ERROR,
    ODATA,
    ORDER_ID,
    ORDERS,
    application,
    calls_to,
    domain_api,
    serve_identity,
)

ID = "843f05ff3f62400c990d2a3b119e256e"
LINES = "Logistics_Procurement_PurchaseOrderLines"
LINE = Reference.parse(f"{LINES}({ORDER_ID})")
OTHER_LINE = Reference.parse(f"{LINES}(65217345-3659-43be-a85d-005eaaa3aaac)")
LINE_URL = f"{ODATA}/{LINE}"
BEGIN = f"{ODATA}/BeginTransaction"
END = f"{ODATA}/EndTransaction"
ADJUST = f"{ODATA}/CreateAdjustmentDocuments"
GONE = ConnectionResetError("gone")
ENDED = {"error": {"message": f"Invalid TransactionId {ID}."}}


@pytest.fixture(autouse=True)
def identity(erp: responses.RequestsMock) -> None:
    serve_identity(erp, "token-1", "token-2")


def serve(erp: responses.RequestsMock, **changes: Any) -> None:
    """An instance where everything goes well, but for what `begin`, `change`, `adjust` and `end` say."""
    erp.post(BEGIN, **changes.get("begin", {"body": ID, "content_type": "text/plain"}))
    erp.patch(LINE_URL, **changes.get("change", {"status": 204}))
    erp.patch(f"{ODATA}/{OTHER_LINE}", status=204)
    erp.post(ADJUST, **changes.get("adjust", {"status": 204}))
    erp.post(END, **changes.get("end", {"status": 204}))


def sent(erp: responses.RequestsMock) -> list[tuple[str, str, Any, str]]:
    """Method, path, body and transaction of what was sent."""
    return [
        (
            request.method,
            request.url.removeprefix(f"{ODATA}/"),
            json.loads(request.body) if request.body else None,
            request.headers.get("TransactionId", ""),
        )
        for request in calls_to(erp, ODATA)
    ]


def ends(erp: responses.RequestsMock) -> list[Any]:
    return [json.loads(request.body) for request in calls_to(erp, END)]


def change(api: DomainApi) -> None:
    with api.transaction() as transaction:
        transaction.update(LINE, {"Notes": "x"})


class TestSaving:
    def test_what_a_transaction_does_carries_its_id_and_is_saved_at_the_end(
        self, erp: responses.RequestsMock
    ) -> None:
        serve(erp)
        erp.post(f"{ODATA}/{ORDERS}", status=201, json={"DocumentNo": "77"})
        erp.get(LINE_URL, json={"Notes": "x"})
        erp.get(f"{ODATA}/{LINES}", json={"value": [{"Notes": "x"}]})
        erp.post(f"{LINE_URL}/Recalculate", status=204)
        erp.delete(LINE_URL, status=204)
        with domain_api().transaction() as transaction:
            assert transaction.create(ORDERS, {"Notes": "x"})["DocumentNo"] == "77"
            transaction.update(LINE, {"Notes": "x"})
            assert transaction.get(LINE)["Notes"] == "x"
            assert transaction.page(Query(LINES).top(1)).rows == [{"Notes": "x"}]
            transaction.action(LINE, "Recalculate")
            transaction.delete(LINE)
        assert sent(erp) == [
            ("POST", "BeginTransaction", {"model": "frontend"}, ""),
            ("POST", ORDERS, {"Notes": "x"}, ID),
            ("PATCH", str(LINE), {"Notes": "x"}, ID),
            ("GET", str(LINE), None, ID),
            ("GET", f"{LINES}?$top=1", None, ID),
            ("POST", f"{LINE}/Recalculate", {}, ID),
            ("DELETE", str(LINE), None, ID),
            ("POST", "EndTransaction", {"commit": True}, ID),
        ]

    def test_the_model_and_the_tracking_may_be_named(self, erp: responses.RequestsMock) -> None:
        serve(erp)
        api = domain_api()
        with api.transaction(model="common"):
            pass
        with api.transaction(track_changes=True):
            pass
        begins = [json.loads(request.body) for request in calls_to(erp, BEGIN)]
        assert begins == [{"model": "common"}, {"model": "frontend", "trackChanges": True}]
        with (
            pytest.raises(ValueError, match="front-end"),
            api.transaction(model="common", track_changes=True),
        ):
            pass

    def test_an_exception_drops_what_was_done(self, erp: responses.RequestsMock) -> None:
        serve(erp)
        with pytest.raises(KeyError, match="mine"), domain_api().transaction():
            raise KeyError("mine")
        assert ends(erp) == [{"commit": False}]

    def test_a_refused_change_that_is_not_caught_drops_the_others(self, erp: responses.RequestsMock) -> None:
        serve(erp, change={"status": 500, "json": BUSINESS_ERROR})
        with pytest.raises(Rejected):
            change(domain_api())
        assert ends(erp) == [{"commit": False}]

    def test_changes_made_by_rules_are_told(self, erp: responses.RequestsMock) -> None:
        serve(erp)
        told = {"update": {ORDERS: {ORDER_ID: {"RequiredDeliveryDate": "2020-05-08T00:00:00Z"}}}}
        erp.get(f"{ODATA}/GetChanges", json={"@odata.context": "x", **told})
        erp.get(f"{ODATA}/GetChanges", json={})
        erp.get(f"{ODATA}/GetChanges", json={"update": []})
        with domain_api().transaction(track_changes=True) as transaction:
            assert transaction.changes() == told
            assert transaction.changes() == {}
            with pytest.raises(MalformedAnswer):
                transaction.changes()

    def test_changes_are_asked_for_once_for_erp_net_tells_them_once(
        self, erp: responses.RequestsMock
    ) -> None:
        serve(erp)
        erp.get(f"{ODATA}/GetChanges", status=503)
        with domain_api().transaction(track_changes=True) as transaction:
            with pytest.raises(ServerFault):
                transaction.changes()
            transaction.update(LINE, {"Notes": "x"})
        assert len(calls_to(erp, "GetChanges")) == 1
        assert ends(erp) == [{"commit": True}]


class TestRefusals:
    @pytest.mark.parametrize("body", ["", "<html>welcome</html>", '{"value": 5}', "a b", "x" * 200])
    def test_a_beginning_without_an_id_is_malformed(self, erp: responses.RequestsMock, body: str) -> None:
        serve(erp, begin={"body": body})
        with pytest.raises(MalformedAnswer):
            change(domain_api())
        assert len(sent(erp)) == 1

    def test_another_open_transaction_is_a_rate_limit(self, erp: responses.RequestsMock) -> None:
        serve(erp, begin={"status": 429})
        with pytest.raises(RateLimited):
            change(domain_api())

    def test_fault_16_a_stale_version_is_a_conflict_at_the_change(self, erp: responses.RequestsMock) -> None:
        serve(erp, change={"status": 500, "json": BUSINESS_ERROR})
        erp.get(LINE_URL, json={"ObjectVersion": "6"})
        with pytest.raises(Conflict), domain_api().transaction() as transaction:
            transaction.update(LINE, {"Notes": "x"}, object_version=5)
        assert sent(erp)[1] == ("PATCH", str(LINE), {"Notes": "x", "ObjectVersion": 5}, ID)
        # The version that counts is the saved one: it is read outside of the transaction.
        assert sent(erp)[2] == ("GET", f"{LINE}?$select=ObjectVersion", None, "")

    @pytest.mark.parametrize(("version", "expected"), [("6", Conflict), ("5", Rejected)])
    def test_fault_16_a_stale_version_is_a_conflict_at_the_end(
        self, erp: responses.RequestsMock, version: str, expected: type[ErpNetError]
    ) -> None:
        serve(erp, end={"status": 500, "json": BUSINESS_ERROR})
        erp.get(LINE_URL, json={"ObjectVersion": version})
        with pytest.raises(expected, match="Prohibited"), domain_api().transaction() as transaction:
            transaction.update(LINE, {"Notes": "x"}, object_version=5)

    def test_a_refused_end_leaves_nothing_open(self, erp: responses.RequestsMock) -> None:
        serve(erp, end={"status": 500, "json": BUSINESS_ERROR})
        with pytest.raises(Rejected) as caught:
            change(domain_api())
        assert not caught.value.may_have_happened
        assert ends(erp) == [{"commit": True}, {"commit": False}]

    def test_a_transaction_that_erp_net_forgot_has_ended(self, erp: responses.RequestsMock) -> None:
        serve(erp, change={"status": 500, "json": ENDED})
        with pytest.raises(TransactionEnded, match="Nothing of it was saved"):
            change(domain_api())
        assert ends(erp) == []

    def test_a_question_in_a_transaction_that_erp_net_forgot_is_asked_once(
        self, erp: responses.RequestsMock
    ) -> None:
        serve(erp)
        erp.get(LINE_URL, status=500, json=ENDED)
        with pytest.raises(TransactionEnded), domain_api().transaction() as transaction:
            transaction.get(LINE)
        assert len(calls_to(erp, LINE_URL)) == 1

    def test_nothing_can_be_done_after_the_end(self, erp: responses.RequestsMock) -> None:
        serve(erp)
        with domain_api().transaction() as transaction:
            pass
        for call in (
            lambda: transaction.update(LINE, {}),
            lambda: transaction.get(LINE),
            transaction.changes,
            transaction.create_adjustment_documents,
        ):
            with pytest.raises(TransactionEnded):
                call()
        assert len(sent(erp)) == 2

    def test_it_refuses_itself_after_25_minutes(self, erp: responses.RequestsMock) -> None:
        serve(erp)
        site = application()
        channel = Channel(site, Transport(), instance=Instance.conventional(site))
        times = iter([0.0, LIFE - 1, LIFE, LIFE, LIFE])

        def overstay() -> None:
            with begun(channel, Turn(), clock=lambda: next(times)) as transaction:
                transaction.update(LINE, {"Notes": "in time"})
                with pytest.raises(TransactionEnded):
                    transaction.update(LINE, {"Notes": "late"})

        with pytest.raises(TransactionEnded, match="25 minutes"):
            overstay()
        assert [path for _, path, _, _ in sent(erp)] == ["BeginTransaction", str(LINE)]


class TestLostAnswers:
    @pytest.mark.parametrize("lost", [{"body": GONE}, {"status": 502}])
    def test_a_lost_beginning_has_changed_nothing(
        self, erp: responses.RequestsMock, lost: dict[str, Any]
    ) -> None:
        serve(erp, begin=lost)
        with pytest.raises((Unanswered, ServerFault)) as caught:
            change(domain_api())
        assert not caught.value.may_have_happened
        assert len(sent(erp)) == 1

    @pytest.mark.parametrize("lost", [{"body": GONE}, {"status": 502}, {"body": "<html>welcome</html>"}])
    def test_a_lost_change_has_saved_nothing_and_nothing_will_be(
        self, erp: responses.RequestsMock, lost: dict[str, Any]
    ) -> None:
        serve(erp, change=lost)

        def lose_one() -> None:
            with domain_api().transaction() as transaction:
                with pytest.raises((Unanswered, ServerFault)) as caught:
                    transaction.update(LINE, {"Notes": "x"})
                assert not caught.value.may_have_happened

        with pytest.raises(TransactionEnded, match="can only be dropped"):
            lose_one()
        assert ends(erp) == [{"commit": False}]

    @pytest.mark.parametrize("lost", [{"body": GONE}, {"status": 502}, {"body": "<html>welcome</html>"}])
    def test_a_lost_end_may_have_saved_everything_and_is_not_repeated(
        self, erp: responses.RequestsMock, lost: dict[str, Any]
    ) -> None:
        serve(erp, end=lost)
        with pytest.raises((Unanswered, ServerFault)) as caught:
            change(domain_api())
        assert caught.value.may_have_happened
        assert ends(erp) == [{"commit": True}]

    def test_a_drop_that_is_lost_hides_no_exception(self, erp: responses.RequestsMock) -> None:
        serve(erp, end={"body": GONE})
        with pytest.raises(KeyError, match="mine"), domain_api().transaction():
            raise KeyError("mine")

    def test_fault_09_a_token_renewed_on_the_way_changes_nothing(self, erp: responses.RequestsMock) -> None:
        serve(erp)
        erp.replace("PATCH", LINE_URL, status=401)
        erp.patch(LINE_URL, status=204)
        change(domain_api())
        assert [(method, path) for method, path, _, _ in sent(erp)] == [
            ("POST", "BeginTransaction"),
            ("PATCH", str(LINE)),
            ("PATCH", str(LINE)),
            ("POST", "EndTransaction"),
        ]


class TestTurns:
    def test_another_thread_waits_for_the_open_transaction(self, erp: responses.RequestsMock) -> None:
        serve(erp)
        api = domain_api()
        waiting = threading.Thread(target=change, args=(api,))
        with api.transaction() as transaction:
            waiting.start()
            waiting.join(0.05)
            assert waiting.is_alive()
            transaction.update(OTHER_LINE, {"Notes": "mine"})
        waiting.join(5)
        paths = [path for _, path, _, _ in sent(erp)]
        assert paths[paths.index("EndTransaction") + 1 :] == ["BeginTransaction", str(LINE), "EndTransaction"]

    def test_one_within_another_is_refused_rather_than_waiting_for_ever(
        self, erp: responses.RequestsMock
    ) -> None:
        serve(erp)
        api = domain_api()
        with pytest.raises(RuntimeError, match="one transaction at a time"), api.transaction():
            change(api)
        change(api)
        assert ends(erp) == [{"commit": False}, {"commit": True}]


class TestAdjusting:
    def test_released_documents_are_changed_as_documented(self, erp: responses.RequestsMock) -> None:
        serve(erp)
        domain_api().adjust(
            {
                LINE: {"ConfirmedQuantity": Quantity(Decimal("5.5"), "PCE")},
                OTHER_LINE: {"ConfirmedQuantity": Quantity(Decimal(15), "PCE")},
            }
        )
        assert sent(erp) == [
            ("POST", "BeginTransaction", {"model": "frontend"}, ""),
            ("PATCH", str(LINE), {"ConfirmedQuantity": {"Value": "5.5", "Unit": "PCE"}}, ID),
            ("PATCH", str(OTHER_LINE), {"ConfirmedQuantity": {"Value": "15", "Unit": "PCE"}}, ID),
            ("POST", "CreateAdjustmentDocuments", None, ID),
            ("POST", "EndTransaction", {"commit": False}, ID),
        ]

    def test_the_version_that_a_person_saw_goes_along(self, erp: responses.RequestsMock) -> None:
        serve(erp, adjust={"status": 500, "json": BUSINESS_ERROR})
        erp.get(LINE_URL, json={"ObjectVersion": "6"})
        with pytest.raises(Conflict):
            domain_api().adjust({str(LINE): {"Notes": "x"}}, object_version=5)
        assert sent(erp)[1][2] == {"Notes": "x", "ObjectVersion": 5}
        assert ends(erp) == [{"commit": False}]

    def test_a_refused_line_adjusts_nothing(self, erp: responses.RequestsMock) -> None:
        serve(erp, change={"status": 500, "json": BUSINESS_ERROR})
        with pytest.raises(Rejected):
            domain_api().adjust({OTHER_LINE: {"Notes": "x"}, LINE: {"Notes": "x"}})
        assert not calls_to(erp, ADJUST)
        assert ends(erp) == [{"commit": False}]

    def test_a_lost_line_has_changed_nothing(self, erp: responses.RequestsMock) -> None:
        serve(erp, change={"body": GONE})
        with pytest.raises(Unanswered) as caught:
            domain_api().adjust({LINE: {"Notes": "x"}})
        assert not caught.value.may_have_happened

    def test_fault_04_a_lost_adjustment_may_have_happened_and_is_not_repeated(
        self, erp: responses.RequestsMock
    ) -> None:
        serve(erp, adjust={"body": GONE})
        with pytest.raises(Unanswered) as caught:
            domain_api().adjust({LINE: {"Notes": "x"}})
        assert caught.value.may_have_happened
        assert len(calls_to(erp, ADJUST)) == 1
        assert ends(erp) == [{"commit": False}]

    @pytest.mark.parametrize("end", [{"body": GONE}, {"status": 500, "json": BUSINESS_ERROR}])
    def test_an_adjustment_that_was_made_stays_one_however_its_transaction_ends(
        self, erp: responses.RequestsMock, end: dict[str, Any]
    ) -> None:
        serve(erp, end=end)
        domain_api().adjust({LINE: {"Notes": "x"}})
        assert ends(erp) == [{"commit": False}]

    def test_nothing_to_adjust_is_not_sent(self, erp: responses.RequestsMock) -> None:
        with pytest.raises(ValueError, match="nothing"):
            domain_api().adjust({})
        assert not erp.calls
