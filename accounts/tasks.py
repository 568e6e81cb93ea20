"""The tasks of accounts: one service call each. What they find to do stands in rows; running one twice does no harm."""

from __future__ import annotations

from celery import shared_task

from accounts import mail
from erpnet import correlation


@shared_task(name="accounts.send_invitations")
def send_invitations() -> None:
    with correlation.use():
        mail.send_due_invitations()
