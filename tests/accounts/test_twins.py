"""Two partners with the same of everything: whoever puts the other's id in place of her own gets nowhere.

Each request that the access table knows is sent once for every id in it, with that one id swapped for the twin's, in
the address, the query and the form, by a page and by htmx. The answer is that for an id that nobody has.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from pytest_django import Settings

from tests.accounts.access_rows import TABLE
from tests.accounts.asking import contents, sign_in
from tests.conftest import PortalClient
from tests.portal.builders import text_of
from tests.twins import Twin, make_twins

pytestmark = pytest.mark.django_db

# The link of an invitation is meant for whoever holds it.
BEARER = {"secret"}
# Addresses that name what belongs to a partner, or to one of its people.
WITH_IDS = sorted(
    name
    for name in TABLE
    if TABLE[name].ids.keys() - BEARER or name in ("portal:shipment-new", "switch-partner")
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and which of its ids has been swapped."""

    name: str
    method: str
    ids: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    swapped: str = ""

    def send(self, client: PortalClient, *, htmx: bool) -> Any:
        address = reverse(self.name, kwargs=dict(self.ids), query=self.query)
        headers = {"HX-Request": "true"} if htmx else {}
        body = {"data": self.form} if self.form else {}
        return getattr(client, self.method.lower())(address, headers=headers, **body)


def own_request(name: str, method: str, twin: Twin) -> Ask:
    row = TABLE[name]
    ids = {parameter: twin.ids()[of] for parameter, of in row.ids.items()}
    return Ask(name, method, ids, row.query(twin), row.form(twin) if method == "POST" else {})


def swaps(own: Ask, mine: Mapping[str, str], others: Mapping[str, str]) -> Iterator[Ask]:
    """The request with each of its ids swapped by itself."""
    for what, value in mine.items():
        other = others[what]
        for part in ("ids", "query", "form"):
            fields: Mapping[str, str] = getattr(own, part)
            changed = {
                (key.replace(value, other) if len(value) > 8 else key): other if content == value else content
                for key, content in fields.items()
            }
            if changed != fields:
                changes: dict[str, Any] = {part: changed, "swapped": f"{what} in the {part}"}
                yield replace(own, **changes)


def nobodys(twin: Twin) -> dict[str, str]:
    """Ids like the twin's that nobody has."""
    return {
        what: str(10**9) if value.isdecimal() else str(uuid.uuid4()) for what, value in twin.ids().items()
    }


# What differs from one answer to the next by chance or by the id that was asked for.
CHANCE = re.compile(r'[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b|name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture(autouse=True)
def mail(settings: Settings) -> None:
    settings.EMAIL_URL = "memorymail://"


@pytest.fixture
def twins() -> tuple[Twin, Twin]:
    return make_twins()


def outcome(ask: Ask, twin: Twin, *, htmx: bool) -> tuple[int, str]:
    """The status and what the page says apart from ids, as the twin's owner gets it; undone afterwards."""
    client = PortalClient()
    with transaction.atomic():
        sign_in(client, twin.owner)
        before = contents()
        answer = ask.send(client, htmx=htmx)
        assert contents() == before, f"{ask.swapped}: {ask.method} {ask.name} has changed something"
        transaction.set_rollback(True)
    return answer.status_code, CHANCE.sub("", text_of(answer))


@pytest.mark.parametrize("name", WITH_IDS)
@pytest.mark.parametrize("htmx", [False, True], ids=["page", "htmx"])
def test_acl_02_val_08_anothers_id_is_as_good_as_none(
    name: str, htmx: bool, twins: tuple[Twin, Twin]
) -> None:
    mine, other = twins
    tried = 0
    for method in TABLE[name].outcomes:
        own = own_request(name, method, mine)
        foreign = list(swaps(own, mine.ids(), other.ids()))
        absent = list(swaps(own, mine.ids(), nobodys(mine)))
        for ask, like in zip(foreign, absent, strict=True):
            tried += 1
            status, page = outcome(ask, mine, htmx=htmx)
            assert status in (404, 422), ask.swapped
            assert (status, page) == outcome(like, mine, htmx=htmx), ask.swapped
            assert other.canary not in page
    assert tried, "the table says where this address takes an id from"
