"""The second lock on a partner's rows: PostgreSQL's row-level security.

Every partner-owned table has a `partner_id` and three policies, which the migrations spell out: a partner sees the rows
of the partner that the transaction acts for, staff see all while the transaction says so, and the workers' role all.
Before a partner is chosen, a person sees her own memberships, and who holds an invitation sees that one.

Role, partner and person are set for the transaction alone, so a pooled connection carries nothing over, and a query
that forgets its filter still finds nothing of anybody else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from accounts.models import Partner, User
from accounts.models.owned import partner_id_of

WEB_ROLE = "portal_web"
WORKER_ROLE = "portal_worker"

# What the policies ask, each `true` for "this transaction alone".
_SETTINGS = ("role", "portal.partner_id", "portal.staff", "portal.erp_user_id", "portal.invitation")
_BEFORE = ", ".join(f"current_setting('{name}', true)" for name in _SETTINGS)
_SET = ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)
# One trip to the database: what is set now is read before it is replaced.
_ENTER = f"WITH before AS MATERIALIZED (SELECT {_BEFORE}) SELECT before.*, {_SET} FROM before"  # noqa: S608 - our names
_PUT_BACK = f"SELECT {_SET}"
_SET_PARTNER = "SELECT set_config('portal.partner_id', %s, true)"


@contextmanager
def acting_for(partner: Partner | uuid.UUID) -> Iterator[None]:
    """Open a transaction that sees the rows of `partner` and of no one else."""
    with _scope(partner_id=str(partner_id_of(partner))):
        yield


@contextmanager
def acting_as_staff() -> Iterator[None]:
    """Open a transaction that sees every partner's rows, for the Django admin."""
    with _scope(staff="on"):
        yield


@contextmanager
def acting_as_person(user: User) -> Iterator[None]:
    """Open a transaction that sees this person's own memberships and their partners, to read and not to change."""
    with _scope(erp_user_id=str(uuid.UUID(str(user.erp_id)))):
        yield


@contextmanager
def holding_invitation(secret_hash: str) -> Iterator[None]:
    """Open a transaction that sees the invitation with this hash and its partner, to read and not to change."""
    with _scope(invitation=secret_hash):
        yield


@contextmanager
def speaking_of(partner_id: uuid.UUID | None) -> Iterator[None]:
    """Open a transaction that may add a line about this partner to the trail: for where none acts for it.

    The role stays, so that web and workers may both; without a partner a line needs nothing.
    """
    if partner_id is None:
        yield
        return
    is_inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('portal.partner_id', true)")
        before = cursor.fetchone()[0] or ""
        cursor.execute(_SET_PARTNER, [str(partner_id)])
        yield
        if is_inside:
            cursor.execute(_SET_PARTNER, [before])


@contextmanager
def _scope(
    *, partner_id: str = "", staff: str = "off", erp_user_id: str = "", invitation: str = ""
) -> Iterator[None]:
    is_inside = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ENTER, [WEB_ROLE, partner_id, staff, erp_user_id, invitation])
        before = [value or "" for value in cursor.fetchone()[: len(_SETTINGS)]]
        yield
        # Settings end with their transaction, but outlive a savepoint that is released: a scope inside a longer
        # transaction puts them back. On an error the roll-back does the same.
        if is_inside:
            cursor.execute(_PUT_BACK, before)
