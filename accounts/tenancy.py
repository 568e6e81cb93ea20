"""The second lock on a partner's rows: PostgreSQL's row-level security.

Every partner-owned table has a `partner_id` and three policies (`row_security_sql`): a partner sees the rows of the
partner that the transaction acts for, staff see all while the transaction says so, and the workers' role sees all.
Both the role and the acting partner are set for the transaction alone, so a pooled connection carries nothing over,
and a query that forgets its filter still finds nothing of anybody else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from accounts.models import Partner

WEB_ROLE = "portal_web"
WORKER_ROLE = "portal_worker"

_NOW = (
    "SELECT current_setting('role'), current_setting('portal.partner_id', true),"
    " current_setting('portal.staff', true)"
)
_ENTER = (
    "SELECT set_config('role', %s, true), set_config('portal.partner_id', %s, true),"
    " set_config('portal.staff', %s, true)"
)


@contextmanager
def acting_for(partner: Partner | uuid.UUID) -> Iterator[None]:
    """Open a transaction that sees the rows of `partner` and of no one else."""
    partner_id = partner.pk if isinstance(partner, Partner) else partner
    with _scope(partner_id=str(uuid.UUID(str(partner_id))), staff="off"):
        yield


@contextmanager
def acting_as_staff() -> Iterator[None]:
    """Open a transaction that sees every partner's rows, for the Django admin."""
    with _scope(partner_id="", staff="on"):
        yield


@contextmanager
def _scope(*, partner_id: str, staff: str) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_NOW)
        before = [value or "" for value in cursor.fetchone()]
        cursor.execute(_ENTER, [WEB_ROLE, partner_id, staff])
        yield
        # Settings made in a savepoint outlive its release, so a scope inside a longer transaction puts them back.
        # On an error the roll-back does the same.
        cursor.execute(_ENTER, before)


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


def row_security_sql(
    table: str, owned: str = "partner_id = nullif(current_setting('portal.partner_id', true), '')::uuid"
) -> str:
    """SQL that puts `table` under row-level security; `owned` says which rows the acting partner sees."""
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY partner_rows ON {table} USING ({owned}) WITH CHECK ({owned});
        CREATE POLICY staff_rows ON {table}
            USING (current_setting('portal.staff', true) = 'on')
            WITH CHECK (current_setting('portal.staff', true) = 'on');
        CREATE POLICY worker_rows ON {table} TO {WORKER_ROLE} USING (true) WITH CHECK (true);
    """
