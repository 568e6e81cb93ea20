"""Writes whose answer is lost on the way: each is sent once, and the client says what may have become of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from erpnet import DomainApi, Quantity, Reference
from erpnet.entities import PurchaseOrderLine, ReceivingOrder
from erpnet.exceptions import RateLimited, ServerFault, TransactionEnded, Unanswered
from erpnet.sandbox.faults import Fault
from erpnet.sandbox.testing import RunningInstance, running_instance
from erpnet.transactions import LIFE
from tests.erpnet.procurement import receipt_head, receipt_line, released_order

IMPORTED = {"@odata.type": "Erp.Logistics_Procurement_ReceivingOrder", "@erpnet.action": "update"}


@pytest.fixture
def sandbox() -> Iterator[RunningInstance]:
    with running_instance() as running:
        yield running


@pytest.fixture
def api(sandbox: RunningInstance) -> DomainApi:
    return DomainApi(sandbox.application())


@pytest.fixture
def ordered(api: DomainApi) -> PurchaseOrderLine:
    """A line of a released order."""
    return released_order(api).lines[0]


@pytest.fixture
def receipt(api: DomainApi) -> ReceivingOrder:
    """One that can still be changed."""
    order = released_order(api)
    lines = [{"LineNo": 10, **receipt_line(order.lines[0])}]
    made = api.create(ReceivingOrder.ENTITY_SET, {**receipt_head(api, order), "Lines": lines})
    return ReceivingOrder.fetch(api, Reference.parse(made["@odata.id"]))


def in_transaction(api: DomainApi, receipt: ReceivingOrder) -> None:
    with api.transaction() as transaction:
        transaction.update(receipt, {"Notes": "lost"})


def in_batch(api: DomainApi, receipt: ReceivingOrder) -> None:
    batch = api.batch()
    with batch.changeset() as changes:
        changes.update(receipt, {"Notes": "lost"})
    batch.send()


def in_import(api: DomainApi, receipt: ReceivingOrder) -> None:
    api.import_objects([{**IMPORTED, "Id": str(receipt.id), "Notes": "lost"}])


def directly(api: DomainApi, receipt: ReceivingOrder) -> None:
    api.update(receipt, {"Notes": "lost"})


@pytest.mark.parametrize(
    ("write", "path"),
    [
        (in_transaction, "EndTransaction"),
        (in_batch, "$batch"),
        (in_import, "Import"),
        (directly, "Logistics_Procurement_ReceivingOrders(*"),
    ],
)
@pytest.mark.parametrize("fault", ["answer-lost", "offline"])
def test_fault_04_a_lost_write_may_have_happened_and_is_sent_once(
    sandbox: RunningInstance,
    api: DomainApi,
    receipt: ReceivingOrder,
    write: Callable[[DomainApi, ReceivingOrder], None],
    path: str,
    fault: str,
) -> None:
    sandbox.instance.faults.add(Fault(fault, path=path, methods=("POST", "PATCH")))
    with pytest.raises(Unanswered) as caught:
        write(api, receipt)
    assert caught.value.may_have_happened
    notes = ReceivingOrder.fetch(api, receipt.id).notes
    assert notes == ("lost" if fault == "answer-lost" else receipt.notes)


@pytest.mark.parametrize(("write", "path"), [(in_batch, "$batch"), (in_import, "Import")])
def test_half_an_answer_is_as_good_as_none(
    sandbox: RunningInstance,
    api: DomainApi,
    receipt: ReceivingOrder,
    write: Callable[[DomainApi, ReceivingOrder], None],
    path: str,
) -> None:
    sandbox.instance.faults.add(Fault("half-answer", path=path))
    with pytest.raises(Unanswered) as caught:
        write(api, receipt)
    assert caught.value.may_have_happened
    assert ReceivingOrder.fetch(api, receipt.id).notes == "lost"


@pytest.mark.parametrize("fault", ["answer-lost", "offline", "bad-gateway"])
def test_a_change_that_is_lost_inside_a_transaction_is_never_saved(
    sandbox: RunningInstance, api: DomainApi, receipt: ReceivingOrder, fault: str
) -> None:
    sandbox.instance.faults.add(Fault(fault, methods=("PATCH",)))
    with pytest.raises((Unanswered, ServerFault)) as caught:
        in_transaction(api, receipt)
    assert not caught.value.may_have_happened
    assert ReceivingOrder.fetch(api, receipt.id).notes == receipt.notes
    in_transaction(api, receipt)  # The first is no longer in the way of another.
    assert ReceivingOrder.fetch(api, receipt.id).notes == "lost"


def test_a_lost_beginning_holds_the_next_transaction_up(
    sandbox: RunningInstance, api: DomainApi, receipt: ReceivingOrder
) -> None:
    sandbox.instance.faults.add(Fault("answer-lost", path="BeginTransaction"))
    with pytest.raises(Unanswered) as caught:
        in_transaction(api, receipt)
    assert not caught.value.may_have_happened
    with pytest.raises(RateLimited):
        in_transaction(api, receipt)


def test_a_transaction_that_the_instance_forgot_saves_nothing(
    sandbox: RunningInstance, api: DomainApi, receipt: ReceivingOrder
) -> None:
    def outlast() -> None:
        with api.transaction() as transaction:
            transaction.update(receipt, {"Notes": "lost"})
            for begun in sandbox.instance.transactions.all():
                begun.begun -= LIFE

    with pytest.raises(TransactionEnded):
        outlast()
    assert ReceivingOrder.fetch(api, receipt.id).notes == receipt.notes


def test_fault_04_a_lost_adjustment_may_have_happened(
    sandbox: RunningInstance, api: DomainApi, ordered: PurchaseOrderLine
) -> None:
    confirmed = Quantity(Decimal(2), ordered.quantity.unit)
    sandbox.instance.faults.add(Fault("answer-lost", path="CreateAdjustmentDocuments"))
    with pytest.raises(Unanswered) as caught:
        api.adjust({ordered.reference: {"ConfirmedQuantity": confirmed}})
    assert caught.value.may_have_happened
    assert PurchaseOrderLine.fetch(api, ordered.id).confirmed_quantity == confirmed


def test_an_adjustment_counts_however_its_transaction_ends(
    sandbox: RunningInstance, api: DomainApi, ordered: PurchaseOrderLine
) -> None:
    confirmed = Quantity(Decimal(3), ordered.quantity.unit)
    sandbox.instance.faults.add(Fault("answer-lost", path="EndTransaction"))
    api.adjust({ordered: {"ConfirmedQuantity": confirmed}})
    assert PurchaseOrderLine.fetch(api, ordered.id).confirmed_quantity == confirmed


def test_fault_09_a_token_that_is_refused_on_the_way_costs_one_replay(
    sandbox: RunningInstance, api: DomainApi, receipt: ReceivingOrder
) -> None:
    sandbox.instance.faults.add(Fault("unauthorized", path="$batch"))
    in_batch(api, receipt)
    assert ReceivingOrder.fetch(api, receipt.id).notes == "lost"
    assert api.counters.renewals == 1
