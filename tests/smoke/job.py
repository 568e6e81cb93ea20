"""The main job as a browser would do it, with nothing but HTTP requests and the forms that the pages hold."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import urljoin

import requests

from tests.running_demo import RunningDemo

DELIVERED_WITHIN = 60.0


class Portal(Protocol):
    """Where a portal and its ERP.net are, and who can sign in."""

    @property
    def portal_url(self) -> str: ...

    @property
    def sandbox_url(self) -> str: ...

    @property
    def people(self) -> list[dict[str, Any]]: ...


@dataclass
class Form:
    """A form of a page: where it goes and what it would send."""

    action: str
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        if tag in ("input", "textarea") and "name" in given and self.forms:
            self.forms[-1].values[given["name"]] = given.get("value", "")


def read(answer: requests.Response) -> _Forms:
    assert answer.status_code == 200, f"{answer.url} answered {answer.status_code}"
    forms = _Forms()
    forms.feed(answer.text)
    return forms


def form_with(answer: requests.Response, name: str) -> Form:
    """The page's form that has a field whose name begins so, with its address made complete."""
    found = [form for form in read(answer).forms if any(key.startswith(name) for key in form.values)]
    assert found, f"{answer.url} has no form with a field {name}"
    return Form(urljoin(answer.url, found[0].action or answer.url), found[0].values)


def sign_in(demo: Portal, login: str) -> requests.Session:
    """Through the sign-in page and the form by which the Instance ID posts its answer to the portal."""
    session = requests.Session()
    page = session.get(demo.portal_url + "/signin", timeout=20)
    assert page.url.startswith(demo.sandbox_url), f"/signin led to {page.url}"
    for cookie in session.cookies:
        cookie.secure = False  # To a browser, localhost is as good as https; to this library it is not.
    form = form_with(page, "login")
    answer = session.post(
        form.action, data=form.values | {"login": login, "password": password_of(demo, login)}, timeout=20
    )
    callback = form_with(answer, "id_token")
    assert callback.action == f"{demo.portal_url}/signin-callback", callback.action
    home = session.post(callback.action, data=callback.values, timeout=20)
    assert home.status_code == 200, f"the callback answered {home.status_code}"
    return session


def password_of(demo: Portal, login: str) -> str:
    return str(next(person["password"] for person in demo.people if person["login"] == login))


def announce_a_shipment(demo: RunningDemo, session: requests.Session) -> str:
    """One of everything that is open in the first open order; the path of the shipment once ERP.net has it."""
    orders = read(session.get(demo.portal_url + "/orders/?state=open", timeout=10))
    order = next(link for link in orders.links if re.fullmatch(r"/orders/[0-9a-f-]{36}/", link))
    page = session.get(f"{demo.portal_url}/shipments/new?order={order.split('/')[2]}", timeout=10)
    form = form_with(page, "quantity_")
    quantities = [name for name in form.values if name.startswith("quantity_")]
    filled = form.values | dict.fromkeys(quantities, "") | {quantities[0]: "1", "tracking_number": "SMOKE-1"}
    shipment = session.post(form.action, data=filled, headers={"Referer": page.url}, timeout=10)
    path = shipment.url.removeprefix(demo.portal_url)
    assert re.fullmatch(r"/shipments/[0-9a-f-]{36}/", path), f"the form led to {path}"
    wait_for_delivery(demo)
    return path


def wait_for_delivery(demo: RunningDemo) -> None:
    deadline = time.monotonic() + DELIVERED_WITHIN
    while not demo.receiving_orders():
        assert time.monotonic() < deadline, f"no document came into ERP.net within {DELIVERED_WITHIN:.0f} s"
        time.sleep(0.2)
    (document,) = demo.receiving_orders()
    assert document["State"] == "New", document["State"]


def another_vendor_sees_nothing(demo: RunningDemo, shipment: str) -> None:
    john = sign_in(demo, "john@northwind-metals.example")
    answer = john.get(demo.portal_url + shipment, timeout=10)
    assert answer.status_code == 404, f"another vendor got {answer.status_code} for {shipment}"
