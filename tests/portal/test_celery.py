"""Which worker hears what."""

from __future__ import annotations

import pytest
from redis import Redis

from portal.celery import app

QUEUES = ("erpnet", "default")


@pytest.mark.parametrize(
    ("task", "queue"),
    [("sync.deliver", "erpnet"), ("sync.sweep", "erpnet"), ("sync.housekeeping.prune", "default")],
)
def test_a_task_goes_to_the_worker_of_its_queue_and_to_no_other(broker: Redis, task: str, queue: str) -> None:
    """Two processes that call the Domain API would be two sessions, and two licence slots."""
    with app.connection_for_write() as connection:
        for declared in app.amqp.queues.values():
            declared(connection.default_channel).declare()
    app.send_task(task)
    assert {name: broker.llen(name) for name in QUEUES} == {name: int(name == queue) for name in QUEUES}
