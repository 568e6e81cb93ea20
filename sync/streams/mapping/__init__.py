"""From ERP.net's entities to rows of the mirror. Pure functions, in the column order of `targets`."""

from __future__ import annotations

import uuid

import orjson

from erpnet.values import MultilanguageString, Reference


def id_of(reference: Reference | None) -> uuid.UUID | None:
    return reference.id if reference else None


def words(text: MultilanguageString) -> str:
    """A multi-language text as PostgreSQL takes it into a JSON column."""
    return orjson.dumps(text).decode()
