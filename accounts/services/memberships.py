"""Who may act for which partner, as people decide it. Each change leaves a line in the trail, before and after."""

from __future__ import annotations

from accounts import audit
from accounts.models import AuditEvent, Membership, User


def change_membership(membership: Membership, *, by: User) -> None:
    """Save a new role, or a switch on or off. What people switch stays so, whatever the directory says later."""
    before = Membership.objects.get(pk=membership.pk)
    if membership.is_active != before.is_active:
        membership.source = Membership.Source.PERSON
    membership.save(update_fields=["role", "is_active", "source", "updated_at"])
    audit.record(
        AuditEvent.Kind.ROLE,
        user=by,
        partner_id=membership.partner_id,
        reason="membership_changed",
        subject=f"ERP.net user {membership.erp_user_id}",
        detail={
            "role": [before.role, membership.role],
            "is_active": [before.is_active, membership.is_active],
        },
    )
