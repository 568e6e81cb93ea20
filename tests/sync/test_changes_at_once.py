"""A change of the version that the mirror has goes out in one request, and loses nothing that came there meanwhile."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from erpnet import Reference, entities
from sync import selectors
from sync.models import OutboxEntry, Shipment
from sync.outbox.claims import claim_next
from tests.conftest import PortalClient
from tests.deliveries import State
from tests.sync.erp import RECEIVING_ORDERS, Erp
from tests.sync.vendor import Vendor

pytestmark = pytest.mark.django_db

THEIRS = '{"other-app": {"kept": "yes"}}'


@pytest.fixture
def shipment(mirrored: Erp, maria: Vendor) -> Shipment:
    """In ERP.net, and in the mirror as it is there."""
    made = maria.announce(maria.open_order(), notes="At first")
    mirrored.deliver()
    return made


def change_there(erp: Erp, shipment: Shipment, **values: Any) -> None:
    (document,) = erp.receiving_orders(shipment)
    erp.change(RECEIVING_ORDERS, document.id, **values)


def requests_of(erp: Erp) -> int:
    """How many it takes to deliver what is due."""
    before = erp.api.counters.requests
    erp.deliver()
    return erp.api.counters.requests - before


def states(shipment: Shipment) -> list[str]:
    return list(OutboxEntry.objects.filter(shipment=shipment).order_by("pk").values_list("state", flat=True))


class TestWhatTheMirrorHas:
    def test_changes_of_many_shipments_are_one_request_each(self, mirrored: Erp, maria: Vendor) -> None:
        shipments = [maria.announce(maria.open_order()) for _ in range(3)]
        mirrored.deliver()
        for shipment in shipments:
            maria.change(shipment, notes="Two pallets")

        assert requests_of(mirrored) == 3

        documents = [mirrored.receiving_orders(shipment)[0] for shipment in shipments]
        assert {document.notes for document in documents} == {"Two pallets"}
        seen = [maria.see(shipment).object_version for shipment in shipments]
        assert seen == [document.object_version for document in documents], "read back in the same request"

    def test_keeps_what_other_applications_have_in_the_document(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        change_there(mirrored, shipment, AdditionalDataJson=THEIRS)
        mirrored.pull("receipts")
        maria.change(shipment, carrier="Econt")

        assert requests_of(mirrored) == 1

        (document,) = mirrored.receiving_orders(shipment)
        assert '"kept":"yes"' in document.additional_data_json.replace(": ", ":")
        assert '"carrier":"Econt"' in document.additional_data_json

    def test_is_built_upon_by_an_edit_that_was_saved_while_the_one_before_it_was_under_way(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        """The third entry is claimed while another shipment's request is under way, and after the first was settled."""
        another = maria.announce(maria.open_order())
        mirrored.deliver()
        change_there(mirrored, shipment, AdditionalDataJson=THEIRS)
        mirrored.pull("receipts")
        maria.change(shipment, carrier="Econt")
        claim = claim_next()
        assert claim is not None
        maria.change(shipment, carrier="Speedy")
        maria.change(another, notes="Two pallets")
        claim.give_back()

        assert requests_of(mirrored) == 3

        assert states(shipment) == [State.DONE] * 3
        (document,) = mirrored.receiving_orders(shipment)
        assert '"kept"' in document.additional_data_json
        assert '"carrier":"Speedy"' in document.additional_data_json
        assert maria.see(shipment).object_version == document.object_version

    def test_of_a_change_that_follows_its_announcement_is_known_by_then(
        self, mirrored: Erp, maria: Vendor
    ) -> None:
        shipment = maria.announce(maria.open_order())
        claim = claim_next()
        assert claim is not None
        maria.change(shipment, notes="Two pallets")
        claim.give_back()
        mirrored.api.version()

        assert requests_of(mirrored) == 3, "the document type, the announcement, the change"

        (document,) = mirrored.receiving_orders(shipment)
        assert (states(shipment), document.notes) == ([State.DONE] * 2, "Two pallets")


class TestAConflict:
    def test_is_looked_at_once(self, mirrored: Erp, maria: Vendor, shipment: Shipment) -> None:
        change_there(mirrored, shipment, Notes="Call before you come")
        maria.change(shipment, notes="Two pallets")

        assert requests_of(mirrored) == 3, "the change, a look at the version, and one at the document"

        (document,) = mirrored.receiving_orders(shipment)
        entry = OutboxEntry.objects.latest("pk")
        assert (entry.state, document.notes) == (State.CONFLICT, "Call before you come")
        assert entry.theirs["version"] == document.object_version == maria.see(shipment).object_version

    def test_loses_nothing_that_other_applications_wrote_there_meanwhile(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        change_there(mirrored, shipment, AdditionalDataJson=THEIRS)
        maria.change(shipment, carrier="Econt")
        mirrored.deliver()
        assert states(shipment)[-1] == State.CONFLICT
        maria.change(shipment, carrier="Econt")

        assert requests_of(mirrored) == 1

        (document,) = mirrored.receiving_orders(shipment)
        assert states(shipment)[-1] == State.DONE
        assert '"kept"' in document.additional_data_json
        assert '"carrier":"Econt"' in document.additional_data_json

    def test_with_somebody_who_wrote_the_same_is_none(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        change_there(mirrored, shipment, Notes="Two pallets")
        maria.change(shipment, notes="Two pallets")

        assert requests_of(mirrored) == 3, "the change, a look at the version, and one at the document"

        (document,) = mirrored.receiving_orders(shipment)
        assert states(shipment)[-1] == State.DONE
        assert maria.see(shipment).object_version == document.object_version

    def test_that_cannot_be_looked_at_decides_nothing(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        change_there(mirrored, shipment, Notes="Two pallets")
        maria.change(shipment, notes="Two pallets")
        mirrored.fail("business-error", methods=("GET",), after=1, message="Reading is not possible now.")
        mirrored.deliver()
        assert states(shipment)[-1] == State.PENDING
        assert OutboxEntry.objects.latest("pk").message == "Reading is not possible now."

        mirrored.deliver()
        assert states(shipment)[-1] == State.DONE

    def test_is_one_also_where_the_version_could_not_be_looked_at(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        """A plain refusal would be corrected, and what came there meanwhile overwritten without a question."""
        change_there(mirrored, shipment, Notes="Call before you come")
        maria.change(shipment, notes="Two pallets")
        mirrored.fail("bad-gateway", methods=("GET",), times=2)
        mirrored.deliver()

        assert states(shipment)[-1] == State.CONFLICT
        assert OutboxEntry.objects.latest("pk").theirs["header"]["notes"] == "Call before you come"

    def test_with_a_document_that_became_another_suppliers_shows_nothing_of_it(
        self, mirrored: Erp, maria: Vendor, john: Vendor, shipment: Shipment
    ) -> None:
        (document,) = mirrored.receiving_orders(shipment)
        supplier = f"{entities.Supplier.ENTITY_SET}({john.open_order().supplier_id})"
        mirrored.administer(Reference(RECEIVING_ORDERS, document.id), Supplier=supplier, Notes="For John")
        maria.change(shipment, notes="Two pallets")
        mirrored.deliver()

        entry = OutboxEntry.objects.latest("pk")
        assert (entry.state, entry.theirs) == (State.REJECTED, None)
        assert "another supplier" in entry.message
        assert mirrored.receiving_orders(shipment)[0].notes == "For John"


class TestALookComesFirst:
    @pytest.mark.parametrize(
        "unknown", [{"additional_data_json": None}, {"object_version": None}], ids=lambda one: next(iter(one))
    )
    def test_where_the_mirror_does_not_know(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment, unknown: dict[str, None]
    ) -> None:
        change_there(mirrored, shipment, AdditionalDataJson=THEIRS)
        mirrored.pull("receipts")
        Shipment.objects.filter(pk=shipment.pk).update(**unknown)
        maria.change(shipment, carrier="Econt")

        assert requests_of(mirrored) == 2

        (document,) = mirrored.receiving_orders(shipment)
        assert states(shipment)[-1] == State.DONE
        assert '"kept"' in document.additional_data_json
        maria.change(shipment, carrier="Speedy")
        assert requests_of(mirrored) == 1, "by now it is known"

    def test_where_the_mirror_has_an_older_version_than_the_one_that_was_decided_upon(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        """Sent at once it would bring back what other applications had then."""
        change_there(mirrored, shipment, AdditionalDataJson=THEIRS)
        (document,) = mirrored.receiving_orders(shipment)
        maria.change(shipment, carrier="Econt")
        OutboxEntry.objects.filter(state=State.PENDING).update(expected_version=document.object_version)

        assert requests_of(mirrored) == 2

        (document,) = mirrored.receiving_orders(shipment)
        assert states(shipment)[-1] == State.DONE
        assert '"kept"' in document.additional_data_json

    def test_where_a_newer_version_came_after_the_form(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        maria.change(shipment, notes="Two pallets")
        change_there(mirrored, shipment, Notes="Call before you come")
        mirrored.pull("receipts")
        mirrored.deliver()

        (document,) = mirrored.receiving_orders(shipment)
        assert (states(shipment)[-1], document.notes) == (State.CONFLICT, "Call before you come")

    def test_where_a_request_got_lost_it_is_sent_after_that(
        self, mirrored: Erp, maria: Vendor, shipment: Shipment
    ) -> None:
        maria.change(shipment, notes="Two pallets")
        mirrored.fail("offline", methods=("POST",))
        mirrored.deliver()
        assert states(shipment)[-1] == State.UNKNOWN

        assert requests_of(mirrored) == 2

        (document,) = mirrored.receiving_orders(shipment)
        assert (states(shipment)[-1], document.notes) == (State.DONE, "Two pallets")


def test_what_postgresql_cannot_keep_is_not_known_and_keeps_no_document_out(
    mirrored: Erp, maria: Vendor, shipment: Shipment
) -> None:
    change_there(mirrored, shipment, AdditionalDataJson="\0", Notes="All the same")
    mirrored.pull("receipts")

    shipment.refresh_from_db()
    assert (shipment.notes, shipment.additional_data_json) == ("All the same", None)


def test_no_page_has_what_other_applications_keep(
    mirrored: Erp, maria: Vendor, shipment: Shipment, client: PortalClient
) -> None:
    change_there(mirrored, shipment, AdditionalDataJson='{"other-app": {"margin": "a-secret"}}')
    mirrored.pull("receipts")
    shipment.refresh_from_db()
    assert "a-secret" in (shipment.additional_data_json or "")

    seen = maria.see(shipment)
    with maria.acting():
        listed = selectors.shipments_for(maria.membership).rows
    assert {"additional_data_json"} == seen.get_deferred_fields()
    assert all("additional_data_json" in one.get_deferred_fields() for one in listed)
    client.force_login(maria.user)
    form = {"key": str(uuid.uuid4()), "planned_delivery_date": timezone.localdate().isoformat()}
    for address in ("/", "/shipments/", f"/shipments/{shipment.pk}/", f"/orders/{shipment.order_id}/"):
        answer = client.get(address)
        assert (answer.status_code, "a-secret" in answer.content.decode()) == (200, False)
    assert b"a-secret" not in client.post(f"/shipments/{shipment.pk}/edit", form).content
