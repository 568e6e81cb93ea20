"""What happens behind the portal's back: colleagues at work in ERP.net, and copies that grow old."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
import requests

from tests.running_demo import RunningDemo

RECEIVING_ORDERS = "Logistics_Procurement_ReceivingOrders"
SECONDS = 15.0


class Behind:
    def __init__(self, demo: RunningDemo) -> None:
        self.demo = demo
        text = (demo.state / "environment").read_text()
        lines = (line.removeprefix("export ") for line in shlex.split(text, comments=True) if "=" in line)
        self._environment = dict(line.split("=", 1) for line in lines)

    # -- In ERP.net ---------------------------------------------------------------------------------------------------

    def change_document(self, document: dict[str, Any], **fields: Any) -> None:
        """As a colleague does in a client of ERP.net."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._environment["ERPNET_APPLICATION_URI"],
            "client_secret": self._environment["ERPNET_APPLICATION_SECRET"],
            "scope": self._environment["ERPNET_SCOPE"],
        }
        answer = requests.post(f"{self.demo.sandbox_url}/id/connect/token", data=form, timeout=10)
        requests.patch(
            f"{self.demo.sandbox_url}/api/domain/odata/{RECEIVING_ORDERS}({document['Id']})",
            headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
            json=fields,
            timeout=10,
        ).raise_for_status()

    def move_document(self, document_id: str, state: str) -> None:
        address = f"{self.demo.sandbox_url}/sandbox/documents/{document_id}/state"
        requests.post(address, json={"state": state}, timeout=10).raise_for_status()

    def document_of(self, shipment: str) -> dict[str, Any]:
        """The receiving order that a shipment of the portal has become, by the address of its page."""
        (document,) = (one for one in self.demo.receiving_orders() if one["ExternalId"] == id_in(shipment))
        return document

    # -- In the mirror ------------------------------------------------------------------------------------------------

    def let_copies_grow_old(self) -> None:
        """All orders, by ten minutes."""
        with self._database() as connection:
            old = "now() - interval '10 minutes'"
            connection.execute(f"UPDATE sync_purchaseorder SET fetched_at = {old}")
            connection.execute(f"UPDATE sync_stream SET fresh_at = {old} WHERE name = 'orders'")

    def await_fresh_copy(self, order: str) -> None:
        """Until the worker has read an order again, by the address of its page."""
        fresh = "SELECT fetched_at > now() - interval '5 minutes' FROM sync_purchaseorder WHERE id = %s"
        self._await(fresh, id_in(order))

    def await_delivery(self, shipment: str) -> None:
        """Until ERP.net has taken or refused what was saved last, by the address of the shipment's page."""
        ended = "SELECT finished_at IS NOT NULL FROM sync_outboxentry WHERE shipment_id = %s ORDER BY id DESC LIMIT 1"
        self._await(ended, id_in(shipment))

    def _await(self, question: LiteralString, subject: str) -> None:
        until = time.monotonic() + SECONDS
        with self._database() as connection:
            while connection.execute(question, [subject]).fetchone() != (True,):
                assert time.monotonic() < until, question
                time.sleep(0.05)

    @contextmanager
    def _database(self) -> Iterator[psycopg.Connection]:
        """As the worker sees it."""
        with psycopg.connect(self._environment["DATABASE_URL"], autocommit=True) as connection:
            yield connection


def id_in(address: str) -> str:
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", address)
    assert found, address
    return found.group()
