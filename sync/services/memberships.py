"""Who may act for whom, derived from the mirrored directory in a few statements, however many people there are.

Two ways lead to a partner. A user is a person; the person's parent party, or a company that employs the person, is a
company; a company with an active supplier record is a vendor, and its people have the default role. A customer's people
are those to whom ERP.net gives external access, with a role and how far back they see. Where both lead to one partner,
the external access holds, because it speaks of this person; where several customer records of one partner differ, the
least of them does.

What people gave or took in the portal is left alone, and what the directory gave it takes away again. But where ERP.net
keeps an external access, role and days back are its own, also of whoever came by an invitation. People may keep such an
access switched off; the row goes on following ERP.net, so that it can be switched on as what it is by then.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection

from accounts import audit
from accounts.models import AuditEvent, Membership, Session, User
from accounts.permissions import Role
from accounts.services import remove_sessions
from sync.models import DirectoryUser

# A role that the portal does not know opens nothing.
_BY_ACCESS = """
    SELECT access.user_id AS erp_user_id, partner.id AS partner_id,
        (array_agg(access.role ORDER BY array_position(%(ladder)s::text[], access.role::text)))[1] AS role,
        CASE WHEN min(access.days_back) < 0 THEN 0 ELSE min(access.days_back) END AS days_back
    FROM sync_externalaccess access
    JOIN sync_directoryuser login ON login.id = access.user_id AND login.is_active
    JOIN sync_customer customer ON customer.id = access.customer_id AND customer.is_active
    JOIN accounts_partner partner ON partner.party_id = customer.party_id
    WHERE access.role = ANY(%(ladder)s::text[])
      AND coalesce(customer.starts_on <= current_date, true) AND coalesce(customer.ends_on >= current_date, true)
    GROUP BY access.user_id, partner.id
"""

_BY_WORK = """
    SELECT DISTINCT login.id AS erp_user_id, supplier.partner_id
    FROM sync_directoryuser login
    JOIN sync_person person ON person.id = login.person_id
    JOIN (
        SELECT id AS person_id, parent_party_id AS company_id FROM sync_person
        UNION ALL
        SELECT person_id, company_id FROM sync_employment
        WHERE is_active AND coalesce(starts_on <= current_date, true) AND coalesce(ends_on >= current_date, true)
    ) work ON work.person_id = person.id
    JOIN sync_supplier supplier ON supplier.party_id = work.company_id
    WHERE login.is_active AND supplier.is_active AND supplier.partner_id IS NOT NULL
"""

# Everybody who may act for somebody, by the directory.
_ENTITLED = f"""
    by_access AS ({_BY_ACCESS}),
    entitled AS (
        SELECT erp_user_id, partner_id, role, days_back, %(external_access)s::text AS source FROM by_access
        UNION ALL
        SELECT erp_user_id, partner_id, %(default_role)s::text, NULL::integer, %(directory)s::text
        FROM ({_BY_WORK}) by_work
        WHERE NOT EXISTS (
            SELECT FROM by_access
            WHERE by_access.erp_user_id = by_work.erp_user_id AND by_access.partner_id = by_work.partner_id
        )
    )
"""

# The role of a vendor's person is the portal's own affair: it stays as people have set it. That of a customer's is not.
_KEPT = "membership.source = %(directory)s AND EXCLUDED.source = %(directory)s"
_BY_RECORD = "EXCLUDED.source = %(external_access)s"
_KEPT_OFF = "NOT membership.is_active AND membership.source <> %(directory)s"
_GRANT = f"""
    WITH {_ENTITLED},
    granted AS (
        INSERT INTO accounts_membership AS membership
            (partner_id, erp_user_id, role, days_back, source, is_active, created_at, updated_at)
        SELECT partner_id, erp_user_id, role, days_back, source, true, now(), now() FROM entitled
        ON CONFLICT (partner_id, erp_user_id) DO UPDATE SET
            is_active = NOT ({_KEPT_OFF}),
            updated_at = CASE WHEN {_KEPT_OFF} THEN membership.updated_at ELSE now() END,
            source = EXCLUDED.source,
            role = CASE WHEN {_KEPT} THEN membership.role ELSE EXCLUDED.role END,
            days_back = CASE WHEN {_KEPT} THEN membership.days_back ELSE EXCLUDED.days_back END
        WHERE CASE membership.source
            WHEN %(directory)s THEN NOT membership.is_active OR {_BY_RECORD}
            WHEN %(external_access)s THEN CASE
                WHEN {_BY_RECORD} THEN
                    (membership.role, membership.days_back) IS DISTINCT FROM (EXCLUDED.role, EXCLUDED.days_back)
                ELSE membership.is_active
            END
            WHEN %(invitation)s THEN {_BY_RECORD}
            ELSE {_BY_RECORD} AND NOT membership.is_active
        END
        RETURNING partner_id, erp_user_id, is_active, role, days_back, source
    )
    SELECT granted.partner_id, granted.erp_user_id, granted.is_active AND NOT coalesce(before.is_active, false),
        before.role, granted.role, before.days_back, granted.days_back, before.source, granted.source
    FROM granted LEFT JOIN accounts_membership before
        ON before.partner_id = granted.partner_id AND before.erp_user_id = granted.erp_user_id
"""

# An external access that is gone leaves no role behind that a later grant could take up.
_WITHDRAW = f"""
    WITH {_ENTITLED}
    UPDATE accounts_membership membership SET is_active = false, updated_at = now(),
        source = %(directory)s,
        role = CASE membership.source WHEN %(directory)s THEN membership.role ELSE %(default_role)s END,
        days_back = CASE membership.source WHEN %(directory)s THEN membership.days_back END
    FROM accounts_membership before
    WHERE before.id = membership.id
      AND membership.source IN (%(directory)s, %(external_access)s) AND membership.is_active AND NOT EXISTS (
        SELECT FROM entitled
        WHERE entitled.partner_id = membership.partner_id AND entitled.erp_user_id = membership.erp_user_id
    )
    RETURNING membership.partner_id, membership.erp_user_id, before.role
"""

# Kept off by people, and no longer ERP.net's to decide: theirs alone from here on.
_RELEASE = f"""
    WITH by_access AS ({_BY_ACCESS})
    UPDATE accounts_membership membership SET source = %(person)s
    WHERE membership.source = %(external_access)s AND NOT membership.is_active AND NOT EXISTS (
        SELECT FROM by_access
        WHERE by_access.partner_id = membership.partner_id AND by_access.erp_user_id = membership.erp_user_id
    )
"""

_NAMES = """
    UPDATE accounts_membership membership SET known_as = coalesce(nullif(login.name, ''), login.login)
    FROM sync_directoryuser login
    WHERE login.id = membership.erp_user_id
      AND membership.known_as IS DISTINCT FROM coalesce(nullif(login.name, ''), login.login)
"""


def derive_memberships() -> None:
    """Bring memberships in line with the mirrored directory, inside the caller's transaction."""
    values = {
        "ladder": list(Role.values),
        "default_role": settings.DEFAULT_PARTNER_ROLE,
        "directory": Membership.Source.DIRECTORY.value,
        "external_access": Membership.Source.EXTERNAL_ACCESS.value,
        "invitation": Membership.Source.INVITATION.value,
        "person": Membership.Source.PERSON.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GRANT, values)
        granted = cursor.fetchall()
        cursor.execute(_WITHDRAW, values)
        withdrawn = cursor.fetchall()
        cursor.execute(_RELEASE, values)
        cursor.execute(_NAMES)
    for partner_id, erp_user_id, is_new, *changes in granted:
        reason = "granted_by_directory" if is_new else "changed_by_directory"
        _record(partner_id, erp_user_id, reason, _detail(*changes))
    for partner_id, erp_user_id, role in withdrawn:
        _record(partner_id, erp_user_id, "withdrawn_by_directory", {"role": [role, None]})


def end_sessions_of_closed_logins() -> None:
    """Sign out whom ERP.net no longer lets in, whoever gave the membership."""
    closed = DirectoryUser.objects.filter(is_active=False).values("pk")
    for user in User.objects.filter(erp_id__in=closed, sessions__isnull=False).distinct():
        ended = remove_sessions(Session.objects.filter(user=user))
        audit.record(
            AuditEvent.Kind.SIGN_OUT, user=user, reason="login_closed_in_erp_net", detail={"ended": ended}
        )


def _detail(*changes: Any) -> dict[str, Any]:
    """What changed, before and after."""
    pairs = zip(changes[::2], changes[1::2], strict=True)
    named = zip(("role", "days_back", "source"), pairs, strict=True)
    return {name: [before, after] for name, (before, after) in named if before != after}


def _record(partner_id: Any, erp_user_id: Any, reason: str, detail: dict[str, Any]) -> None:
    audit.record(
        AuditEvent.Kind.ROLE,
        partner_id=partner_id,
        reason=reason,
        subject=f"ERP.net user {erp_user_id}",
        detail=detail,
    )
