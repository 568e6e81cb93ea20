"""Deliveries one after another: while one is under way the next is made ready, and nothing is lost on that account."""

from __future__ import annotations

import pytest

from erpnet import DomainApi, Page, Query
from sync.outbox.claims import claim_next
from sync.outbox.delivery import deliver_due
from tests.deliveries import State
from tests.sync.erp import Erp
from tests.sync.vendor import Vendor, killed_worker_leaves, only_entry

pytestmark = pytest.mark.django_db


class BrokenApi(DomainApi):
    """Fails where nobody expects it, while a request is under way."""

    def page(self, query_or_next_link: Query | str) -> Page:
        raise RuntimeError("This client is broken.")


def test_each_announcement_is_one_request(mirrored: Erp, maria: Vendor) -> None:
    maria.announce(maria.open_order())
    mirrored.deliver()
    before = mirrored.api.counters.requests
    shipments = [maria.announce(maria.open_order()) for _ in range(3)]

    assert mirrored.deliver() == 3

    assert mirrored.api.counters.requests - before == 3
    assert [len(mirrored.receiving_orders(shipment)) for shipment in shipments] == [1, 1, 1]
    assert all(maria.see(shipment).object_version for shipment in shipments), "read back in the same request"


def test_a_change_is_one_request(mirrored: Erp, maria: Vendor) -> None:
    shipment = maria.announce(maria.open_order())
    mirrored.deliver()
    maria.change(shipment, notes="Two pallets")
    before = mirrored.api.counters.requests
    mirrored.deliver()
    assert mirrored.api.counters.requests - before == 1


def test_entries_of_one_shipment_go_out_in_their_order(mirrored: Erp, maria: Vendor) -> None:
    shipment = maria.announce(maria.open_order())
    claim = claim_next()
    assert claim is not None
    maria.change(shipment, notes="Two pallets")
    claim.give_back()

    assert mirrored.deliver() == 2

    (document,) = mirrored.receiving_orders(shipment)
    assert document.notes == "Two pallets"


def test_what_an_entry_breaks_leaves_the_next_one_untouched(
    mirrored: Erp, maria: Vendor, john: Vendor
) -> None:
    first, second = maria.announce(maria.open_order()), john.announce(john.open_order())
    with pytest.raises(RuntimeError):
        deliver_due(BrokenApi(mirrored.sandbox.application()))

    entry = only_entry(second)
    assert (entry.state, entry.attempts, entry.lease_until) == (State.PENDING, 0, None)
    assert only_entry(first).state == State.SENDING, "its lease has to run out"
    assert mirrored.deliver() == 1


def test_what_was_tried_before_is_delivered_alone(mirrored: Erp, maria: Vendor, john: Vendor) -> None:
    """It may be what killed the worker, and would take the attempts of its neighbour with it each time."""
    first = maria.announce(maria.open_order())
    claim = claim_next()
    assert claim is not None
    killed_worker_leaves(claim.entry)
    second = john.announce(john.open_order())

    assert claim_next(untried=True) is None
    assert mirrored.deliver() == 2
    assert {only_entry(first).attempts, only_entry(second).attempts} == {1, 2}


def test_a_document_that_was_made_but_not_shown_is_looked_up(mirrored: Erp, maria: Vendor) -> None:
    """The request did its first half: nobody has written down yet what became of it."""
    shipment = maria.announce(maria.open_order())
    mirrored.deliver()
    mirrored.fail("half-answer", path="$batch")
    another = maria.announce(maria.open_order())
    mirrored.deliver()
    assert only_entry(another).state == State.UNKNOWN

    mirrored.deliver()

    assert only_entry(another).state == State.DONE
    for each in (shipment, another):
        assert len(mirrored.receiving_orders(each)) == 1


def test_a_refused_document_has_its_type_asked_for_again(mirrored: Erp, maria: Vendor) -> None:
    maria.announce(maria.open_order())
    mirrored.deliver()
    mirrored.fail("business-error", path="$batch", message="This document type is no longer in use.")
    refused = maria.announce(maria.open_order())
    mirrored.deliver()
    assert only_entry(refused).state == State.REJECTED

    before = mirrored.api.counters.requests
    maria.announce(maria.open_order())
    assert mirrored.deliver() == 1
    assert mirrored.api.counters.requests - before == 2
