"""One id leads from a click to ERP.net: through the request, the trail, the outbox and the calls that deliver it."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import AuditEvent
from erpnet import DomainApi
from erpnet.transport import Exchange
from sync.models import OutboxEntry
from tests.conftest import PortalClient
from tests.sync.erp import Erp
from tests.sync.vendor import Vendor

pytestmark = pytest.mark.django_db


def test_log_05_one_id_links_the_request_the_trail_the_entry_and_its_calls(
    mirrored: Erp, maria: Vendor, client: PortalClient
) -> None:
    calls: list[Exchange] = []
    mirrored.api = DomainApi(mirrored.sandbox.application(), recorder=calls.append)
    order = maria.open_order()
    line = maria.open_line(order)
    client.force_login(maria.user)
    form = {
        "key": str(uuid.uuid4()),
        "planned_delivery_date": "2099-01-05",
        f"quantity_{line.pk}": "1",
    }
    answer = client.post(f"/shipments/new?order={order.pk}", form)
    assert answer.status_code == 302
    one_id = answer.headers["X-Correlation-ID"]
    entry = OutboxEntry.objects.get()
    assert entry.correlation_id == one_id
    assert AuditEvent.objects.get(kind=AuditEvent.Kind.WRITE).correlation_id == one_id
    mirrored.deliver()
    assert OutboxEntry.objects.get().state == OutboxEntry.State.DONE
    assert {call.correlation_id for call in calls if call.method == "POST" and call.kind == "api"} == {one_id}
