"""The client and the sandbox instance, each written from ERP.net's documentation, understand one another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

import erpnet.entities
from erpnet import DomainApi, F, Quantity, Reference
from erpnet.discovery import Instance
from erpnet.entities import DocumentType, PurchaseOrder, ReceivingOrder
from erpnet.entities.base import Entity
from erpnet.exceptions import Conflict, Forbidden, InvalidClient, NotFound, Rejected
from erpnet.sandbox.testing import RunningInstance, running_instance

ALL: list[type[Entity]] = [getattr(erpnet.entities, name) for name in erpnet.entities.__all__]
KEY = {"external_id": "shipment-1", "external_system": "partner-portal"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningInstance]:
    with running_instance() as running:
        yield running


@pytest.fixture(scope="module")
def api(sandbox: RunningInstance) -> DomainApi:
    return DomainApi(sandbox.application())


@pytest.fixture(scope="module")
def shipment(api: DomainApi) -> dict[str, Any]:
    """A receiving order for the first line of a released order."""
    released = PurchaseOrder.query().filter(F.State.eq("Released") & F.Void.eq(False)).top(1)
    order = PurchaseOrder.from_row(api.page(released).rows[0])
    wanted = DocumentType.query().filter(F.EntityName.eq("Scm_Receiving_Orders")).top(1)
    document_type = DocumentType.from_row(api.page(wanted).rows[0])
    line = order.lines[0]
    assert order.currency is not None
    return {
        "DocumentType": Reference(DocumentType.ENTITY_SET, document_type.id),
        "EnterpriseCompany": order.enterprise_company,
        "EnterpriseCompanyLocation": order.enterprise_company_location,
        "DocumentCurrency": Reference("General_Currencies_Currencies", order.currency.id),
        "Supplier": order.supplier,
        "Store": order.store,
        "PurchaseOrder": Reference(PurchaseOrder.ENTITY_SET, order.id),
        "PlannedDeliveryDate": dt.date(2027, 1, 31),
        "ReferenceDocumentNo": "DN-1",
        "Lines": [
            {
                "LineNo": 10,
                "Product": line.product,
                "ProductDescription": line.description,
                "PurchaseOrderLine": Reference("Logistics_Procurement_PurchaseOrderLines", line.id),
                "Quantity": Quantity(Decimal("0.125"), line.quantity.unit),
                "QuantityUnit": line.unit,
            }
        ],
    }


def announced(api: DomainApi) -> list[ReceivingOrder]:
    query = ReceivingOrder.query().select("ObjectVersion").top(10)
    rows = api.page(query.filter(F.ExternalId.eq("shipment-1") & F.ExternalSystem.eq("partner-portal"))).rows
    return [ReceivingOrder.from_row(row) for row in rows]


@pytest.mark.parametrize("entity", ALL)
def test_every_row_of_every_entity_can_be_read(api: DomainApi, entity: type[Entity]) -> None:
    pages = list(api.pages(entity.query().top(50).count()))
    rows = [entity.from_row(row) for page in pages for row in page.rows]
    assert len(rows) == pages[0].count
    assert rows


def test_a_shipment_announced_twice_is_one_document(api: DomainApi, shipment: dict[str, Any]) -> None:
    first = api.merge(ReceivingOrder.ENTITY_SET, shipment, **KEY)
    second = api.merge(ReceivingOrder.ENTITY_SET, {**shipment, "Lines": []}, **KEY)
    assert first["@odata.id"] == second["@odata.id"]
    (document,) = announced(api)
    assert (document.state, document.planned_delivery_date) == ("New", dt.date(2027, 1, 31))
    assert [line.quantity.value for line in document.lines] == [Decimal("0.125")]


def test_what_is_created_once_is_left_as_it_is(api: DomainApi, shipment: dict[str, Any]) -> None:
    api.find_or_create(ReceivingOrder.ENTITY_SET, shipment, **KEY)
    (before,) = announced(api)
    api.find_or_create(ReceivingOrder.ENTITY_SET, {**shipment, "Notes": "late"}, **KEY)
    assert announced(api) == [before]


def test_fault_16_a_stale_change_overwrites_nothing(api: DomainApi, shipment: dict[str, Any]) -> None:
    api.merge(ReceivingOrder.ENTITY_SET, {**shipment, "Lines": []}, **KEY)
    (seen,) = announced(api)
    target = Reference(ReceivingOrder.ENTITY_SET, seen.id)
    api.update(target, {"Notes": "theirs"}, object_version=seen.object_version)
    with pytest.raises(Conflict):
        api.update(target, {"Notes": "mine"}, object_version=seen.object_version)
    assert [document.notes for document in announced(api)] == ["theirs"]


def test_refusals_keep_their_meaning(sandbox: RunningInstance, api: DomainApi) -> None:
    with pytest.raises(Rejected) as caught:
        api.create(ReceivingOrder.ENTITY_SET, {"Notes": "nothing else"})
    assert caught.value.code is not None
    with pytest.raises(NotFound):
        api.get(f"{PurchaseOrder.ENTITY_SET}(0bf6b45c-7ec1-484d-9f84-00072b77fabb)")
    with pytest.raises(InvalidClient):
        DomainApi(sandbox.application(application_secret="wrong")).function("GetVersion")


def test_a_service_that_may_only_read_cannot_write(sandbox: RunningInstance) -> None:
    reader = DomainApi(sandbox.application(scope=("read",)))
    with pytest.raises((Forbidden, Rejected)):
        reader.create(ReceivingOrder.ENTITY_SET, {})
    assert reader.token.granted_scopes == ("read",)


def test_the_instance_is_found_by_its_own_word(sandbox: RunningInstance) -> None:
    found = Instance.discover(sandbox.application())
    assert found.domain_api_url.startswith(sandbox.url)
    assert found.domain_api_url.endswith("/")
