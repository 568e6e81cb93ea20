"""The error tree is what its docstring draws."""

from __future__ import annotations

import erpnet.exceptions as errors
from erpnet.exceptions import ErpNetError


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
