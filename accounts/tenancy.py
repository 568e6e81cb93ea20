"""The second lock on a partner's rows: PostgreSQL's row-level security.

Every partner-owned table has a `partner_id` and three policies (`row_security_sql`): a partner sees the rows of the
partner that the transaction acts for, staff see all while the transaction says so, and the workers' role sees all.
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

# Sub-selects, so that PostgreSQL works them out once for a query rather than for each row.
ACTING_PARTNER = "(SELECT nullif(current_setting('portal.partner_id', true), '')::uuid)"
PERSON = "(SELECT nullif(current_setting('portal.erp_user_id', true), '')::uuid)"
INVITATION = "(SELECT nullif(current_setting('portal.invitation', true), ''))"
STAFF = "(SELECT current_setting('portal.staff', true) = 'on')"


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


def create_roles_sql() -> str:
    """SQL that makes the two roles where they are missing and lets them use today's and tomorrow's tables.

    Where somebody has made them before, as logins say, the one who migrates needs no right to create roles.
    """
    statements = [_create_role(role) + _grants(role) for role in (WEB_ROLE, WORKER_ROLE)]
    return "\n".join(statements)


def _create_role(role: str) -> str:
    return f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                CREATE ROLE {role} NOLOGIN NOBYPASSRLS;
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$;
        DO $$ BEGIN
            GRANT {role} TO CURRENT_USER;
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END $$;
    """


def _grants(role: str) -> str:
    rights = "SELECT, INSERT, UPDATE, DELETE"
    return f"""
        GRANT USAGE ON SCHEMA public TO {role};
        GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON TABLES TO {role};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role};
    """


def row_security_sql(table: str, owned: str = f"partner_id = {ACTING_PARTNER}") -> str:
    """SQL that puts `table` under row-level security; `owned` says which rows the acting partner sees."""
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY partner_rows ON {table} USING ({owned}) WITH CHECK ({owned});
        CREATE POLICY staff_rows ON {table} USING ({STAFF}) WITH CHECK ({STAFF});
        CREATE POLICY worker_rows ON {table} TO {WORKER_ROLE} USING (true) WITH CHECK (true);
    """


def no_row_security_sql(table: str, *more: str) -> str:
    """SQL that undoes `row_security_sql`, and the policies named in `more` with it."""
    policies = "".join(
        f"DROP POLICY {name} ON {table};" for name in ("partner_rows", "staff_rows", "worker_rows", *more)
    )
    return (
        f"{policies} ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f" ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )
