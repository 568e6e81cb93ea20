"""One id for everything that belongs together."""

from __future__ import annotations

from erpnet import correlation


def test_an_id_holds_inside_and_is_gone_outside() -> None:
    assert correlation.get() == ""
    with correlation.use("outer"):
        assert correlation.get() == "outer"
        with correlation.use() as inner:
            assert correlation.get() == inner != "outer"
        assert correlation.get() == "outer"
    assert correlation.get() == ""
