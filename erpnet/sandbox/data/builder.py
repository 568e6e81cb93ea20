"""Collects made-up rows: keys follow from names and numbers from one seed, so the same day gives the same data."""

import random
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from erpnet.sandbox.defaults import fill_defaults
from erpnet.sandbox.model import Model
from erpnet.sandbox.values import Row, odata_id, time_text

NAMESPACE = uuid.UUID("5e6f1c1e-8f53-4f0e-9d0a-3f1c7e0b6a11")
SEED = 20_260_101


class Builder:
    def __init__(self, model: Model, today: date) -> None:
        self.model = model
        self.today = today
        self.random = random.Random(SEED)
        self.rows: dict[tuple[str, str], Row] = {}

    def add(self, entity_name: str, name: str, *, at: date | None = None, **fields: Any) -> str:
        """Add a row known by `name`, last changed on the day `at`; answer its odata id."""
        entity = self.model[entity_name]
        moment = self.moment(at or self.today - timedelta(days=400))
        key = str(uuid.uuid5(NAMESPACE, f"{entity_name}/{name}"))
        row: Row = {"Id": key, **{field: value for field, value in fields.items() if value is not None}}
        fill_defaults(entity, row, moment)
        for stamp in (
            "CreationTime",
            "UpdateTime",
            "CreationTimeUtc",
            "PartyCreationTime",
            "PartyUpdateTime",
        ):
            if stamp in entity.attributes:
                row[stamp] = time_text(moment)
        if "CreationUser" in entity.attributes:
            row["CreationUser"] = "ops@vitosha.example"
        if entity.root == entity.name:
            row |= {"ObjectVersion": 1, "AggregateLastUpdateTimeUtc": time_text(moment)}
        self.rows[entity_name, key] = row
        return odata_id(entity.entity_set, key)

    def row(self, reference: str) -> Row:
        """The row behind an odata id, to read or to complete."""
        entity_set, key = reference.rstrip(")").split("(")
        entity = self.model.of_set(entity_set)
        if entity is None:
            raise KeyError(reference)
        return self.rows[entity.name, key]

    def moment(self, day: date) -> datetime:
        """A moment of a working day, never later than the start of today."""
        minute = timedelta(minutes=self.random.randrange(8 * 60, 18 * 60), seconds=self.random.randrange(60))
        shown = datetime.combine(day, time(), UTC) + minute
        return min(shown, datetime.combine(self.today, time(), UTC))

    def before(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def decimal(self, low: float, high: float, places: str = "0.01") -> Decimal:
        return Decimal(str(self.random.uniform(low, high))).quantize(Decimal(places))
