"""The admin site: who gets in, what it sees, what it shows first."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.models import AuditEvent
from sync.models import Alert, Run
from sync.services.alerts import raise_alert
from tests.accounts.builders import make_partner, make_user
from tests.portal import builders
from tests.portal.builders import text_of


@pytest.fixture
def staff(client: Any) -> Any:
    """A superuser: what each group of staff may do is another matter."""
    user = make_user(
        "ops@vitosha.example", user_type="InternalUser", is_staff=True, is_superuser=True, name="Petar"
    )
    client.force_login(user)
    return client


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/?next=/admin/"])
def test_a_stranger_is_sent_to_sign_in_with_erpnet(client: Any, address: str) -> None:
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, "/signin?next=%2Fadmin%2F")


@pytest.mark.parametrize("address", ["/admin/", "/admin/sync/run/", "/admin/accounts/user/"])
def test_for_a_partner_the_admin_does_not_exist(browser: Any, address: str) -> None:
    assert browser.get(address).status_code == 404
    assert AuditEvent.objects.get(reason="not_staff").subject == f"GET {address}"


@pytest.mark.parametrize("address", ["/admin/password_change/", "/admin/password_change/done/"])
def test_there_are_no_passwords_to_change(staff: Any, address: str) -> None:
    assert staff.get(address).status_code == 404


def test_it_starts_with_how_things_stand(staff: Any) -> None:
    order = builders.order(make_partner())
    builders.shipment(order, delivery="PENDING")
    builders.shipment(order, delivery="DEAD")
    builders.fresh("stock")
    run = Run.objects.create(stream_id="stock", mode=Run.Mode.SNAPSHOT, trigger=Run.Trigger.PERSON)
    page = text_of(staff.get("/admin/"))
    assert "1 on their way, 1 wait for a person." in page
    for place in (
        "django_celery_beat/periodictask",
        "sync/stream",
        "sync/run",
        "sync/outboxentry",
        "erpnet/apicall",
    ):
        assert f'href="/admin/{place}/"' in page
    assert re.search(r'<th scope="row"> <a href="/admin/sync/stream/stock/change/">Stock</a>', page)
    assert f'href="/admin/sync/run/{run.pk}/change/"' in page


def test_a_dry_run_does_not_make_a_stream_look_ill(staff: Any) -> None:
    builders.fresh("stock")
    kinds = {"stream_id": "stock", "mode": Run.Mode.SNAPSHOT, "trigger": Run.Trigger.PERSON}
    Run.objects.create(**kinds, state=Run.State.DONE)
    Run.objects.create(**kinds, state=Run.State.REFUSED, dry_run=True)
    assert 'class="trouble"' not in text_of(staff.get("/admin/"))
    assert "Refused" not in text_of(staff.get("/admin/sync/stream/")), "nor in the list"


@pytest.mark.parametrize("place", ["", "sync/run/{run}/change/", "sync/alert/", "sync/alert/{alert}/change/"])
def test_staff_read_what_the_worker_wrote_down(staff: Any, place: str) -> None:
    message = "ERP.net asks for fewer requests."
    builders.fresh("orders")
    kind = {"stream_id": "orders", "mode": Run.Mode.FULL, "trigger": Run.Trigger.PERSON}
    run = Run.objects.create(**kind, state=Run.State.FAILED, message=message)
    alert = raise_alert(Alert.Kind.RUN, "orders", message)
    page = staff.get(f"/admin/{place.format(run=run.pk, alert=alert)}", headers={"Accept-Language": "bg"})
    assert message not in text_of(page)
    assert "ERP.net иска по-малко заявки." in text_of(page)


def test_only_who_acts_for_a_partner_is_led_to_the_portal(staff: Any) -> None:
    assert "To the portal" not in text_of(staff.get("/admin/")), "it would lead back here"


def test_staff_see_the_rows_of_every_partner(staff: Any) -> None:
    builders.order(make_partner("Rila Textiles"), "1001")
    builders.order(make_partner("Northwind Metals"), "2002")
    page = text_of(staff.get("/admin/sync/purchaseorder/"))
    assert "1001" in page
    assert "2002" in page


@pytest.mark.parametrize(
    "address",
    [
        "/admin/",
        "/admin/django_celery_beat/periodictask/add/",
        "/admin/sync/run/",
        "/admin/accounts/membership/",
    ],
)
def test_no_page_of_the_admin_holds_inline_code(staff: Any, address: str) -> None:
    response = staff.get(address)
    html = response.content.decode()
    executable = [tag for tag in re.findall(r"<script[^>]*>", html) if 'type="application/json"' not in tag]
    assert all("src=" in tag for tag in executable)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_signing_out_of_the_admin_signs_out_of_the_portal(staff: Any) -> None:
    response = staff.post("/admin/logout/")
    assert (response.status_code, response.url) == (307, "/signout")
