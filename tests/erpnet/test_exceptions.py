"""The error tree is what its docstring draws."""

from __future__ import annotations

import copy

import pytest

import erpnet.exceptions as errors
from erpnet.exceptions import CircuitOpen, ErpNetError, Rejected, Renamed, ServerFault, Unanswered


def test_the_drawing_names_every_error_under_its_parent() -> None:
    parents: list[type] = []
    drawn = set()
    for line in (errors.__doc__ or "").splitlines():
        name = line.strip("|`- ").split(" ")[0]
        error = getattr(errors, name, None)
        if not isinstance(error, type):
            continue
        depth = line.index(name) // 4 - 1
        parents[depth:] = [error]
        if depth:
            assert parents[depth - 1] in error.__bases__, name
        drawn.add(error)
    defined = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, ErpNetError)}
    assert drawn == defined


@pytest.mark.parametrize(
    "error",
    [
        CircuitOpen("Not now.", retry_after=2.5),
        ServerFault("Out of order.", status=502),
        Renamed("Moved.", new_name="Other"),
        Rejected("No.", code=2129, parameters=["x"]),
        Unanswered("Lost."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_can_be_copied_whole(error: ErpNetError) -> None:
    error.may_have_happened = False
    twin = copy.copy(error)  # As pickle does it.
    assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
