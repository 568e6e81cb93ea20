"""The client's ways of writing, and the sandbox instance's own reading of the same documentation."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from pypdf import PdfReader

from erpnet import DomainApi, Quantity, Query, Reference
from erpnet.entities import DocumentType, PurchaseOrder, PurchaseOrderLine, ReceivingOrder
from erpnet.exceptions import Conflict, NotFound, Rejected, Renamed
from erpnet.naming import current_name
from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.procurement import receipt_head, receipt_line, released_order

RECEIVING_ORDERS = ReceivingOrder.ENTITY_SET
TYPE = {"@odata.type": "Erp.Logistics_Procurement_ReceivingOrder"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningInstance]:
    with running_instance() as running:
        yield running


@pytest.fixture(scope="module")
def api(sandbox: RunningInstance) -> DomainApi:
    return DomainApi(sandbox.application())


@pytest.fixture(scope="module")
def order(api: DomainApi) -> PurchaseOrder:
    return released_order(api)


@pytest.fixture(scope="module")
def line(order: PurchaseOrder) -> dict[str, Any]:
    return receipt_line(order.lines[0])


@pytest.fixture(scope="module")
def head(api: DomainApi, order: PurchaseOrder) -> dict[str, Any]:
    return receipt_head(api, order)


@pytest.fixture(scope="module")
def shipment(head: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    return {**head, "Lines": [{"LineNo": 10, **line}]}


def made(api: DomainApi, shipment: dict[str, Any]) -> Reference:
    return Reference.parse(api.create(RECEIVING_ORDERS, shipment)["@odata.id"])


def with_notes(api: DomainApi, notes: str) -> int:
    """How many receiving orders say so."""
    query = Query(RECEIVING_ORDERS).select("Id", "Notes")
    return sum(row["Notes"] == notes for row in api.rows(query))


class TestTheService:
    def test_it_tells_its_version_and_describes_itself(self, api: DomainApi) -> None:
        assert api.version().split(".")[0].isdecimal()
        assert b"EntityContainer" in api.metadata()

    def test_a_renamed_set_leads_to_its_new_name(self, api: DomainApi) -> None:
        renames = api.renames()
        old = renames[0].old_name
        with pytest.raises(Renamed) as caught:
            api.page(Query(old))
        assert caught.value.new_name == current_name(old, renames)
        api.page(Query(caught.value.new_name).top(1))


class TestDocuments:
    def test_a_document_goes_from_new_to_released_and_is_read_only_then(
        self, api: DomainApi, shipment: dict[str, Any]
    ) -> None:
        document = made(api, shipment)
        api.change_state(document, "Planned")
        api.change_state(document, "Released")
        assert api.get(document)["State"] == "Released"
        with pytest.raises(Rejected):
            api.update(document, {"Notes": "late"})
        with pytest.raises(Rejected):
            api.change_state(document, "New")

    def test_a_void_document_says_so(self, api: DomainApi, shipment: dict[str, Any]) -> None:
        document = made(api, shipment)
        api.make_void(document, reason="Announced twice")
        assert api.get(document, select=["Void", "VoidReason"]) | {"@odata.context": ""} == {
            "@odata.context": "",
            "@odata.id": str(document),
            "Void": True,
            "VoidReason": "Announced twice",
        }

    def test_a_printout_is_a_pdf(self, api: DomainApi, order: PurchaseOrder) -> None:
        file = api.printout(Reference(PurchaseOrder.ENTITY_SET, order.id), language="de")
        assert order.number in PdfReader(BytesIO(file)).pages[0].extract_text()

    def test_what_was_deleted_is_gone(self, api: DomainApi, shipment: dict[str, Any]) -> None:
        document = made(api, shipment)
        api.delete(document)
        for gone in (api.get, api.delete):
            with pytest.raises(NotFound):
                gone(document)


class TestBatches:
    def test_reads_and_dependent_changes_go_in_one_request(
        self, api: DomainApi, head: dict[str, Any], line: dict[str, Any]
    ) -> None:
        before = api.counters.requests
        batch = api.batch()
        types = batch.read(Query(DocumentType.ENTITY_SET).select("Id", "Code").top(2))
        with batch.changeset() as changes:
            document = changes.create(RECEIVING_ORDERS, head)
            noted = changes.update(document, {"Notes": "Мито, gate 2"})
            first = changes.create(document / "Lines", {"LineNo": 10, **line})
        batch.send()
        assert api.counters.requests == before + 1
        assert len(types.result().rows) == 2
        assert noted.result() == {} or noted.result()["Notes"] == "Мито, gate 2"
        assert Decimal(first.result()["Quantity"]["Value"]) == 1
        saved = ReceivingOrder.fetch(api, Reference.parse(document.result()["@odata.id"]))
        assert (saved.notes, len(saved.lines)) == ("Мито, gate 2", 1)

    def test_a_refused_change_takes_its_changeset_along_and_no_other(
        self, api: DomainApi, shipment: dict[str, Any]
    ) -> None:
        notes = str(uuid4())
        batch = api.batch()
        with batch.changeset() as kept:
            document = kept.create(RECEIVING_ORDERS, {**shipment, "Notes": notes})
        with batch.changeset() as refused:
            left_out = refused.create(RECEIVING_ORDERS, {**shipment, "Notes": notes})
            refused.create(RECEIVING_ORDERS, {"Notes": notes})
        missing = batch.get(f"{RECEIVING_ORDERS}({uuid4()})")
        batch.send()
        assert document.result()["Notes"] == notes
        with pytest.raises(Rejected):
            left_out.result()
        with pytest.raises(NotFound):
            missing.result()
        assert with_notes(api, notes) == 1

    def test_fault_16_a_stale_version_overwrites_nothing(
        self, api: DomainApi, shipment: dict[str, Any]
    ) -> None:
        document = made(api, shipment)
        seen = int(api.get(document, select=["ObjectVersion"])["ObjectVersion"])
        api.update(document, {"Notes": "theirs"}, object_version=seen)
        batch = api.batch()
        with batch.changeset() as changes:
            mine = changes.update(document, {"Notes": "mine"}, object_version=seen)
        batch.send()
        with pytest.raises(Conflict):
            mine.result()
        assert api.get(document)["Notes"] == "theirs"


class TestImports:
    def test_each_object_is_saved_or_refused_on_its_own(
        self, api: DomainApi, shipment: dict[str, Any]
    ) -> None:
        notes = str(uuid4())
        good = {**TYPE, **shipment, "Notes": notes}
        first, refused, third = api.import_objects([good, {**TYPE, "Notes": notes}, good])
        assert (first.state, third.state) == ("Added", "Added")
        assert isinstance(refused.error, Rejected)
        assert with_notes(api, notes) == 2
        assert third.reference is not None
        assert api.get(third.reference)["Notes"] == notes

    def test_all_or_none_are_saved_where_asked_for(self, api: DomainApi, shipment: dict[str, Any]) -> None:
        notes = str(uuid4())
        good = {**TYPE, **shipment, "Notes": notes}
        results = api.import_objects([good, {**TYPE, "Notes": notes}], transaction="all-objects")
        assert not any(result.succeeded for result in results)
        assert with_notes(api, notes) == 0
        assert all(result.succeeded for result in api.import_objects([good, good], transaction="all-objects"))

    def test_merging_again_changes_nothing(self, api: DomainApi, head: dict[str, Any]) -> None:
        key = {"ExternalId": str(uuid4()), "ExternalSystem": "test"}
        merged = {**TYPE, "@erpnet.action": "merge", **head, **key}
        (first,) = api.import_objects([merged], model="common")
        (again,) = api.import_objects([merged], model="common")
        assert (first.state, again.state) == ("Added", "Unchanged")
        assert first.reference == again.reference


class TestTransactions:
    def test_changes_show_inside_and_are_saved_at_the_end(
        self, api: DomainApi, shipment: dict[str, Any]
    ) -> None:
        notes = str(uuid4())
        with api.transaction() as transaction:
            document = Reference.parse(transaction.create(RECEIVING_ORDERS, shipment)["@odata.id"])
            transaction.update(document, {"Notes": notes})
            assert transaction.get(document)["Notes"] == notes
            with pytest.raises(NotFound):
                api.get(document)
        assert api.get(document)["Notes"] == notes

    def test_an_exception_saves_nothing(self, api: DomainApi, shipment: dict[str, Any]) -> None:
        document = made(api, shipment)

        def change_two() -> None:
            with api.transaction() as transaction:
                transaction.update(document, {"Notes": "lost"})
                transaction.delete(Reference(RECEIVING_ORDERS, uuid4()))

        with pytest.raises(NotFound):
            change_two()
        assert api.get(document)["Notes"] != "lost"

    def test_it_tells_what_has_changed(self, api: DomainApi, shipment: dict[str, Any]) -> None:
        document = made(api, shipment)
        with api.transaction(track_changes=True) as transaction:
            transaction.update(document, {"Notes": "told"})
            told = transaction.changes()
            assert transaction.changes() == {}
        assert told["update"][RECEIVING_ORDERS][str(document.id)]["Notes"] == "told"

    def test_fault_16_a_stale_version_saves_nothing(self, api: DomainApi, shipment: dict[str, Any]) -> None:
        document = made(api, shipment)
        seen = int(api.get(document, select=["ObjectVersion"])["ObjectVersion"])
        api.update(document, {"Notes": "theirs"}, object_version=seen)
        with pytest.raises(Conflict), api.transaction() as transaction:
            transaction.update(document, {"Notes": "mine"}, object_version=seen)
        assert api.get(document)["Notes"] == "theirs"


class TestAdjusting:
    def test_a_released_order_changes_by_adjustment_alone(self, api: DomainApi, order: PurchaseOrder) -> None:
        first, second = (Reference(PurchaseOrderLine.ENTITY_SET, line.id) for line in order.lines[:2])
        confirmed = Quantity(Decimal(7), order.lines[0].quantity.unit)
        with pytest.raises(Rejected):
            api.update(first, {"ConfirmedQuantity": confirmed})
        others = Quantity(Decimal(3), order.lines[1].quantity.unit)
        api.adjust({first: {"ConfirmedQuantity": confirmed}, second: {"ConfirmedQuantity": others}})
        now = PurchaseOrder.fetch(api, order.id)
        assert [line.confirmed_quantity for line in now.lines[:2]] == [confirmed, others]
        assert now.state == "Released"

    def test_fault_16_a_stale_version_adjusts_nothing(self, api: DomainApi, order: PurchaseOrder) -> None:
        target = Reference(PurchaseOrderLine.ENTITY_SET, order.lines[0].id)
        unit = order.lines[0].quantity.unit
        seen = PurchaseOrder.fetch(api, order.id, also=["object_version"]).object_version
        api.adjust({target: {"ConfirmedQuantity": Quantity(Decimal(5), unit)}}, object_version=seen)
        with pytest.raises(Conflict):
            api.adjust({target: {"ConfirmedQuantity": Quantity(Decimal(1), unit)}}, object_version=seen)
        now = PurchaseOrder.fetch(api, order.id)
        assert now.lines[0].confirmed_quantity == Quantity(Decimal(5), unit)

    def test_a_line_that_is_refused_leaves_the_others_alone(
        self, api: DomainApi, order: PurchaseOrder
    ) -> None:
        before = PurchaseOrder.fetch(api, order.id).lines
        first = Reference(PurchaseOrderLine.ENTITY_SET, before[0].id)
        missing = Reference(PurchaseOrderLine.ENTITY_SET, uuid4())
        more = Quantity(Decimal(9), before[0].quantity.unit)
        with pytest.raises(NotFound):
            api.adjust({first: {"ConfirmedQuantity": more}, missing: {"ConfirmedQuantity": more}})
        assert PurchaseOrder.fetch(api, order.id).lines == before
