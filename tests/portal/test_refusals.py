"""What ERP.net says of one field stands beside that field."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from accounts.models import Partner
from tests.portal import builders
from tests.portal.builders import text_of


def says_beside(browser: Any, rila: Partner, message: str, state: str = "REJECTED") -> list[str]:
    """The ids of the fields beside which ERP.net's words stand."""
    shipment = builders.shipment(builders.order(rila), delivery=state, message=message, erp_id=uuid.uuid4())
    page = text_of(browser.get(f"/shipments/{shipment.pk}/edit"))
    return [
        part.partition('"')[0]
        for part in page.split('<label for="')[1:]
        if f"ERP.net says: {message}" in part
    ]


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("The value of ReferenceDocumentNo is too long.", "id_delivery_note_number"),
        ("PlannedDeliveryDate cannot be before the date of the document.", "id_planned_delivery_date"),
        ("Required attribute: Notes", "id_notes"),
    ],
)
def test_a_refusal_that_names_an_attribute_stands_beside_its_field(
    browser: Any, rila: Partner, message: str, field: str
) -> None:
    assert says_beside(browser, rila, message) == [field]


@pytest.mark.parametrize(
    "message",
    ["The store is closed for stocktaking.", "NotesLog is full.", "Notes or PlannedDeliveryDate is wrong."],
)
def test_one_that_names_none_or_several_stands_above_alone(browser: Any, rila: Partner, message: str) -> None:
    assert says_beside(browser, rila, message) == []


def test_what_is_not_refused_has_no_words_beside_it(browser: Any, rila: Partner) -> None:
    assert says_beside(browser, rila, "Required attribute: Notes", state="DEAD") == []
