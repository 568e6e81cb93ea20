"""What workers wrote down, in the language of whoever reads it.

A worker says what becomes of runs, deliveries and alerts in English, and that is what is kept, logged and mailed. A
page finds the sentences again in what is kept and says them in its own language. What ERP.net itself said stays as it
is, and so does whatever else is not known here.

Why the text and not a code with its values: a message is put together of sentences from several places, some of erpnet,
which knows no languages, and of ERP.net's words between them. Kept as text it needs no page to be read: a log, a mail
and the database say what happened, also when the sentence is no longer in the code.
"""

from __future__ import annotations

import re
from functools import partial

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

# Longer ones would take long to search, and no worker writes any.
LONGEST = 2000

SENTENCES = (
    _("Every attempt ended without an answer to write down."),
    _(
        "ERP.net has several document types for receiving orders. Set SHIPMENT_DOCUMENT_TYPE to one of: "
        "%(codes)s."
    ),
    _("ERP.net has no document type for receiving orders that fits SHIPMENT_DOCUMENT_TYPE."),
    _("ERP.net answered with another document than the one that was asked for."),
    _(
        "The document's AdditionalDataJson in ERP.net leaves no room for the carrier: %(fault)s Nothing was "
        "sent. Mend or empty it in ERP.net; the partner is then asked to look again."
    ),
    _("The order no longer has one of the lines in this shipment. Check its quantities."),
    _("This delivery cannot be read, so it is not sent. Correct it, or drop it."),
    _("The order is no longer one of this partner's."),
    _("The receiving order is no longer in ERP.net."),
    _("In ERP.net this shipment is another supplier's by now."),
    _(
        "An earlier announcement of this shipment had reached ERP.net, with other quantities. Those stand; "
        "announce what is missing as another shipment."
    ),
    _("ERP.net took the shipment but does not show it yet."),
    _("Cancelled by a person."),
    _("An unexpected error, described in the worker's log."),
    _("Deliveries that have been waiting for more than %(minutes)d minutes: %(count)d."),
    _(
        "The worker of the queue %(queue)s takes no tasks; the last one that came through: %(since)s. Start "
        "it again."
    ),
    _("The beat has set off nothing since %(since)s. Start it: exactly one."),
    _(
        "That is more than is believed at once, so they are kept. See in ERP.net whether the service may "
        "still read them. If they are really gone, accept it on the page of this run."
    ),
    _("Not in ERP.net any more: %(count)d rows of %(table)s."),
    _("This run has read no snapshot that could be put in place."),
    _("This snapshot was accepted."),
    _("A newer snapshot has been taken since. What this one read is out of date."),
    _("No difference of this snapshot is kept, so there is nothing to accept. Run the stream again."),
    _(
        "A later run was merged whose differences are not kept: it filled an empty stock, or it is too old. "
        "There is no way back over it."
    ),
    _("Nothing has changed since: this is what lies there now."),
    _(
        "%(read)d balances were gathered and %(staged)d of them are still there: the database was restarted "
        "meanwhile. The stock of before is kept. Run it again."
    ),
    _("ERP.net counted %(expected)d balances and %(read)d arrived."),
    _("The stock of before is kept. If this is true, look at the difference and accept it."),
    _(
        "The stock of before is kept. Run it again. Accept this one only if the difference shows that nothing "
        "is missing from it."
    ),
    _(
        "%(read)d balances arrived, and ERP.net did not say how many there are, so nothing shows that they "
        "are all."
    ),
    _(
        "This was a dry run: it has changed nothing, and there is nothing to accept. A real run would be "
        "refused, for staff to look at and to accept."
    ),
    _("%(what)s would fall from %(then)s to %(now)s, more than %(limit)d %% at once."),
    _("The run whose snapshot it was has been deleted."),
    _("Waits for the next minute of ERP.net's rate limit: what is left of this one is for deliveries."),
    _("Every attempt ended without writing a page."),
    _("It had to start again at %(due)s. Is the beat running, and the worker that it is for?"),
    # What erpnet says, which knows no languages.
    _("%(host)s cannot be reached (%(reason)s)."),
    _("%(host)s did not answer to the end (%(reason)s)."),
    _("ERP.net is left alone now and tried again in %(seconds)d s."),
    _("ERP.net is out of order (HTTP %(status)d)."),
    _("ERP.net asks for fewer requests."),
    _("All licences of ERP.net are in use. A slot frees within 20 minutes."),
    _("ERP.net does not accept the service token."),
    _("The service user may not do this in ERP.net."),
    _("ERP.net has no such object."),
    _("This was changed in ERP.net meanwhile."),
    _("ERP.net refused the request (HTTP %(status)d)."),
    _("ERP.net answered %(status)d with something that is not JSON."),
    _("ERP.net answered %(status)d without the object that was expected."),
    _("ERP.net answered a change with something that is no object."),
    _("ERP.net answered a query with something that is no page of rows."),
    _("ERP.net sent a page that leads back to itself."),
    _("ERP.net ended the batch before this part of it."),
    _("ERP.net answered a batch with something that is no whole answer to one."),
    _("ERP.net answered a changeset without an answer to each of its changes."),
    _(
        "ERP.net does not accept the application. Check that ERPNET_APPLICATION_URI is its ApplicationUri, "
        "that its ApplicationSecretHash is the hash of ERPNET_APPLICATION_SECRET, and that it is enabled."
    ),
    _(
        "The Trusted Application may not do this. The service needs SystemUserAllowed and a SystemUser; "
        "signing in needs the Impersonate flags."
    ),
    _("The Trusted Application lacks a scope that was asked for. Make ERPNET_SCOPE fit its Scope."),
    _("%(where)s has no readable %(name)s."),
)

# What may stand in a sentence as a value.
VALUES = (
    _("never"),
    _("The number of balances"),
    _("The total of the quantities above zero"),
    _("no connection in time"),
    _("its certificate or TLS does not hold"),
    _("the proxy refused"),
    _("no answer in time"),
    _("its answer is too large"),
    _("no connection"),
    _("the connection broke"),
)

# The values that are words of ours: one of these, or the name of a table.
WORDS = {"what", "since", "reason", "table"}

# What begins a sentence may begin anywhere in a message: words of ours, or an address.
_FIRST = "|".join([*map(re.escape, VALUES), r"\S{1,300}?"])
_VALUE = re.compile(r"%(?:\((?P<name>\w+)\)(?P<kind>[ds])|%)")


def translated(stored: str) -> str:
    """A message of a run, a delivery or an alert in the language of the page."""
    if (get_language() or "en").startswith("en") or len(stored) > LONGEST:
        return stored
    for sentence, pattern in _PATTERNS:
        stored = pattern.sub(partial(_said, sentence), stored)
    return stored


def _said(sentence: str, found: re.Match[str]) -> str:
    values = {name: gettext(value) if name in WORDS else value for name, value in found.groupdict().items()}
    return _VALUE.sub(lambda place: values[place["name"]] if place["name"] else "%", gettext(sentence))


def _pattern(sentence: str) -> re.Pattern[str]:
    """Finds a sentence whatever its values are.

    Each value ends where first stands what follows it, and none is tried again: no message can be made to take long.
    """
    first, *others = re.split(r"%\((\w+)\)([ds])", sentence.replace("%%", "%"))
    pattern = re.escape(first)
    for name, kind, text in zip(others[::3], others[1::3], others[2::3], strict=True):
        anything = r"\d{1,18}" if kind == "d" else ".+?" if pattern else _FIRST
        pattern += f"(?>(?P<{name}>{anything}){re.escape(text)})"
    return re.compile(pattern)


# Longer ones first: they may have shorter ones in them.
_PATTERNS = [(one, _pattern(one)) for one in sorted(SENTENCES, key=len, reverse=True)]
