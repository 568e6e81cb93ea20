"""Who gets what by which method from which address, all of them: ACL-01, ACL-02, CFG-05."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from accounts.services import grant_staff
from tests.accounts.access_rows import ACTORS, ADMIN_CHANGES, ADMIN_CLOSED, METHODS, TABLE, Row
from tests.accounts.asking import addresses, contents, named, sign_in
from tests.accounts.builders import make_staff
from tests.accounts.provider import Provider
from tests.conftest import PortalClient
from tests.twins import Twin, make_twins

pytestmark = pytest.mark.django_db

REFUSALS = {"signin", "welcome", "204", "400", "403", "404", "405"}
PLACES = {"/": "home", "/welcome/": "welcome"}


@pytest.fixture(params=[("code id_token", "form_post")], ids=["hybrid-form_post"])
def mode(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(autouse=True)
def mail(settings: Settings) -> None:
    settings.EMAIL_URL = "memorymail://"


@pytest.fixture
def twins() -> tuple[Twin, Twin]:
    return make_twins()


@pytest.fixture
def people(twins: tuple[Twin, Twin]) -> dict[str, User | None]:
    mine, other = twins
    staff = make_staff()
    grant_staff(staff.login)
    staff.groups.add(Group.objects.get())
    return dict(zip(ACTORS, (None, other.owner, mine.clerk, mine.owner, staff), strict=True))


def test_acl_01_every_address_has_a_row_and_every_row_an_address() -> None:
    assert named() == set(TABLE)


# -- Asking ------------------------------------------------------------------------------------------------------------


def ask(user: User | None, method: str, address: str, form: Any, *, seconds_ago: int = 0) -> str:
    """What one request answers, undone afterwards; a refusal has changed nothing."""
    client = PortalClient()
    with transaction.atomic():
        if user is not None:
            sign_in(client, user, seconds_ago=seconds_ago)
        before = contents()
        body = {"data": form} if method == "POST" else {}
        outcome = _outcome(getattr(client, method.lower())(address, **body))
        if outcome in REFUSALS and method not in ("GET", "HEAD"):
            assert contents() == before, f"{outcome} {method} {address} has changed something"
        transaction.set_rollback(True)
    return outcome


def _outcome(answer: Any) -> str:
    place = answer.headers.get("Location", "")
    if place.startswith("/signin?"):
        return "signin"
    return PLACES.get(place, str(answer.status_code))


def expected_of(row: Row, method: str) -> list[str]:
    outcomes = row.outcomes.get(method) or (row.outcomes.get("GET") if method == "HEAD" else None)
    return outcomes.split() if outcomes else ["204" if method == "OPTIONS" else "405"] * len(ACTORS)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_acl_01_an_address_answers_everybody_as_the_table_says(
    name: str, twins: tuple[Twin, Twin], people: dict[str, User | None], provider: Provider
) -> None:
    row, mine = TABLE[name], twins[0]
    ids = {parameter: mine.ids()[of] for parameter, of in row.ids.items()}
    address = reverse(name, kwargs=ids, query=row.query(mine))
    expected, found = {}, {}
    for method in METHODS:
        for actor, outcome in zip(ACTORS, expected_of(row, method), strict=True):
            expected[method, actor] = outcome
            found[method, actor] = ask(people[actor], method, address, row.form(mine))
    assert found == expected


@pytest.mark.parametrize("name", sorted(name for name, row in TABLE.items() if row.sensitive))
def test_usr_07_a_sensitive_address_asks_for_a_fresh_sign_in(
    name: str, twins: tuple[Twin, Twin], people: dict[str, User | None]
) -> None:
    row, mine = TABLE[name], twins[0]
    address = reverse(name, kwargs={parameter: mine.ids()[of] for parameter, of in row.ids.items()})
    for method in row.sensitive:
        assert ask(people["right"], method, address, row.form(mine), seconds_ago=3600) == "signin"


# -- The admin: staff's alone ------------------------------------------------------------------------------------------


def admin_addresses() -> list[str]:
    """Each with ids that lead nowhere: nobody but staff may even learn that."""
    fill = re.compile(r"<(?:(\w+):)?\w+>")
    example = {"uuid": "00000000-0000-0000-0000-000000000007", "int": "7", "path": "7", "str": "stock"}
    found = []
    for name, pattern in addresses():
        if name.startswith("admin:") and "(?P" not in pattern:
            found.append("/" + fill.sub(lambda match: example[match[1] or "str"], pattern))
    return [*found, "/admin/sync/", "/admin/nothing-of-the-kind/"]


@pytest.mark.parametrize("actor", ["low", "right"])
def test_cfg_05_to_partners_the_admin_does_not_exist(actor: str, people: dict[str, User | None]) -> None:
    client, user = PortalClient(), people[actor]
    assert user is not None
    client.force_login(user)
    before = contents()
    found = {
        (method, address): _outcome(getattr(client, method.lower())(address))
        for address in admin_addresses()
        for method in ("GET", "POST")
        if address not in OPEN_IN_THE_ADMIN
    }
    assert set(found.values()) == {"404"}, {key: got for key, got in found.items() if got != "404"}
    assert contents() == before


# They only lead on to signing in and out, by the doors that everybody uses.
OPEN_IN_THE_ADMIN = {"/admin/login/", "/admin/logout/"}


def test_cfg_05_strangers_at_the_admin_are_sent_to_sign_in() -> None:
    client = PortalClient()
    found = {
        address: _outcome(client.generic(method, address))
        for address in admin_addresses()
        for method in ("GET", "POST")
        if address not in OPEN_IN_THE_ADMIN
    }
    assert set(found.values()) == {"signin"}, {key: got for key, got in found.items() if got != "signin"}


def admin_models() -> list[str]:
    return [
        name.removeprefix("admin:").removesuffix("_changelist")
        for name, _ in addresses()
        if name.endswith("_changelist")
    ]


@pytest.mark.parametrize("model", admin_models())
def test_staff_may_do_in_the_admin_what_the_table_says(model: str, people: dict[str, User | None]) -> None:
    staff = PortalClient()
    assert people["staff"] is not None
    sign_in(staff, people["staff"])
    may = ADMIN_CHANGES.get(model, set())
    looks = "403" if model in ADMIN_CLOSED else "200"
    assert _outcome(staff.get(reverse(f"admin:{model}_changelist"))) == looks
    assert (_outcome(staff.get(reverse(f"admin:{model}_add"))) == "200") is ("add" in may)
    app, _, name = model.rpartition("_")
    row = apps.get_model(app, name).objects.first()
    if row is None:
        return
    assert _outcome(staff.get(reverse(f"admin:{model}_change", args=[row.pk]))) == looks
    before = contents()
    for action in ("add", "change", "delete"):
        if action not in may:
            args = [] if action == "add" else [row.pk]
            assert _outcome(staff.post(reverse(f"admin:{model}_{action}", args=args))) == "403"
    assert contents() == before
