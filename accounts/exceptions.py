"""What a page may not do with people, each with a sentence for the person who tried.

PeopleRefused
├── OwnAccess           one's own membership
├── BeyondRole          more than the acting member may give or take away
├── DecidedInErpNet     a role that the next sync would put back
├── AlreadyInvited      an open invitation to the same address
├── AlreadyMember       somebody who acts for the partner as it is
├── TooManyInvitations  more mails than one company sends in a day
├── TooManyToOne        more mails than one address gets from a company in a day
├── HasMembership       a second membership of one person at one partner
├── SentJustNow         the same mail once more within the hour
├── OtherCompany        a form that was opened for another company than the one acted for now
├── NoMail              a portal that has no mail server
└── InvitationGone      wrong, used, expired or withdrawn: which one is nobody's business
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class PeopleRefused(Exception):
    """Nothing has been changed; `message` says why."""

    message: str | Promise = ""


class OwnAccess(PeopleRefused):
    message = _("You cannot change your own access. Ask another administrator or owner of your company.")


class BeyondRole(PeopleRefused):
    message = _("Your own access does not reach far enough for that. Ask an owner of your company.")


class DecidedInErpNet(PeopleRefused):
    message = _("The company that you buy from decides this in ERP.net. Ask your contact there.")


class AlreadyInvited(PeopleRefused):
    message = _("This address has an invitation already. Send it again or withdraw it in the list.")


class AlreadyMember(PeopleRefused):
    message = _("You already act for this company.")


class HasMembership(PeopleRefused):
    message = _("This person has a membership there already. Change that one.")


class TooManyInvitations(PeopleRefused):
    message = _("Your company has sent as many invitations as it can in one day. Go on tomorrow.")


class TooManyToOne(PeopleRefused):
    message = _(
        "This address has got as many invitations as it can in one day. Ask the person to look there."
    )


class SentJustNow(PeopleRefused):
    message = _(
        "This invitation was sent less than an hour ago. Ask the person to look among unwanted mail, too."
    )


class OtherCompany(PeopleRefused):
    message = _(
        "You opened this form for another company than the one you act for now. Check the name above and send it again."
    )


class NoMail(PeopleRefused):
    message = _("The portal cannot send mail yet. Ask the people who run it.")


class InvitationGone(PeopleRefused):
    message = _("This invitation is not valid.")
