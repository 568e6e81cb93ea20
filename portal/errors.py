"""Pages for what went wrong: what happened, what became of the data, what to do, and an id to quote.

They are rendered without a request context, so that they also appear when sessions or the database are the trouble.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership
from erpnet import correlation

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ErrorPage:
    status: int
    code: str
    title: Text
    what_happened: Text
    your_data: Text
    what_to_do: Text

    def render(self, request: HttpRequest | None = None) -> HttpResponse:
        # Known from before the trouble: for whom somebody acts, or as whom she looks, is told here, too.
        viewing = getattr(request, "viewing_as", None)
        context = {
            "partner": _acting_partner(request),
            "viewing": viewing,
            "csrf_token": get_token(request) if request is not None and viewing is not None else None,
            "language": translation.get_language() or "en",
            "correlation_id": correlation.get(),
            "code": self.code,
            "title": self.title,
            "what_happened": self.what_happened,
            "your_data": self.your_data,
            "what_to_do": self.what_to_do,
        }
        response = HttpResponse(render_to_string("portal/error.html", context), status=self.status)
        # What a gate says of caching is lost with the exception that led here.
        add_never_cache_headers(response)
        return response


def _acting_partner(request: HttpRequest | None) -> str:
    """Its name, if that has been read already: to ask for it could fail, or be refused, like what led here."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None or not Membership.partner.is_cached(membership):
        return ""
    return membership.partner.name


_NOTHING_CHANGED = _("Nothing was saved or changed.")

BAD_REQUEST = ErrorPage(
    400,
    "PP400",
    _("The portal did not understand that"),
    _("The browser sent something that the portal cannot read."),
    _NOTHING_CHANGED,
    _("Go back, load the page again and try once more."),
)
FORBIDDEN = ErrorPage(
    403,
    "PP403",
    _("Your role does not include this page"),
    _("You are signed in, but your role in this company does not open this page."),
    _NOTHING_CHANGED,
    _("Ask the person who looks after your company's access to the portal, if you need it for your work."),
)
NOT_FOUND = ErrorPage(
    404,
    "PP404",
    _("There is no such page"),
    _("The address is mistyped, the document is gone, or it belongs to another company."),
    _("None of your data is affected."),
    _(
        "If you act for several companies, check that the right one is chosen. Otherwise look for it in the lists."
    ),
)
METHOD_NOT_ALLOWED = ErrorPage(
    405,
    "PP405",
    _("That cannot be done at this address"),
    _("The address is not one to open, or not one to send anything to: it belongs to a button or a form."),
    _NOTHING_CHANGED,
    _("Go to the start page and find your way from there."),
)
FORM_EXPIRED = ErrorPage(
    403,
    "PP419",
    _("This form is no longer valid"),
    _("You have signed in or out since it was opened, or the browser does not keep cookies for this site."),
    _NOTHING_CHANGED,
    _(
        "Go back, load the page again and send the form once more. What you typed is still there when you go back."
    ),
)
SERVER_ERROR = ErrorPage(
    500,
    "PP500",
    _("Something went wrong on our side"),
    _(
        "The portal ran into a fault that it did not expect. The people who run it find it by the reference below."
    ),
    _(
        "What was saved before is safe. What you were just sending may not be saved: look before you send it again."
    ),
    _("Try again in a minute. If it happens again, pass on the reference."),
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return BAD_REQUEST.render(request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _instead_of_the_page(request, FORBIDDEN.render(request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _instead_of_the_page(request, NOT_FOUND.render(request))


def server_error(request: HttpRequest) -> HttpResponse:
    return SERVER_ERROR.render(request)


def _instead_of_the_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A part that asks for itself would go on asking: the page around it is to be opened again, and meets the same."""
    if getattr(request, "htmx", False):
        response["HX-Refresh"] = "true"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return FORM_EXPIRED.render(request)
