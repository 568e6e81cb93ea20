"""A vendor at the rig's portal, with nothing but HTTP and the forms of the pages; and every form that was accepted."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import requests

from tests.faults.rig import Rig
from tests.smoke.job import Form, form_with, read, sign_in

PATIENCE = 60.0
_SHIPMENT = re.compile(r"/shipments/([0-9a-f-]{36})/$")
_ORDER = re.compile(r"/orders/([0-9a-f-]{36})/$")
_notes = count(1)


@dataclass
class Accepted:
    """A form that the portal took: what the document in ERP.net has to say in the end."""

    shipment: uuid.UUID
    header: dict[str, str]
    quantities: list[str]


@dataclass
class Sheet:
    """A form on a page, filled in."""

    form: Form
    order: uuid.UUID
    values: dict[str, str] = field(default_factory=dict)

    @property
    def header(self) -> dict[str, str]:
        names = ("delivery_note_number", "tracking_number", "notes")
        return {name: self.values[name] for name in names}

    @property
    def quantities(self) -> list[str]:
        return [value for name, value in self.values.items() if name.startswith("quantity_") and value]


class Seller:
    """`accepted` are the forms that the portal has taken of her, by the shipment."""

    def __init__(self, rig: Rig, login: str) -> None:
        self._rig = rig
        self.login = login
        self.session = sign_in(rig, login)
        self.accepted: dict[uuid.UUID, Accepted] = {}
        self.partner = rig.books.value(
            "SELECT membership.partner_id FROM accounts_membership membership"
            " JOIN accounts_user account ON account.erp_id = membership.erp_user_id WHERE account.login = %s",
            login,
        )
        links = read(self.get("/orders/?state=open")).links
        self._orders = [uuid.UUID(found[1]) for link in links if (found := _ORDER.match(link))]

    def get(self, path: str) -> requests.Response:
        return self.session.get(self._rig.portal_url + path, timeout=PATIENCE)

    # -- Announcing ---------------------------------------------------------------------------------------------------

    def sheet(self, *, order: uuid.UUID | None = None, quantity: str = "1", **values: str) -> Sheet:
        """The form of a new shipment: a little of one line, under a delivery note of its own."""
        order = order or self._orders[0]
        form = form_with(self.get(f"/shipments/new?order={order}"), "quantity_")
        names = [name for name in form.values if name.startswith("quantity_")]
        header = {"delivery_note_number": f"F-{next(_notes)}", **values}
        chosen = form.values[names[0]] if quantity == "all" else quantity
        return Sheet(form, order, form.values | dict.fromkeys(names, "") | header | {names[0]: chosen})

    def post(self, sheet: Sheet) -> requests.Response:
        """Send the form, in a connection of its own as a browser's second click has it."""
        return requests.post(
            sheet.form.action,
            data=sheet.values,
            cookies={cookie.name: cookie.value or "" for cookie in self.session.cookies},
            headers={"Referer": sheet.form.action},
            allow_redirects=False,
            timeout=PATIENCE,
        )

    def announce(self, **values: Any) -> uuid.UUID:
        sheet = self.sheet(**values)
        return self.accept(sheet, self.post(sheet))

    def accept(self, sheet: Sheet, answer: requests.Response) -> uuid.UUID:
        """Take note of a form that was taken; answers the shipment that it made or changed."""
        shipment = shipment_of(answer)
        before = self.accepted.get(shipment)
        quantities = sheet.quantities or (before.quantities if before else [])
        self.accepted[shipment] = Accepted(shipment, sheet.header, quantities)
        return shipment

    # -- Afterwards ---------------------------------------------------------------------------------------------------

    def change(self, shipment: uuid.UUID, **values: str) -> None:
        path = f"/shipments/{shipment}/edit"
        form = form_with(self.get(path), "notes")
        sheet = Sheet(form, shipment, form.values | values)
        assert self.accept(sheet, self.post(sheet)) == shipment

    def see(self, shipment: uuid.UUID) -> requests.Response:
        return self.get(f"/shipments/{shipment}/")


def shipment_of(answer: requests.Response) -> uuid.UUID:
    """The shipment that a form led to."""
    assert answer.status_code == 302, f"the form was answered with {answer.status_code}: {answer.text[:2000]}"
    found = _SHIPMENT.search(answer.headers["Location"])
    assert found, f"the form led to {answer.headers['Location']}"
    return uuid.UUID(found[1])
