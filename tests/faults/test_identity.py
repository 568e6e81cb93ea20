"""Fault 19: the Instance ID changes its keys, hides them, or is gone; who is signed in already does not notice."""

from __future__ import annotations

import time

import pytest
import requests

from tests.faults.books import eventually
from tests.faults.instance import JWKS, Instance
from tests.faults.rig import Rig
from tests.faults.seller import Seller
from tests.smoke.job import sign_in

pytestmark = pytest.mark.faults(19)

# A person waits that long at most to be told that nobody can sign in now.
PATIENCE = 15.0


@pytest.fixture(autouse=True)
def _a_web_server_that_knows_the_keys_of_now(rig: Rig, maria: Seller) -> None:
    """It looks for unknown keys once a minute, and the test before has used that up."""
    rig.restart("web")
    eventually("the portal is up", rig.portal_answers)
    sign_in(rig, maria.login)


@pytest.mark.parametrize("withdraw", [False, True], ids=["rotated", "withdrawn"])
def test_new_keys_keep_nobody_out(rig: Rig, instance: Instance, maria: Seller, withdraw: bool) -> None:
    instance.rotate_keys(withdraw=withdraw)

    sign_in(rig, maria.login)

    assert maria.get("/").status_code == 200
    rig.books.await_state(maria.announce(), "DONE")


def test_keys_that_cannot_be_read_are_an_outage_and_not_a_refusal(
    rig: Rig, instance: Instance, maria: Seller
) -> None:
    instance.rotate_keys()
    instance.fail("bad-gateway", area="identity", path=JWKS, times=0)
    with pytest.raises(AssertionError, match="the callback answered 5"):
        sign_in(rig, maria.login)
    assert maria.get("/").status_code == 200
    instance.heal()

    eventually("people can sign in again", lambda: can_sign_in(rig, maria))


def can_sign_in(rig: Rig, seller: Seller) -> bool:
    try:
        sign_in(rig, seller.login)
    except AssertionError:
        return False
    return True


def test_while_it_is_gone_who_is_in_stays_in(rig: Rig, maria: Seller) -> None:
    rig.end("sandbox")
    began = time.monotonic()
    answer = requests.get(f"{rig.portal_url}/signin", timeout=60, allow_redirects=False)
    assert answer.status_code in (302, 503)
    assert time.monotonic() - began < PATIENCE
    assert maria.get("/orders/").status_code == 200
    shipment = maria.announce()
    rig.begin("sandbox")
    eventually("the instance is back", rig.instance_answers)

    sign_in(rig, maria.login)

    rig.books.settle()
    rig.books.await_state(shipment, "DONE")
