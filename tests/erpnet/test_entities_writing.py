"""What an entity sends: its fields by ERP.net's names, and nothing that the model does not allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from erpnet import (
    AdditionalData,
    CustomPropertyValue,
    DomainApi,
    F,
    MultilanguageString,
    Quantity,
    Reference,
)
from erpnet.entities import (
    CurrentBalance,
    DocumentType,
    PaymentOrder,
    PurchaseOrder,
    PurchaseOrderLine,
    ReceivingOrder,
    ReceivingOrderLine,
    Store,
    Supplier,
)
from erpnet.entities import fields as erp
from erpnet.exceptions import Conflict, NotFound, Unanswered
from erpnet.sandbox.testing import running_instance
from erpnet.values import to_json

ID = UUID("0bf6b45c-7ec1-484d-9f84-00072b77fabb")
STORE = Reference("Logistics_Inventory_Stores", ID)


@dataclass
class Letterbox:
    """Takes what is written and answers as it was told."""

    answer: dict[str, Any] = field(default_factory=dict)
    letters: list[tuple[Any, ...]] = field(default_factory=list)

    def create(self, entity_set: str, data: Mapping[str, Any]) -> dict[str, Any]:
        self.letters.append((entity_set, data))
        return self.answer

    def update(
        self, reference: Reference, data: Mapping[str, Any], *, object_version: int | None = None
    ) -> dict[str, Any]:
        self.letters.append((reference, data, object_version))
        return {}


def test_fields_are_sent_by_the_names_that_erpnet_has_for_them() -> None:
    data = ReceivingOrder.data(
        reference_document_no="DN-1",
        planned_delivery_date=dt.date(2026, 5, 8),
        store=STORE,
        purchase_order=None,
        lines=[
            {
                "line_no": 10,
                "quantity": Quantity(Decimal("0.125"), "PCS"),
                "description": MultilanguageString({"EN": "Apple"}),
            }
        ],
    )
    assert data == {
        "ReferenceDocumentNo": "DN-1",
        "PlannedDeliveryDate": "2026-05-08T00:00:00Z",
        "Store": {"@odata.id": STORE.odata_id},
        "PurchaseOrder": None,
        "Lines": [
            {
                "LineNo": 10,
                "Quantity": {"Value": "0.125", "Unit": "PCS"},
                "ProductDescription": {"EN": "Apple"},
            }
        ],
    }


def test_an_entity_stands_for_its_reference() -> None:
    store = Store.from_row({"Id": str(ID), "Code": "01", "Name": {"EN": "Main"}, "IsActive": True})
    assert store.reference == STORE == STORE.reference
    assert ReceivingOrder.data(store=store) == {"Store": {"@odata.id": STORE.odata_id}}
    assert to_json(store) == {"@odata.id": STORE.odata_id}
    assert str(F.Store.eq(store)) == f"Store eq '{STORE.odata_id}'"


def test_a_part_is_written_as_what_it_refers_to() -> None:
    currency = Reference("General_Currencies_Currencies", ID)
    assert PurchaseOrder.data(currency=currency) == {"DocumentCurrency": {"@odata.id": currency.odata_id}}


def test_a_row_of_a_view_cannot_be_referred_to() -> None:
    balance = CurrentBalance(STORE, STORE, None, STORE, None, None, None, Quantity(Decimal(1), "PCS"))
    with pytest.raises(TypeError, match="no id"):
        _ = balance.reference
    with pytest.raises(TypeError, match="no id"):
        CurrentBalance.create(Letterbox(), store=STORE)
    with pytest.raises(TypeError, match="no id"):
        CurrentBalance.update(Letterbox(), ID, store=STORE)


@pytest.mark.parametrize(
    ("entity", "fields", "words"),
    [
        (ReceivingOrder, {"colour": "red"}, r"ReceivingOrder has no colour; it has id, number"),
        (ReceivingOrder, {"id": ID}, "id is set by ERP.net alone"),
        (ReceivingOrder, {"state": "Released"}, "state is set by ERP.net alone"),
        (ReceivingOrder, {"object_version": 3}, "object_version is set by ERP.net alone"),
        (ReceivingOrder, {"updated_at": dt.datetime.now(dt.UTC)}, "updated_at is set by ERP.net alone"),
        (ReceivingOrder, {"notes": 5}, "notes takes a str, not int"),
        (ReceivingOrder, {"notes": None}, "notes takes a str, and cannot be empty"),
        (ReceivingOrder, {"document_type": None}, "cannot be empty"),
        (ReceivingOrder, {"store": str(STORE)}, "store takes a Reference or an entity, not str"),
        (
            ReceivingOrder,
            {"store": Reference("Logistics_Inventory_Lots", ID)},
            "refers to Logistics_Inventory_S",
        ),
        (ReceivingOrder, {"planned_delivery_date": "2026-05-08"}, "takes a date, not str"),
        (ReceivingOrder, {"planned_delivery_date": dt.datetime.now(dt.UTC)}, "takes a date, not datetime"),
        (ReceivingOrder, {"lines": [5]}, "takes a list of dicts"),
        (ReceivingOrder, {"lines": [{"colour": "red"}]}, "ReceivingOrderLine has no colour"),
        (ReceivingOrderLine, {"line_no": True}, "takes an int, not bool"),
        (ReceivingOrderLine, {"quantity": Decimal(5)}, "takes a Quantity, not Decimal"),
        (ReceivingOrderLine, {"description": "Apple"}, "takes texts by language, not str"),
        (PaymentOrder, {"amount": Quantity(Decimal(5), "PCS")}, "takes an Amount, not Quantity"),
        (Supplier, {"is_active": 1}, "takes a bool, not int"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(
    entity: type[erp.Entity], fields: dict[str, Any], words: str
) -> None:
    letterbox = Letterbox()
    with pytest.raises(TypeError, match=words):
        entity.create(letterbox, **fields)
    if "object_version" not in fields:
        with pytest.raises(TypeError, match=words):
            entity.update(letterbox, ID, **fields)
    assert letterbox.letters == []


@pytest.mark.parametrize(
    ("entity", "fields", "words"),
    [
        (PaymentOrder, {"direction": "Sideways"}, "none of Outgoing, Incoming"),
        (ReceivingOrderLine, {"quantity": Quantity(Decimal("NaN"), "PCS")}, "not a number"),
    ],
)
def test_a_value_that_erpnet_does_not_know_is_refused(
    entity: type[erp.Entity], fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        entity.data(**fields)


def test_a_reference_may_lead_to_an_heir_and_to_what_the_model_data_lacks() -> None:
    order = Reference(PurchaseOrder.ENTITY_SET, ID)
    assert ReceivingOrder.data(parent=order)["Parent"] == {"@odata.id": order.odata_id}
    offer = Reference("Crm_Presales_Offers", ID)
    assert ReceivingOrder.data(parent=offer)["Parent"] == {"@odata.id": offer.odata_id}


def test_who_creates_learns_what_the_object_is_called() -> None:
    made = ReceivingOrder.create(Letterbox({"@odata.id": f"{ReceivingOrder.ENTITY_SET}({ID})"}), notes="x")
    assert made == Reference(ReceivingOrder.ENTITY_SET, ID)


def test_a_creation_that_names_no_object_may_have_happened() -> None:
    with pytest.raises(Unanswered):
        ReceivingOrder.create(Letterbox({"Id": "?"}), notes="x")


def test_another_entity_is_not_updated_by_mistake() -> None:
    with pytest.raises(TypeError, match="is no ReceivingOrder"):
        ReceivingOrder.update(Letterbox(), STORE, notes="x")


def test_the_version_that_a_person_saw_travels_with_the_update() -> None:
    letterbox = Letterbox()
    ReceivingOrder.update(letterbox, ID, object_version=7, notes="x")
    assert letterbox.letters == [(Reference(ReceivingOrder.ENTITY_SET, ID), {"Notes": "x"}, 7)]


def test_only_what_is_there_can_be_asked_for_as_well() -> None:
    assert "ObjectVersion" in ReceivingOrder.query(["object_version"]).selection
    with pytest.raises(TypeError, match="has no colour to ask for; it has object_version, "):
        ReceivingOrder.query(["colour"])
    with pytest.raises(TypeError, match="several fields"):
        ReceivingOrder.query("object_version")


# -- Against an instance --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def api() -> Iterator[DomainApi]:
    with running_instance() as running:
        yield DomainApi(running.application())


@pytest.fixture(scope="module")
def order(api: DomainApi) -> PurchaseOrder:
    return next(PurchaseOrder.iterate(api, F.State.eq("Released") & F.Void.eq(False)))


def announce(api: DomainApi, order: PurchaseOrder) -> Reference:
    """A receiving order for the first line of an order, as a vendor would announce it."""
    (document_type,) = DocumentType.iterate(api, F.EntityName.eq("Scm_Receiving_Orders"))
    line = order.lines[0]
    return ReceivingOrder.create(
        api,
        document_type=document_type,
        enterprise_company=order.enterprise_company,
        enterprise_company_location=order.enterprise_company_location,
        currency=order.currency,
        supplier=order.supplier,
        purchase_order=order,
        parent=order,
        planned_delivery_date=dt.date(2027, 1, 31),
        reference_document_no="DN-1",
        lines=[
            {
                "line_no": 10,
                "product": line.product,
                "purchase_order_line": line,
                "quantity": Quantity(Decimal("0.125"), line.quantity.unit),
                "unit": line.unit,
                "description": line.description,
            }
        ],
    )


def test_an_object_is_fetched_by_its_id(api: DomainApi, order: PurchaseOrder) -> None:
    assert PurchaseOrder.fetch(api, order.id) == order
    assert PurchaseOrder.fetch(api, order.reference) == order
    with pytest.raises(NotFound):
        PurchaseOrder.fetch(api, ID)


def test_an_entity_can_be_a_key_texts_in_several_languages_and_all(
    api: DomainApi, order: PurchaseOrder
) -> None:
    assert {order: 1}[PurchaseOrder.fetch(api, order)] == 1
    assert len({*order.lines, *PurchaseOrder.fetch(api, order).lines}) == len(order.lines)


def test_objects_are_loaded_page_by_page_as_they_are_used(api: DomainApi) -> None:
    before = api.counters.requests
    orders = PurchaseOrder.iterate(api, page_size=5)
    assert api.counters.requests == before
    first = [next(orders) for _ in range(3)]
    orders.close()
    assert api.counters.requests <= before + 2  # The page in use, and one ahead.
    assert len({one.id for one in first}) == 3
    assert len(list(PurchaseOrder.iterate(api, page_size=7))) == api.page(PurchaseOrder.query().count()).count


def test_a_document_is_created_with_its_lines(api: DomainApi, order: PurchaseOrder) -> None:
    made = ReceivingOrder.fetch(api, announce(api, order))
    assert (made.state, made.planned_delivery_date) == ("New", dt.date(2027, 1, 31))
    assert made.purchase_order == order.reference
    assert [line.quantity.value for line in made.lines] == [Decimal("0.125")]


def test_an_update_changes_no_more_than_it_names(api: DomainApi, order: PurchaseOrder) -> None:
    made = announce(api, order)
    ReceivingOrder.update(api, made, notes="Gate 2")
    after = ReceivingOrder.fetch(api, made)
    assert (after.notes, after.reference_document_no) == ("Gate 2", "DN-1")


def test_lines_are_added_to_a_document_that_is_there(api: DomainApi, order: PurchaseOrder) -> None:
    made, line = announce(api, order), order.lines[0]
    more = {
        "line_no": 20,
        "product": line.product,
        "purchase_order_line": line,
        "quantity": Quantity(Decimal(2), line.quantity.unit),
        "unit": line.unit,
        "description": line.description,
    }
    ReceivingOrder.update(api, made, lines=[more])
    assert sorted(one.line_no for one in ReceivingOrder.fetch(api, made).lines) == [10, 20]


def test_what_takes_a_reference_takes_an_entity(api: DomainApi, order: PurchaseOrder) -> None:
    assert api.get(order, select=["DocumentNo"])["DocumentNo"] == order.number
    made = ReceivingOrder.fetch(api, str(announce(api, order)))
    api.change_state(made, "Planned")
    (seen,) = ReceivingOrder.iterate(api, F.PurchaseOrder.eq(order) & F.Id.eq(made.id))
    assert seen.state == "Planned"
    api.make_void(made, reason="Announced twice")
    assert ReceivingOrder.fetch(api, made).is_void


def test_a_stale_update_overwrites_nothing(api: DomainApi, order: PurchaseOrder) -> None:
    seen = ReceivingOrder.fetch(api, announce(api, order), also=["object_version"])
    ReceivingOrder.update(api, seen, object_version=seen.object_version, notes="theirs")
    with pytest.raises(Conflict):
        ReceivingOrder.update(api, seen, object_version=seen.object_version, notes="mine")
    assert ReceivingOrder.fetch(api, seen.id).notes == "theirs"


def test_what_has_no_wrapper_gets_one_in_a_few_lines(api: DomainApi) -> None:
    bins = list(StoreBin.iterate(api))
    assert bins
    assert all(isinstance(one.name, str) and one.store.entity_set == Store.ENTITY_SET for one in bins)


@erp.entity("Logistics_Inventory_StoreBins")
class StoreBin(erp.Entity):
    id: UUID = erp.guid("Id")
    name: str = erp.text("Name")
    store: Reference = erp.link("Store")


def test_what_the_model_data_lacks_is_sent_as_it_is_given() -> None:
    assert Widget.data(maker=STORE, colour="red") == {"Maker": {"@odata.id": STORE.odata_id}, "Colour": "red"}


@erp.entity("Acme_Widgets")
class Widget(erp.Entity):
    maker: Reference | None = erp.link("Maker", null=True)
    colour: str = erp.text("Colour")


def test_a_custom_property_is_a_field_like_any_other(api: DomainApi) -> None:
    cloth = next(one for one in Cloth.iterate(api) if one.colour and not one.width)
    Cloth.update(api, cloth, width=CustomPropertyValue("150"))
    assert Cloth.fetch(api, cloth.id).width == CustomPropertyValue("150")
    Cloth.update(api, cloth, width=None)
    assert Cloth.fetch(api, cloth.id) == cloth


@erp.entity("General_Products_Products")
class Cloth(erp.Entity):
    id: UUID = erp.guid("Id")
    colour: CustomPropertyValue | None = erp.custom("color")
    width: CustomPropertyValue | None = erp.custom("size (cm)")


def test_additional_data_is_written_as_the_text_that_it_is() -> None:
    data = AdditionalData('{"theirs":{"n":1.10}}').with_own("mine", {"a": 1})
    written = {"AdditionalDataJson": '{"theirs":{"n":1.10},"mine":{"a":1}}'}
    assert ReceivingOrder.data(additional_data_json=data) == written
    assert ReceivingOrder.data(additional_data_json=str(data)) == written


def test_lines_have_the_document_they_are_added_to() -> None:
    order = Reference(PurchaseOrder.ENTITY_SET, ID)
    assert PurchaseOrderLine.data(order=order) == {"PurchaseOrder": {"@odata.id": order.odata_id}}
