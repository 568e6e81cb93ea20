"""Two partners alike in everything but whose it is. Each text that belongs to one carries that partner's canary.

A canary is a word that nothing else in the portal says: wherever it turns up, that partner's data has.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, Invitation, Membership, Partner, Session, User
from accounts.permissions import Role
from sync import models
from tests.accounts.builders import make_member, make_partner, make_user
from tests.portal import builders as make

RILA, PIRIN = "canaryrila", "canarypirin"


@dataclass(slots=True)
class Twin:
    """One partner, its people, and one of everything that it owns."""

    canary: str
    partner: Partner
    owner: User
    clerk: User
    order: Any
    order_line: Any
    shipment: Any
    refused_shipment: Any
    invoice: Any
    payment: Any
    product: Any
    invitation: Invitation
    secret: str
    session: Session

    @property
    def membership(self) -> Membership:
        """That of the owner."""
        return Membership.objects.get(partner=self.partner, erp_user_id=self.owner.erp_id)

    @property
    def clerks_membership(self) -> Membership:
        return Membership.objects.get(partner=self.partner, erp_user_id=self.clerk.erp_id)

    def ids(self) -> dict[str, str]:
        """What may stand in an address, a query or a form, by what it is the id of."""
        return {
            "partner": str(self.partner.pk),
            "order": str(self.order.pk),
            "order_line": str(self.order_line.pk),
            "shipment": str(self.shipment.pk),
            "refused_shipment": str(self.refused_shipment.pk),
            "invoice": str(self.invoice.pk),
            "owner": str(self.owner.pk),
            "clerk": str(self.clerk.pk),
            "clerks_erp_id": str(self.clerk.erp_id),
            "membership": str(self.membership.pk),
            "clerks_membership": str(self.clerks_membership.pk),
            "invitation": str(self.invitation.pk),
            "session": str(self.session.public_id),
            "secret": self.secret,
        }


def make_twin(canary: str) -> Twin:
    partner = make_partner(f"{canary} company", number="V-1")
    owner = make_user(f"owner@{canary}.example", name=f"{canary} owner", email=f"owner@{canary}.example")
    clerk = make_user(f"clerk@{canary}.example", name=f"{canary} clerk", email=f"clerk@{canary}.example")
    make_member(owner, partner, Role.OWNER)
    make_member(clerk, partner, Role.BASIC)
    documents = _documents(partner, canary)
    invitation, secret = _invitation(partner, owner, canary)
    session = Session.objects.create(
        session_key=uuid.uuid4().hex, user=owner, expire_date=timezone.now() + timedelta(hours=1)
    )
    audit.record(AuditEvent.Kind.WRITE, user=owner, partner_id=partner.pk, subject=f"{canary} deed")
    return Twin(
        canary, partner, owner, clerk, **documents, invitation=invitation, secret=secret, session=session
    )


def make_twins() -> tuple[Twin, Twin]:
    return make_twin(RILA), make_twin(PIRIN)


def _documents(partner: Partner, canary: str) -> dict[str, Any]:
    buyer, store = make.buyer(), make.store()
    supplier = make.mirrored(models.Supplier, partner=partner, number=f"{canary}-S")
    shared = {"supplier": supplier, "enterprise_company": buyer}
    product = make.product(f"{canary}-P", f"{canary} cloth", f"{canary} плат")
    order = make.order(partner, f"{canary}-O"[:20], notes=f"{canary} order", store=store, **shared)
    line = make.order_line(order, product=product, descriptions={"EN": f"{canary} line"})
    shipments = [
        make.shipment(
            order,
            delivery=state,
            message=f"{canary} answer",
            delivery_note_number=f"{canary}-D",
            notes=f"{canary} shipment",
        )
        for state in ("PENDING", "REJECTED")
    ]
    for shipment in shipments:
        make.shipment_line(shipment, line)
    invoice = make.invoice(partner, f"{canary}-I"[:20], order=order, **shared)
    payment = make.payment_order(invoice, due_in_days=5)
    make.supply(partner, product)
    make.balance(product, "7", owner=buyer, store=store)
    return {
        "order": order,
        "order_line": line,
        "shipment": shipments[0],
        "refused_shipment": shipments[1],
        "invoice": invoice,
        "payment": payment,
        "product": product,
    }


def _invitation(partner: Partner, owner: User, canary: str) -> tuple[Invitation, str]:
    secret = uuid.uuid4().hex + canary
    invitation = Invitation.objects.create(
        partner=partner,
        email=f"guest@{canary}.example",
        role=Role.BASIC,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
        invited_by=owner.pk,
        expires_at=timezone.now() + timedelta(days=7),
    )
    return invitation, secret
