"""Names of ERP.net's model. What is none is refused, so that a name never ends what it stands in."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def checked_name(name: str) -> str:
    """The name, if it can be one in ERP.net's model. Raises ValueError, or TypeError for what is no text."""
    if not isinstance(name, str):
        raise TypeError(f"A name of ERP.net's model is a text here, such as 'DocumentNo', not {name!r}.")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a name of ERP.net's model.")
    return name


def checked_path(path: str) -> str:
    """A name, or several with slashes between them, such as `PurchaseOrder/State`. Raises ValueError."""
    for name in path.split("/"):
        checked_name(name)
    return path
