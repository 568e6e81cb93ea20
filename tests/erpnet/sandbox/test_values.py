"""Values in the bodies of writes: what each type takes, and that nothing that is sent breaks the service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erpnet.sandbox.model import load_model
from erpnet.sandbox.options import NO_LIMITS
from erpnet.sandbox.testing import running_instance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import released_order
from tests.erpnet.sandbox.test_writing import RECEIPTS, created, error_of, read, shipment

LINES = "Logistics_Procurement_ReceivingOrderLines"


@pytest.fixture(scope="module")
def document(api: Api) -> dict[str, Any]:
    return created(api, shipment(released_order(api)))


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"Quantity": {"Value": "2.500"}}, 204),
        ({"Quantity": {"Value": 2.5, "Unit": None}}, 204),
        ({"Quantity": 2.5}, 400),
        ({"Quantity": {"Unit": "kg"}}, 400),
        ({"Quantity": {"Value": 1, "Currency": "EUR"}}, 400),
        ({"Quantity": {"Value": True}}, 400),
        ({"Quantity": {"Value": "NaN"}}, 400),
        ({"Quantity": {"Value": 1, "Unit": 7}}, 400),
        ({"Quantity": None}, 500),
        ({"Quantity": {"Value": "2.5001"}}, 500),
        ({"Quantity": {"Value": 10**15}}, 500),
        ({"ConfirmedQuantity": None}, 204),
        ({"LineNo": 2**31}, 400),
        ({"LineNo": "10"}, 400),
        ({"LineNo": True}, 400),
        ({"Finished": 1}, 400),
        ({"Notes": "x" * 254}, 204),
        ({"Notes": "x" * 255}, 500),
        ({"ProductDescription": {"EN": "Rope", "bg": "Въже"}}, 204),
        ({"ProductDescription": {"EN": "x" * 254}}, 204),
        ({"ProductDescription": {"EN": "Rope", "BG": "x" * 255}}, 500),
        ({"ProductDescription": {}}, 500),
        ({"ProductDescription": {"EN": ""}}, 500),
        ({"ProductDescription": "Rope"}, 400),
        ({"ProductDescription": {"English": "Rope"}}, 400),
        ({"StandardQuantityBase": {"Value": 99}}, 500),
        ({"DisplayText": "Rope"}, 500),
        ({"Notes@odata.bind": "General_Products_Products(00000000-0000-0000-0000-000000000000)"}, 400),
        ({"@odata.type": "Erp.Logistics_Procurement_ReceivingOrderLine", "Notes": "Rope"}, 204),
        ({"@odata.type": "Erp.Logistics_Procurement_ReceivingOrder", "Notes": "Rope"}, 400),
        ({"@odata.type": 5}, 400),
        ({"Product": None}, 500),
        ({"Product": {}}, 500),
        ({"Product": ["x"]}, 400),
    ],
)
def test_each_type_takes_its_own_values(
    api: Api, document: dict[str, Any], data: dict[str, Any], status: int
) -> None:
    answer = api.patch(document["Lines"][0]["@odata.id"], data)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"PlannedDeliveryDate": "2026-12-01"}, 204),
        ({"PlannedDeliveryDate": "2026-12-01T10:00:00+02:00"}, 204),
        ({"PlannedDeliveryDate": "2026-12-01T10:00:00"}, 400),
        ({"PlannedDeliveryDate": "0001-01-01T00:00:00+14:00"}, 400),
        ({"PlannedDeliveryDate": 20261201}, 400),
        ({"AdditionalDataJson": "x" * 32_000}, 204),
        ({"AdditionalDataJson": "x" * 32_001}, 500),
        ({"State": "New"}, 204),
        ({"State": "Planned"}, 500),
        ({"State": "Nowhere"}, 400),
        ({"AggregateLastUpdateTimeUtc": "2026-12-01T10:00:00Z"}, 500),
        ({"FullState": "New"}, 500),
        ({"Id": "00000000-0000-0000-0000-000000000000"}, 500),
        ({"ObjectVersion": "1"}, 500),
        ({"AdjustedDocument": None}, 204),
        ({"DocumentType": None}, 500),
        ({"Parties": [{}]}, 400),
    ],
)
def test_documents_take_their_own_values(
    api: Api, document: dict[str, Any], data: dict[str, Any], status: int
) -> None:
    answer = api.patch(document["@odata.id"], data)
    assert answer.status_code == status, answer.text


def test_languages_are_kept_in_capitals_and_replaced_together(api: Api, document: dict[str, Any]) -> None:
    line = document["Lines"][0]["@odata.id"]
    for texts in ({"en": "Rope", "bg": "Въже"}, {"de": "Seil"}):
        api.patch(line, {"ProductDescription": texts})
        kept = read(api, document["@odata.id"])["Lines"][0]["ProductDescription"]
        assert kept == {language.upper(): text for language, text in texts.items()}


def test_errors_of_updates_are_nested_and_those_of_others_are_not(api: Api, document: dict[str, Any]) -> None:
    for answer in (
        api.patch(document["@odata.id"], {"DocumentType": None}),
        api.delete(document["Store"]["@odata.id"]),
    ):
        assert set(answer.json()) == {"error"}
    answer = api.post(RECEIPTS, {})
    assert set(answer.json()) == {"message", "code", "type", "info", "messageFormat", "parameters"}
    assert answer.json()["info"].startswith(f"{answer.json()['type']}: ")
    assert error_of(api.post(RECEIPTS, {"Nothing": 1})) == {
        "code": "",
        "message": "Could not find a property named 'Nothing' on type 'Erp.Logistics_Procurement_ReceivingOrder'.",
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"Notes": "\\ud800"}',
        b'{"Notes": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 60 + b"1" + b"}" * 60,
        b'{"Notes": NaN}',
        b"1" * 5000,
    ],
)
def test_bodies_that_are_no_sound_json_are_refused(api: Api, document: dict[str, Any], body: bytes) -> None:
    answer = api.session.patch(api.root + document["@odata.id"], data=body, timeout=10)
    assert answer.status_code == 400, answer.text


ANNOTATIONS = [
    "@erpnet.action",
    "@erpnet.findBy",
    "@odata.id",
    "@odata.type",
    "ObjectVersion",
    "Id",
    "ExternalId",
]
ATTRIBUTES = [
    "Lines",
    "Quantity",
    "State",
    "Store",
    "Parent",
    "DocumentNo",
    "Notes",
    "PlannedDeliveryDate",
    "Product",
]
PARAMETERS = ["objects", "transaction", "model", "commit", "newState", "userStatus", "reason", "fileFormat"]
PATHS = [RECEIPTS, LINES, "{}", "{}/ChangeState", "{}/MakeVoid", "{}/GetPrintout", "Import", "EndTransaction"]
WORDS = st.sampled_from(
    [
        "create",
        "merge",
        "find",
        "delete",
        "New",
        RECEIPTS,
        "Erp.Logistics_Procurement_ReceivingOrder",
        "",
        "x",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | WORDS
)
NAMES = st.sampled_from(ANNOTATIONS + ATTRIBUTES + ["Value", "Unit", "Code", "Name", "EN"])


def _around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return LEAVES | st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)


VALUES = _around(_around(_around(LEAVES)))


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[tuple[Api, str]]:
    """An instance to be battered, and the address of a document in it."""
    with running_instance(rate_limits=NO_LIMITS) as running:
        api = Api(running)
        yield api, created(api, shipment(released_order(api)))["@odata.id"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.dictionaries(st.sampled_from(ANNOTATIONS + ATTRIBUTES + PARAMETERS), VALUES, max_size=5),
    path=st.sampled_from(
        [RECEIPTS, LINES, "{}", "{}/ChangeState", "{}/MakeVoid", "{}/GetPrintout", "Import", "EndTransaction"]
    ),
)
def test_nothing_that_is_sent_breaks_the_service(
    fuzzed: tuple[Api, str], data: dict[str, Any], path: str
) -> None:
    api, reference = fuzzed
    method = "PATCH" if path == "{}" else "POST"
    answer = api.session.request(method, api.root + path.format(reference), json=data, timeout=10)
    assert answer.status_code in {200, 201, 204, 400, 404, 500}
    if answer.status_code != 204:
        assert isinstance(answer.json(), dict), answer.text


@pytest.mark.parametrize(
    ("name", "longest"), [("ExternalId", 254), ("ExternalSystem", 64), ("AdditionalDataJson", 32_000)]
)
def test_what_every_object_has_is_as_long_as_documented(
    api: Api, document: dict[str, Any], name: str, longest: int
) -> None:
    """Docs: https://docs.erp.net/model/entities/Systems.Internal.ExtensibleDataObjects.html"""
    assert api.patch(document["@odata.id"], {name: "x" * longest}).status_code == 204
    assert api.patch(document["@odata.id"], {name: "x" * (longest + 1)}).status_code == 500


def test_a_reason_is_as_long_as_the_model_says(api: Api, document: dict[str, Any]) -> None:
    answer = api.post(f"{document['@odata.id']}/MakeVoid", {"reason": "x" * 255, "voidType": "VoidDocument"})
    assert "VoidReason" in error_of(answer)["message"]
    assert read(api, document["@odata.id"])["Void"] is False


@pytest.mark.parametrize(
    "address", ["elsewhere/{}", "https://erp.example/{}", "https://erp.example/api/domain/odata/x/{}"]
)
def test_a_reference_is_an_odata_id_or_its_address(api: Api, document: dict[str, Any], address: str) -> None:
    supplier = document["Supplier"]["@odata.id"]
    assert api.patch(document["@odata.id"], {"Supplier@odata.bind": api.root + supplier}).status_code == 204
    assert (
        api.patch(document["@odata.id"], {"Supplier@odata.bind": address.format(supplier)}).status_code == 400
    )


def test_defaults_count_as_their_enumeration_does() -> None:
    """Docs: https://docs.erp.net/model/entities/Projects.Agile.Cases.html"""
    defaults = {
        (entity.name, attribute.name): attribute.default
        for entity in load_model().entities.values()
        for attribute in entity.attributes.values()
        if attribute.kind == "enum" and attribute.default is not None
    }
    assert defaults["Projects.Agile.Cases", "Priority"] == "Lowest"
    assert defaults["Logistics.Procurement.PurchaseProductPrices", "Priority"] == "Two"
    for (entity, name), default in defaults.items():
        assert default in load_model()[entity].attributes[name].values
