"""What the streams ask for is what ERP.net's model allows."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from erpnet import F
from erpnet.model import faults_of
from sync.models import Run
from sync.streams.table import STREAMS, Feed
from sync.streams.unseen import ASKED_AT_ONCE

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FEEDS = [feed for plan in STREAMS.values() if plan.mode == Run.Mode.INCREMENTAL for feed in plan.feeds]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: str(feed.entity_set))
def test_a_feed_asks_for_nothing_that_the_server_refuses(feed: Feed) -> None:
    assert faults_of(feed.query()) == []
    assert faults_of(feed.query(since=NOW)) == []


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: str(feed.entity_set))
def test_a_reconciliation_asks_for_nothing_that_the_server_refuses(feed: Feed) -> None:
    assert faults_of(feed.ids().top(1).count()) == []
    of_some = feed.query().filter(F.Id.in_([uuid.uuid4() for _one in range(ASKED_AT_ONCE)]))
    assert faults_of(of_some) == []
    assert len(of_some.path()) < 2048
