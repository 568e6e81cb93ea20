"""Each line of the trail as one sentence in the reader's language: who did what, to whom.

Which sentence it is follows from the line's data alone, so a line of years ago reads as one of today.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent
from accounts.trail.names import Names
from accounts.trail.pages import page_at
from accounts.trail.subjects import about

Kind = AuditEvent.Kind

SENTENCES: dict[str, Promise] = {
    # Signing in and out
    "sign_in": _("%(who)s signed in"),
    "sign_in_refused": _("%(who)s could not sign in"),
    "sign_out": _("%(who)s signed out"),
    "sign_out_elsewhere": _("%(who)s signed out in another browser"),
    "login_closed_in_erp_net": _("ERP.net closed the login of %(who)s, who is signed out everywhere"),
    # Refusals
    "refusal": _("%(who)s was refused"),
    "may_not": _("%(who)s was refused the page “%(page)s”"),
    "not_found": _("%(who)s asked for a page that is not there"),
    "not_staff": _("%(who)s asked for a page of portal staff"),
    "PP207": _("%(who)s followed an invitation that is not valid"),
    "PP301": _("%(who)s tried to change something while viewing the portal as %(company)s"),
    "PP302": _("%(who)s asked for the administration while viewing the portal as %(company)s"),
    # Who acts for the company
    "invited": _("%(who)s invited %(whom)s"),
    "invited_again": _("%(who)s sent the invitation to %(whom)s again"),
    "invitation_withdrawn": _("%(who)s withdrew the invitation to %(whom)s"),
    "invitation_accepted": _("%(who)s accepted an invitation and got access"),
    "membership_granted": _("%(who)s gave access to %(whom)s"),
    "membership_changed": _("%(who)s changed the access of %(whom)s"),
    "membership_removed": _("%(who)s took away the access of %(whom)s"),
    "membership_restored": _("%(who)s gave the access of %(whom)s back"),
    "granted_by_directory": _("ERP.net gave access to %(whom)s"),
    "changed_by_directory": _("ERP.net changed the access of %(whom)s"),
    "withdrawn_by_directory": _("ERP.net took away the access of %(whom)s"),
    # Portal staff
    "staff_promised": _("%(whom)s becomes portal staff with the next sign-in"),
    "staff_granted": _("%(who)s became portal staff"),
    "staff_revoked": _("%(who)s took the staff role away from %(whom)s"),
    "user_deactivated": _("%(who)s deactivated %(whom)s"),
    "user_reactivated": _("%(who)s reactivated %(whom)s"),
    "sessions_ended": _("%(who)s signed %(whom)s out everywhere"),
    "retry": _("%(who)s of portal staff had a shipment sent to ERP.net again"),
    "drop": _("%(who)s of portal staff decided that a shipment is not sent to ERP.net any more"),
    "correct": _("%(who)s of portal staff corrected a shipment and had it sent to ERP.net"),
    "accept_snapshot": _("%(who)s of portal staff accepted a snapshot of the stock that had been refused"),
    "put_back_snapshot": _("%(who)s of portal staff put an earlier stock back"),
    "accept_fall": _("%(who)s of portal staff accepted that much is gone in ERP.net at once"),
    "dismiss": _("%(who)s of portal staff closed an alert"),
    "staff": _("%(who)s of portal staff did something"),
    "view_as_begun": _("%(who)s of portal staff began to view the portal as %(company)s"),
    "view_as_page": _("%(who)s of portal staff saw the page “%(page)s”"),
    "view_as_ended": _("%(who)s of portal staff stopped viewing the portal as %(company)s"),
    "view_as_over": _("The time of %(who)s of portal staff to view the portal as %(company)s was up"),
    "view_as_session_over": _(
        "The session of %(who)s of portal staff ended, and the view of the portal as %(company)s with it"
    ),
    "view_as": _("%(who)s of portal staff viewed the portal as %(company)s"),
    # What the company's people send
    "announce": _("%(who)s announced a shipment"),
    "change": _("%(who)s changed a shipment"),
    "write": _("%(who)s changed something"),
    "role": _("%(who)s changed somebody's access"),
}


def sentence_of(event: AuditEvent, names: Names) -> str:
    it = about(event.subject)
    values = {
        "who": names.who(event),
        "whom": names.whom(event),
        "company": names.company(event),
        "page": page_at(it.name) if it.kind == "page" else it.name,
    }
    return str(SENTENCES[deed_of(event)]) % values


def is_told(event: AuditEvent) -> bool:
    """Whether the sentence says all that there is to `subject`; of a later or foreign form it says nothing."""
    return bool(about(event.subject).kind) or not event.subject


def deed_of(event: AuditEvent) -> str:
    """A key of the sentences; where the line's own word is not known, that of its kind."""
    for deed in _words_of(event):
        if deed in SENTENCES:
            return deed
    return event.kind if event.kind in SENTENCES else "write"


def _words_of(event: AuditEvent) -> tuple[str, ...]:
    if event.kind == Kind.SIGN_IN and not event.succeeded:
        return ("sign_in_refused",)
    if event.reason.startswith("may_not_"):
        return ("may_not",)
    if event.reason == "membership_changed":
        return _by_switch(event)
    if event.kind == Kind.SIGN_OUT and "elsewhere" in event.detail:
        return ("sign_out_elsewhere",)
    return (event.reason, str(event.detail.get("action", "")))


def _by_switch(event: AuditEvent) -> tuple[str, ...]:
    """Staff switch a membership in the form in which they change it."""
    switched = {(True, False): "membership_removed", (False, True): "membership_restored"}
    is_active = event.detail.get("is_active")
    key = tuple(is_active) if isinstance(is_active, list) else ()
    return (switched.get(key, event.reason), event.reason)
