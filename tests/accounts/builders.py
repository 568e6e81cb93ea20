"""People and partners for tests."""

from __future__ import annotations

import time
import uuid
from typing import Any

from django.test import Client

from accounts.fresh import AUTH_TIME
from accounts.models import Membership, Partner, User
from accounts.permissions import Role

ISSUER = "https://erp.example/id"


def make_user(login: str = "maria@rila-textiles.example", **fields: Any) -> User:
    defaults = {
        "issuer": ISSUER,
        "erp_id": uuid.uuid4(),
        "login": login,
        "user_type": User.UserType.COMMUNITY,
        **fields,
    }
    return User.objects.create(**defaults)


def make_staff(login: str = "ops@vitosha.example", **fields: Any) -> User:
    return make_user(login, user_type=User.UserType.INTERNAL, is_staff=True, **fields)


def make_partner(name: str = "Rila Textiles", **fields: Any) -> Partner:
    return Partner.objects.create(name=name, party_id=uuid.uuid4(), **fields)


def make_member(user: User, partner: Partner, role: str = Role.BILLING, **fields: Any) -> Membership:
    return Membership.objects.create(partner=partner, erp_user_id=user.erp_id, role=role, **fields)


def prove_anew(client: Client) -> None:
    """As if the person of this browser had signed in at the Instance ID just now: `@fresh` lets her through."""
    session = client.session
    session[AUTH_TIME] = time.time()
    session.save()
