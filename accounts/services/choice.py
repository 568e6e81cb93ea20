"""For which of several partners a person acts: asked once, remembered, changed in one click."""

from __future__ import annotations

import uuid

from django.contrib.sessions.backends.base import SessionBase

from accounts.models import User

CHOSEN_PARTNER = "partner_id"


def choose_partner(user: User, partner_id: uuid.UUID, *, session: SessionBase) -> None:
    """Act for this partner in this browser from now on, and wherever the person signs in next."""
    session[CHOSEN_PARTNER] = str(partner_id)
    User.objects.filter(pk=user.pk).update(chosen_partner_id=partner_id)
