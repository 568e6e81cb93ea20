"""What rows that belong to one partner have in common."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.db import models


class PartnerOwnedQuerySet(models.QuerySet[Any]):
    def for_partner(self, partner: models.Model | uuid.UUID) -> Self:
        """The rows of one partner: the first lock. Row-level security is the second. Nobody is not everybody."""
        return self.filter(partner_id=partner_id_of(partner))


def partner_id_of(partner: models.Model | uuid.UUID) -> uuid.UUID:
    """Raises ValueError for what is no partner, None above all."""
    return uuid.UUID(str(partner.pk if isinstance(partner, models.Model) else partner))
