"""The mails that the portal sends. Each names the company that it speaks for.

A row says when its mail is due. Whoever claims it puts that off for a while and clears it once the mail is out, so a
mail that failed is tried again, and one whose worker died too.
"""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Invitation, User
from accounts.services.invitations import hash_of, new_secret
from accounts.text import printable

logger = logging.getLogger(__name__)

TRY_AGAIN_AFTER = timedelta(minutes=10)


def send_due_invitations() -> None:
    """Send the mail of every invitation for which it is due and which can still be accepted."""
    due = Invitation.objects.acceptable().filter(mail_due_at__lte=timezone.now())
    for invitation_id in due.order_by("mail_due_at").values_list("pk", flat=True):
        _send_invitation(invitation_id)


def _send_invitation(invitation_id: uuid.UUID) -> None:
    """Each try makes a new link, so that of several mails the latest counts."""
    secret, now = new_secret(), timezone.now()
    mine = Invitation.objects.live().filter(pk=invitation_id)
    if not mine.filter(mail_due_at__lte=now).update(
        mail_due_at=now + TRY_AGAIN_AFTER, secret_hash=hash_of(secret)
    ):
        return
    invitation = Invitation.objects.select_related("partner").get(pk=invitation_id)
    try:
        _invitation_mail(invitation, secret).send()
    # A ValueError is an address to which no mail can be written: the others' mails do not wait for it.
    except (SMTPException, OSError, ValueError) as error:
        logger.warning("The mail of invitation %s was not sent: %s", invitation_id, type(error).__name__)
        return
    mine.filter(secret_hash=hash_of(secret)).update(mail_due_at=None)


def _invitation_mail(invitation: Invitation, secret: str) -> EmailMessage:
    """In the language in which whoever invites did so: that of the one invited is not known."""
    inviter = User.objects.get(pk=invitation.invited_by)
    with translation.override(inviter.language or settings.LANGUAGE_CODE):
        company = printable(invitation.partner.name, 100)
        context = {
            "company": company,
            "inviter": inviter.get_full_name(),
            "address": settings.PORTAL_URL + reverse("invitation", args=[secret]),
            "expires_at": invitation.expires_at,
        }
        return EmailMessage(
            subject=_("%(company)s invites you to the partner portal") % {"company": company},
            body=render_to_string("accounts/mail/invitation.txt", context),
            to=[invitation.email],
        )
