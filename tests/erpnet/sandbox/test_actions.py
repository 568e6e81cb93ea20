"""`@erpnet.action` and `@erpnet.findBy`, after the examples of their page."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api
from tests.erpnet.sandbox.test_documents import released_order
from tests.erpnet.sandbox.test_writing import RECEIPTS, created, error_of, message_of, read, shipment

PRODUCTS = "General_Products_Products"
GROUPS = "General_Products_ProductGroups"
SUPPLIERS = "Logistics_Procurement_Suppliers"
COMPANIES = "General_Contacts_Companies"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningInstance]:
    """An instance of their own, as they leave more than documents behind."""
    with running_instance() as running:
        yield running


def product(**changes: Any) -> dict[str, Any]:
    code = uuid.uuid4().hex[:8]
    return {
        "PartNumber": f"DAT-{code}",
        "Name": {"EN": f"Domain API test {code}"},
        "BaseMeasurementCategory": {"@erpnet.action": "find", "@erpnet.findBy": {"Name": "PIECE"}},
        "MeasurementUnit": {"Code": "pcs"},
        "ProductGroup": {"Code": f"G{code}", "Name": {"EN": "Domain API tests"}},
        **changes,
    }


def group_of(api: Api, reference: str) -> dict[str, Any]:
    return dict(api.get(reference, expand="ProductGroup($select=default,Id)").json()["ProductGroup"])


def post(api: Api, data: dict[str, Any], path: str = PRODUCTS) -> dict[str, Any]:
    answer = api.post(path, data)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


@pytest.fixture
def order(api: Api) -> dict[str, Any]:
    return released_order(api)


@pytest.fixture
def document(api: Api, order: dict[str, Any]) -> dict[str, Any]:
    key = {"ExternalId": str(uuid.uuid4()), "ExternalSystem": "portal"}
    return created(api, shipment(order, **key))


class TestNestedObjects:
    def test_one_with_more_than_a_criterion_is_merged(self, api: Api) -> None:
        data = product()
        first = post(api, data)
        group = group_of(api, first["@odata.id"])
        assert group["Name"] == {"EN": "Domain API tests"}
        again = post(api, product(ProductGroup={**data["ProductGroup"], "Name": {"BG": "Тестове"}}))
        changed = group_of(api, again["@odata.id"])
        assert changed["Id"] == group["Id"]
        assert changed["Name"] == {"BG": "Тестове"}

    def test_one_with_nothing_but_a_criterion_is_found_or_missing(self, api: Api) -> None:
        answer = api.post(PRODUCTS, product(ProductGroup={"Code": "no such group"}))
        assert message_of(answer).startswith("Object not found: General_Products_ProductGroup, action: find")
        assert error_of(answer)["type"] == "InvalidOperationException"

    def test_one_that_is_found_is_left_as_it_is(self, api: Api) -> None:
        data = product()
        post(api, data)
        group = {**data["ProductGroup"], "@erpnet.action": "find", "Name": {"EN": "Ignored"}}
        found = post(api, product(ProductGroup=group))
        assert group_of(api, found["@odata.id"])["Name"] == {"EN": "Domain API tests"}

    def test_one_is_changed_where_it_says_so(self, api: Api) -> None:
        first = post(api, product())
        group = {
            "@odata.id": group_of(api, first["@odata.id"])["@odata.id"],
            "@erpnet.action": "update",
            "Notes": "new",
        }
        assert api.patch(first["@odata.id"], {"ProductGroup": group}).status_code == 204
        assert group_of(api, first["@odata.id"])["Notes"] == "new"

    def test_an_object_of_an_abstract_type_names_its_own(self, api: Api) -> None:
        party = {"Name": {"EN": "New Company"}, "RegistrationType": {"EN": "Ltd"}}
        plain = api.get(api.rows(SUPPLIERS, top="1")[0]["@odata.id"]).json()
        data = {
            "Number": f"S{uuid.uuid4().hex[:6]}",
            **{name: plain[name] for name in ("EnterpriseCompany", "SupplierType") if plain.get(name)},
        }
        answer = api.post(SUPPLIERS, {**data, "Party": party})
        assert answer.status_code in {400, 500}
        typed = {**party, "@odata.type": "Erp.General_Contacts_Company", "PartyCode": data["Number"]}
        supplier = post(api, {**data, "Party": typed}, SUPPLIERS)
        company = api.get(supplier["Party"]["@odata.id"]).json()
        assert supplier["Party"]["@odata.id"].startswith(COMPANIES)
        assert (company["PartyName"], company["PartyType"]) == (party["Name"], "Company")
        wrong = {**party, "@odata.type": "Erp.General_Products_Product"}
        assert api.post(SUPPLIERS, {**data, "Party": wrong}).status_code == 400


class TestFinding:
    def test_the_first_criterion_there_is_counts_alone(self, api: Api, document: dict[str, Any]) -> None:
        find = {
            "@erpnet.action": "find",
            "@erpnet.findBy": {
                "Code": "something else",
                "Id": str(uuid.uuid4()),
                "ExternalId": document["ExternalId"],
            },
        }
        assert post(api, find, RECEIPTS)["@odata.id"] == document["@odata.id"]
        del find["@erpnet.findBy"]["ExternalId"]  # type: ignore[attr-defined]
        assert "not found" in message_of(api.post(RECEIPTS, find))

    @pytest.mark.parametrize("name", ["Id", "DocumentNo", "ExternalId"])
    def test_an_objects_own_data_say_which_it_is(self, api: Api, document: dict[str, Any], name: str) -> None:
        data = {"@erpnet.action": "find", name: document[name]}
        assert post(api, data, RECEIPTS)["@odata.id"] == document["@odata.id"]

    def test_names_contain_what_is_sought_in_any_case_and_language(self, api: Api) -> None:
        row = next(one for one in api.rows(PRODUCTS, select="default") if "BG" in one["Name"])
        for text in (row["Name"]["EN"].upper(), row["Name"]["BG"][1:].lower()):
            data = {"@erpnet.action": "find", "@erpnet.findBy": {"Name": text}}
            assert text.lower() in str(post(api, data)["Name"]).lower()

    def test_display_texts_are_searched(self, api: Api, document: dict[str, Any]) -> None:
        data = {"@erpnet.action": "find", "@erpnet.findBy": {"DisplayText": document["DocumentNo"]}}
        assert post(api, data, RECEIPTS)["@odata.id"] == document["@odata.id"]

    def test_a_single_one_is_an_error_or_nothing_if_there_are_more(self, api: Api) -> None:
        many, none = {"Name": "a"}, {"Name": "no such name"}
        single = {"@erpnet.action": "findSingle", "@erpnet.findBy": many}
        assert "More than one" in message_of(api.post(PRODUCTS, single))
        assert "not found" in message_of(api.post(PRODUCTS, {**single, "@erpnet.findBy": none}))
        for criteria in (many, none):
            data = {"@erpnet.action": "findSingleOrNull", "@erpnet.findBy": criteria}
            assert api.post(PRODUCTS, data).status_code == 204
        assert post(api, {"@erpnet.action": "find", "@erpnet.findBy": many})["@odata.id"]

    def test_what_is_not_found_is_created_where_that_is_said(self, api: Api) -> None:
        data = {"@erpnet.action": "findOrCreate", **product()}
        assert api.post(PRODUCTS, data).status_code == 201
        again = api.post(PRODUCTS, {**data, "Name": {"EN": "Ignored"}})
        assert again.status_code == 200
        assert again.json()["Name"] == data["Name"]

    def test_earlier_names_of_sets_are_good_in_odata_ids_alone(self, api: Api, order: dict[str, Any]) -> None:
        currency = order["DocumentCurrency"]["@odata.id"].replace("General_Currencies_", "General_")
        assert created(api, shipment(order, DocumentCurrency={"@odata.id": currency}))[
            "DocumentCurrency"
        ] == {"@odata.id": order["DocumentCurrency"]["@odata.id"]}
        assert "no more supported" in message_of(api.get(currency))


class TestForm:
    @pytest.mark.parametrize(
        "annotations",
        [
            {"@erpnet.action": "explode"},
            {"@erpnet.action": "delete", "@erpnet.findBy": {"Code": "x"}},
            {"@erpnet.action": "create", "@erpnet.findBy": {"Code": "x"}},
            {"@erpnet.action": "update", "@erpnet.findBy": {"Code": "x"}},
            {"@erpnet.action": "merge", "@erpnet.findBy": {"PartNumber": "x"}},
            {"@erpnet.action": "merge", "@erpnet.findBy": {"Code": 5}},
            {"@erpnet.action": "merge", "@erpnet.findBy": {}},
            {"@erpnet.action": "merge", "@erpnet.findBy": "x"},
            {"@odata.type": "General_Products_Product"},
            {"@odata.type": "Erp.General_Products_ProductGroup"},
        ],
    )
    def test_annotations_are_as_documented(self, api: Api, annotations: dict[str, Any]) -> None:
        assert api.post(PRODUCTS, {**product(), **annotations}).status_code == 400

    def test_a_patch_changes_the_object_of_its_address(self, api: Api, document: dict[str, Any]) -> None:
        for more in ({"@erpnet.action": "create"}, {"@erpnet.findBy": {"Code": "x"}}):
            assert api.patch(document["@odata.id"], {"Notes": "x", **more}).status_code == 400
        assert api.patch(document["@odata.id"], {"@erpnet.action": "update", "Notes": "x"}).status_code == 204
        assert read(api, document["@odata.id"])["Notes"] == "x"

    def test_an_update_of_nothing_is_an_error(self, api: Api) -> None:
        data = {"@erpnet.action": "update", "ExternalId": str(uuid.uuid4()), "Name": {"EN": "x"}}
        assert "not found" in message_of(api.post(PRODUCTS, data))


class TestDuplicates:
    def test_a_code_is_there_once(self, api: Api) -> None:
        data = product()
        post(api, data)
        answer = api.post(PRODUCTS, data)
        fields = error_of(answer)
        assert fields["code"] == 2129
        assert fields["message"].startswith("Prohibited duplication in table 'dbo.Gen_Products'")
        assert fields["messageFormat"].format(*fields["parameters"]) == fields["message"]
        assert fields["parameters"][2] == data["PartNumber"]

    def test_a_key_is_there_once(self, api: Api, order: dict[str, Any], document: dict[str, Any]) -> None:
        answer = api.post(RECEIPTS, {**shipment(order), "Id": document["Id"]})
        assert error_of(answer)["code"] == 2129
        assert read(api, document["@odata.id"]) == document

    def test_a_number_of_a_line_is_there_once(
        self, api: Api, order: dict[str, Any], document: dict[str, Any]
    ) -> None:
        line = shipment(order)["Lines"][0] | {"LineNo": document["Lines"][0]["LineNo"]}
        answer = api.patch(document["@odata.id"], {"Lines": [line]})
        assert error_of(answer)["code"] == 2129
