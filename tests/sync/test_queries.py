"""What the streams ask for is what ERP.net's model allows."""

from __future__ import annotations

import datetime as dt

import pytest

from erpnet.model import faults_of
from sync.models import Run
from sync.streams.table import STREAMS, Feed

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FEEDS = [feed for plan in STREAMS.values() if plan.mode == Run.Mode.INCREMENTAL for feed in plan.feeds]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: str(feed.entity_set))
def test_a_feed_asks_for_nothing_that_the_server_refuses(feed: Feed) -> None:
    assert faults_of(feed.query()) == []
    assert faults_of(feed.query(since=NOW)) == []
