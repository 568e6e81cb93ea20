"""Why somebody was not let in: a code to quote, what happened, what to do. PP1xx: the sign-in, PP2xx: the access,
PP3xx: viewing as a partner.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the table. `status` is that of the page that shows it."""

    code: str
    title: Text
    happened: Text
    cure: Text
    status: int = 403

    def __str__(self) -> str:
        return self.code


STATE_UNKNOWN = Reason(
    "PP101",
    _("This sign-in is no longer valid"),
    _("It was started in another browser, has already been used, or took longer than ten minutes."),
    _("Start again from this page. Nothing about you has changed."),
    status=400,
)
PROVIDER_ERROR = Reason(
    "PP102",
    _("ERP.net ended the sign-in"),
    _("The sign-in page of ERP.net answered with an error, or the sign-in was cancelled there."),
    _("Try again. If it happens every time, show this code to the company that gave you the access."),
)
TOKEN_REFUSED = Reason(
    "PP103",
    _("The answer of ERP.net could not be trusted"),
    _("The proof of identity that came back did not pass the portal's checks, so nobody was signed in."),
    _("Try again. If it happens every time, show this code to the people who run the portal."),
)
EXCHANGE_FAILED = Reason(
    "PP104",
    _("ERP.net did not complete the sign-in"),
    _("It recognised you, but then refused to tell the portal who you are."),
    _("Try again in a minute. If it happens every time, show this code to the people who run the portal."),
    status=502,
)
UNREACHABLE = Reason(
    "PP105",
    _("Signing in is not possible right now"),
    _(
        "The sign-in service of ERP.net cannot be reached. People who are already signed in can go on working."
    ),
    _("Try again in a few minutes."),
    status=503,
)
USER_TYPE = Reason(
    "PP106",
    _("This kind of login cannot use the portal"),
    _("The portal is open to internal users and to external community users of ERP.net."),
    _("Sign in with another login, or ask the company that gave you this one."),
)
DEACTIVATED = Reason(
    "PP107",
    _("Your access is switched off"),
    _("The people who run the portal have deactivated your user."),
    _("Ask them to switch it on again."),
)
MALFORMED = Reason(
    "PP108",
    _("The portal could not read the answer"),
    _("What came back from the sign-in page was incomplete or not in the agreed form."),
    _("Start again from this page."),
    status=400,
)
IDENTITY_INCOMPLETE = Reason(
    "PP109",
    _("ERP.net did not say enough about you"),
    _("The answer lacked what the portal needs to recognise you, so nobody was signed in."),
    _("Show this code to the people who run the portal."),
)
NOT_FRESH = Reason(
    "PP110",
    _("ERP.net did not ask you to sign in again"),
    _("What you want to do asks for a new sign-in, and ERP.net vouched for an earlier one."),
    _("Try again. If it happens every time, show this code to the people who run the portal."),
)
ANOTHER_PERSON = Reason(
    "PP111",
    _("Somebody else signed in"),
    _(
        "The portal asked you to sign in again, and ERP.net answered with another person. Nothing has changed."
    ),
    _("Try again with your own login. To work as the other person, sign out of the portal first."),
)

NO_PERSON = Reason(
    "PP201",
    _("Your login is not linked to a person"),
    _("In ERP.net, your login does not say which person you are."),
    _("Ask the company that gave you the login to link it to you."),
)
NO_COMPANY = Reason(
    "PP202",
    _("You are not linked to a company"),
    _("ERP.net knows you, but not which company you work for."),
    _("Ask the company that gave you the login to record where you work."),
)
NO_ACCESS = Reason(
    "PP203",
    _("You have no access to the portal"),
    _("ERP.net knows your company, but it is no supplier, and you have no access as a customer either."),
    _("Ask your contact at the company that you deliver to or buy from."),
)
SUPPLIER_INACTIVE = Reason(
    "PP204",
    _("Your company is not an active supplier"),
    _("The supplier record of your company is switched off in ERP.net."),
    _("Ask your contact in the purchasing department."),
)
LOGIN_UNKNOWN = Reason(
    "PP205",
    _("Your login is not active"),
    _("ERP.net does not know your login any more, or it is switched off."),
    _("Ask the company that gave you the login."),
)
CUSTOMER_ACCESS_OVER = Reason(
    "PP208",
    _("Your access as a customer is not in force"),
    _("In ERP.net, your login has no access today to a customer that is active."),
    _("Ask your contact in the sales department of the company that you buy from."),
)
SWITCHED_OFF = Reason(
    "PP209",
    _("Your access is switched off"),
    _(
        "You could act for a company before. Whoever looks after its people has taken that away in the portal."
    ),
    _("Ask an administrator of your company, or the people who run the portal."),
)
COMPANY_SWITCHED_OFF = Reason(
    "PP210",
    _("Your company is switched off in the portal"),
    _("The people who run the portal have closed it to your company, and so to you."),
    _("Ask your contact at the company that you deliver to or buy from."),
)
NOT_ASKED_YET = Reason(
    "PP206",
    _("Your access is still being set up"),
    _("ERP.net could not be asked yet which company you belong to. The portal keeps trying."),
    _("Come back in a few minutes."),
)

VIEWING_ONLY = Reason(
    "PP301",
    _("You are viewing only"),
    _("While you view the portal as a partner, nothing can be changed. Nothing has been."),
    _("Stop viewing first, or go back."),
)
VIEWING_MEANWHILE = Reason(
    "PP302",
    _("The administration is closed while you view the portal as a partner"),
    _("What you see meanwhile is this partner's alone, so the pages of staff are out of reach."),
    _("Stop viewing to go on there."),
)
INVITATION_GONE = Reason(
    "PP207",
    _("This invitation is not valid"),
    _("The link is incomplete, has been used, is older than seven days, or was withdrawn."),
    _("Ask the person who invited you to send the invitation again."),
    status=404,
)

REASONS = {
    reason.code: reason
    for reason in (
        STATE_UNKNOWN,
        PROVIDER_ERROR,
        TOKEN_REFUSED,
        EXCHANGE_FAILED,
        UNREACHABLE,
        USER_TYPE,
        DEACTIVATED,
        MALFORMED,
        IDENTITY_INCOMPLETE,
        NOT_FRESH,
        ANOTHER_PERSON,
        NO_PERSON,
        NO_COMPANY,
        NO_ACCESS,
        SUPPLIER_INACTIVE,
        LOGIN_UNKNOWN,
        CUSTOMER_ACCESS_OVER,
        SWITCHED_OFF,
        COMPANY_SWITCHED_OFF,
        NOT_ASKED_YET,
        INVITATION_GONE,
        VIEWING_ONLY,
        VIEWING_MEANWHILE,
    )
}

# What the gates refuse without a code of this table: no page of its own says why, and the trail does.
_REFUSALS: dict[str, Promise] = {
    "not_found": _("There is no such page, or it is not theirs to see"),
    "not_staff": _("The page is for portal staff"),
    "may_not_view_orders": _("The role does not show orders"),
    "may_not_see_prices": _("The role does not show prices"),
    "may_not_announce_shipments": _("The role does not allow to announce shipments"),
    "may_not_view_invoices": _("The role does not show invoices"),
    "may_not_view_stock": _("The role does not show stock"),
    "may_not_view_people": _("The role does not show people"),
    "may_not_manage_users": _("The role does not allow to manage people"),
}


def all_in_words() -> dict[str, Text]:
    """Every reason for which somebody is refused, by its code."""
    return {code: in_words(code) for code in (*REASONS, *_REFUSALS)}


def in_words(code: str) -> Text:
    """The reason with this code in a few words; the code itself where there are none."""
    reason = REASONS.get(code)
    return reason.title if reason else _REFUSALS.get(code, code)
