"""What an instance keeps, and what it is made of when it is new."""

from __future__ import annotations

import json
import stat
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from erpnet.sandbox.data.generate import generate
from erpnet.sandbox.model import load_model
from erpnet.sandbox.store import Store
from erpnet.sandbox.testing import RunningInstance, running_instance
from tests.erpnet.sandbox.builders import Api, Browser, form_fields, read_token
from tests.erpnet.sandbox.test_documents import released_order
from tests.erpnet.sandbox.test_writing import created, read, shipment

ORDERS = "Logistics_Procurement_PurchaseOrders"
TODAY = date(2026, 3, 2)


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    with running_instance(state=tmp_path) as first:
        api = Api(first)
        document = created(
            api, shipment(released_order(api), ExternalId="kept", ExternalSystem="partner-portal")
        )
        kid = first.instance.keys.current.kid
        requests.post(f"{first.url}/sandbox/balances", json={"change": 1, "remove": 1}, timeout=10)
        balances = api.rows("Logistics_Inventory_CurrentBalances")
    with running_instance(state=tmp_path, application_secret="another secret") as second:
        assert second.instance.keys.current.kid == kid
        other = Api.__new__(Api)
        token = token_with(second, "another secret")
        other.root, other.session = f"{second.url}/api/domain/odata/", requests.Session()
        other.session.headers["Authorization"] = f"Bearer {token}"
        assert read(other, document["@odata.id"])["Lines"] == document["Lines"]
        assert other.rows("Logistics_Inventory_CurrentBalances") == balances
        assert len(other.rows("Systems_Security_TrustedApplications")) == 1


def test_what_was_answered_is_on_disk_already(tmp_path: Path) -> None:
    with running_instance(state=tmp_path) as sandbox:
        api = Api(sandbox)
        document = created(api, shipment(released_order(api)))
        on_disk = Store(load_model(), tmp_path / "erpnet.sqlite3")
        assert on_disk.resolve(document["@odata.id"]) is not None
        on_disk.close()


def token_with(sandbox: RunningInstance, secret: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": "portal.test", "client_secret": secret}
    return str(requests.post(f"{sandbox.url}/id/connect/token", form, timeout=10).json()["access_token"])


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with running_instance(state=folder):
        assert stat.S_IMODE((folder / "signing-key.pem").stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_secrets_are_kept_as_hashes_and_shown_to_nobody(tmp_path: Path) -> None:
    with running_instance(state=tmp_path) as sandbox:
        assert "a secret for tests alone" not in repr(sandbox)
        stored = next(iter(sandbox.instance.store.table("Systems.Security.TrustedApplications")))
        assert stored["ApplicationSecretHash"] == sandbox.application().application_secret_hash
    assert b"a secret for tests alone" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_the_people_are_written_for_those_who_want_to_try(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    with running_instance(people_file=file) as sandbox:
        people = json.loads(file.read_text())
        assert [person["login"] for person in people] == [
            "maria@rila-textiles.example",
            "john@northwind-metals.example",
            "elena@danube-packaging.example",
            "newcomer@unlisted.example",
            "ops@vitosha.example",
            "ivan@horizon-retail.example",
        ]
        assert set(people[0]) == {"login", "password", "name", "company", "role", "internal"}
        for person in people:
            fields = form_fields(Browser(sandbox).sign_in(person["login"], person["password"]))
            assert read_token(fields["id_token"])[1]["sub"] == person["login"]


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    """A whole instance's rows by entity."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, row in generate(load_model(), TODAY, orders=300, balances=4000):
        found.setdefault(name.rsplit(".", 1)[1], []).append(row)
    return found


def test_the_same_day_gives_the_same_data(rows: dict[str, list[dict[str, Any]]]) -> None:
    again = generate(load_model(), TODAY, orders=300, balances=4000)
    assert [row for _, row in again if "PartNumber" in row] == rows["Products"]
    assert len(again) == sum(len(part) for part in rows.values())


def test_the_year_has_orders_in_all_states(rows: dict[str, list[dict[str, Any]]]) -> None:
    states = Counter(row["State"] for row in rows["PurchaseOrders"])
    assert set(states) == {"New", "Planned", "FirmPlanned", "Released", "Completed", "Closed"}
    assert sum(states.values()) == 300
    days = [row["DocumentDate"][:10] for row in rows["PurchaseOrders"]]
    assert min(days) >= str(TODAY - timedelta(days=365))
    assert max(days) <= str(TODAY)
    assert any(row["Void"] for row in rows["PurchaseOrders"])


def test_every_supplier_has_something_left_to_ship(rows: dict[str, list[dict[str, Any]]]) -> None:
    received: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in rows["ReceivingOrderLines"]:
        received[line["PurchaseOrderLine"]] += Decimal(line["Quantity"])
    open_orders = {
        f"{ORDERS}({row['Id']})": row["Supplier"]
        for row in rows["PurchaseOrders"]
        if row["State"] == "Released" and not row["Void"]
    }
    waiting: Counter[str] = Counter()
    for line in rows["PurchaseOrderLines"]:
        reference = f"Logistics_Procurement_PurchaseOrderLines({line['Id']})"
        if line["PurchaseOrder"] in open_orders and Decimal(line["Quantity"]) > received[reference]:
            waiting[open_orders[line["PurchaseOrder"]]] += 1
    assert len(waiting) == len(rows["Suppliers"]) == 9
    assert min(waiting.values()) >= 3


def test_one_vendor_serves_both_companies_and_one_person_two_vendors(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    customers: dict[str, set[str | None]] = {}
    for supplier in rows["Suppliers"]:
        customers.setdefault(supplier["Party"], set()).add(supplier.get("EnterpriseCompany"))
    assert sorted(len(one) for one in customers.values())[-1] == 2
    employers = Counter(row["Person"] for row in rows["CompanyEmployees"])
    assert sorted(employers.values()) == [1, 1, 1, 1, 2]
    assert len(rows["EnterpriseCompanies"]) == 2


def test_one_customer_has_a_user_and_one_vendor_is_a_customer_too(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    suppliers = {row["Party"] for row in rows["Suppliers"]}
    assert sorted(row["Party"] in suppliers for row in rows["Customers"]) == [False, True]
    (access,) = rows["CustomerExternalAccess"]
    (user,) = [row for row in rows["Users"] if row["Login"] == "ivan@horizon-retail.example"]
    assert access["User"].endswith(f"({user['Id']})")
    assert (access["Role"], access["DaysBackAccess"]) == ("OrdersWithPrices", 90)


def test_invoices_are_paid_due_and_overdue(rows: dict[str, list[dict[str, Any]]]) -> None:
    kinds = Counter(
        "paid" if order["State"] == "Closed" else "overdue" if order["DueDate"][:10] < str(TODAY) else "due"
        for order in rows["PaymentOrders"]
    )
    assert all(kinds[kind] > 5 for kind in ("paid", "due", "overdue"))
    totals: dict[str, Decimal] = {}
    for line in rows["PurchaseInvoiceLines"]:
        totals[line["PurchaseInvoice"]] = totals.get(line["PurchaseInvoice"], Decimal()) + Decimal(
            line["LineAmount"]
        )
    for order in rows["PaymentOrders"]:
        assert Decimal(order["TotalAmount"]) == (
            totals[order["RefInvoiceDocument"]] * Decimal("1.2")
        ).quantize(Decimal("0.01"))


def test_every_reference_leads_to_a_row_where_the_model_data_has_its_entity(fresh: RunningInstance) -> None:
    store, known = fresh.instance.store, fresh.instance.model.entities
    for table in store.tables.values():
        for name, reference in table.entity.references.items():
            values = [row.get(name) for row in table]
            assert reference.nullable or all(values), (table.entity.name, name)
            if reference.target in known:
                assert all(value is None or store.resolve(value) for value in values), name


def test_every_required_value_is_there_and_fits(fresh: RunningInstance) -> None:
    for table in fresh.instance.store.tables.values():
        entity = table.entity
        needed = [
            one.name for one in entity.attributes.values() if one.required and one.name != "ObjectVersion"
        ]
        for row in table:
            missing = [name for name in needed if row.get(name) is None]
            wrong = [
                name
                for name, attribute in entity.attributes.items()
                if attribute.values and row.get(name) not in (None, *attribute.values)
            ]
            assert not missing + wrong, entity.name


def test_texts_are_bilingual(rows: dict[str, list[dict[str, Any]]]) -> None:
    for entity in ("Products", "Companies", "Stores"):
        assert all(set(row["Name"]) == {"EN", "BG"} for row in rows[entity])
    assert len(rows["Products"]) == 120
    assert len({row["Name"]["BG"] for row in rows["Products"]}) == 120


def test_balances_lie_in_distinct_places(sandbox: RunningInstance) -> None:
    places = {
        (row["Product"], row["Store"], row["StoreBin"], row["Lot"]) for row in sandbox.instance.balances
    }
    assert len(places) == len(sandbox.instance.balances) == 300
