"""The access table: for every named address, what each actor gets by each method.

An outcome is a status, or where a redirect leads: `signin`, `welcome`, `home`, and `303` and the like for elsewhere.
They stand in the order of `ACTORS`. A method without outcomes is 405 for everybody; HEAD is as GET, and OPTIONS, which
asks what there is, has no content.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from tests.twins import Twin

ACTORS = ("anonymous", "other", "low", "right", "staff")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")

Form = Callable[[Twin], Mapping[str, str]]


def nothing(twin: Twin) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Row:
    """`ids` fills the address; `query` and `form` go with it. All name what belongs to one partner."""

    outcomes: Mapping[str, str]
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Form = nothing
    form: Form = nothing
    # The methods that ask for a sign-in of a few minutes ago.
    sensitive: tuple[str, ...] = ()


PAGE = {"GET": "signin 200 403 200 welcome"}
ONE = {"GET": "signin 404 403 200 welcome"}
SAME_FOR_ALL = "{0} {0} {0} {0} {0}".format


def a_shipment(twin: Twin) -> Mapping[str, str]:
    return {
        "key": str(uuid.UUID(int=7)),
        "planned_delivery_date": (timezone.localdate() + timedelta(days=2)).isoformat(),
        f"quantity_{twin.order_line.pk}": "5",
    }


TABLE: dict[str, Row] = {
    "portal:dashboard": Row({"GET": "200 200 200 200 302"}),
    "portal:orders": Row(PAGE),
    "portal:order": Row(ONE, {"order_id": "order"}),
    "portal:order-copy": Row(ONE, {"order_id": "order"}),
    "portal:shipments": Row(PAGE),
    "portal:shipment": Row(ONE, {"shipment_id": "shipment"}),
    "portal:shipment-copy": Row(ONE, {"shipment_id": "shipment"}),
    # Of this one there is nothing to decide.
    "portal:shipment-compare": Row(
        {"GET": "signin 404 403 302 welcome", "POST": "signin 404 403 302 welcome"},
        {"shipment_id": "refused_shipment"},
    ),
    "portal:shipment-delivery": Row(ONE, {"shipment_id": "shipment"}),
    "portal:shipment-new": Row(
        {**ONE, "POST": "signin 404 403 302 welcome"},
        query=lambda twin: {"order": str(twin.order.pk)},
        form=a_shipment,
    ),
    "portal:shipment-edit": Row(
        {**ONE, "POST": "signin 404 403 302 welcome"},
        {"shipment_id": "refused_shipment"},
        form=lambda twin: {**a_shipment(twin), "carrier": "Another"},
    ),
    "portal:invoices": Row(PAGE),
    "portal:invoice": Row(ONE, {"invoice_id": "invoice"}),
    "portal:invoice-copy": Row(ONE, {"invoice_id": "invoice"}),
    "portal:stock": Row(PAGE),
    "portal:welcome": Row({"GET": "signin home home home 200"}),
    "portal:welcome-answer": Row({"GET": "signin 200 200 200 200"}),
    "portal:language": Row(
        {"GET": SAME_FOR_ALL("home"), "POST": SAME_FOR_ALL("home")}, form=lambda twin: {"language": "bg"}
    ),
    "signin": Row({"GET": "302 home home home home", "HEAD": SAME_FOR_ALL("405")}),
    "signin-callback": Row(
        {"POST": SAME_FOR_ALL("400"), "OPTIONS": SAME_FOR_ALL("405")},
        form=lambda twin: {"state": "forged", "code": "x"},
    ),
    "signout": Row({"POST": SAME_FOR_ALL("303")}),
    "signout-callback": Row({"GET": SAME_FOR_ALL("200")}),
    "switch-partner": Row(
        {"POST": "signin 404 home home 404"}, form=lambda twin: {"partner": str(twin.partner.pk)}
    ),
    "partner-choice": Row({"GET": "signin home home home home"}),
    "sessions": Row({"GET": "signin 200 200 200 200"}),
    "session-end": Row({"POST": "signin 404 404 302 404"}, {"session_id": "session"}),
    "sessions-end": Row({"GET": "signin 200 200 200 200", "POST": "signin 303 303 303 303"}),
    "people": Row(PAGE),
    "person-invite": Row(
        {**PAGE, "POST": "signin 302 403 302 welcome"},
        form=lambda twin: {"email": "new@nowhere.example", "role": "Basic"},
        sensitive=("GET", "POST"),
    ),
    "person": Row(
        {**ONE, "POST": "signin 404 403 302 welcome"},
        {"membership_id": "clerks_membership"},
        form=lambda twin: {"role": "Orders"},
        sensitive=("GET", "POST"),
    ),
    "person-remove": Row(
        {**ONE, "POST": "signin 404 403 302 welcome"},
        {"membership_id": "clerks_membership"},
        sensitive=("GET", "POST"),
    ),
    "invitation-send": Row(
        {"POST": "signin 404 403 302 welcome"}, {"invitation_id": "invitation"}, sensitive=("POST",)
    ),
    "invitation-withdraw": Row(
        {**ONE, "POST": "signin 404 403 302 welcome"}, {"invitation_id": "invitation"}
    ),
    "invitation": Row(
        {"GET": "signin 200 200 200 200", "POST": "signin home home home home"}, {"secret": "secret"}
    ),
    "trail": Row(PAGE),
    "view-as": Row(
        {"GET": "signin 404 404 404 200", "POST": "signin 404 404 404 home"},
        {"partner_id": "partner"},
        form=lambda twin: {"reason": "They asked"},
    ),
    "view-as-end": Row({"POST": SAME_FOR_ALL("home")}),
    "livez": Row({"GET": SAME_FOR_ALL("200")}),
    "readyz": Row({"GET": SAME_FOR_ALL("200")}),
    # There is no schedule, so all of it is late; and no secret, so there are no hooks.
    "jobz": Row({"GET": SAME_FOR_ALL("503")}),
    "hook": Row({"POST": SAME_FOR_ALL("404")}, {"stream": "partner"}),
}

# What staff with the grant may do with the rows of a model in the admin, beside looking at them.
ADMIN_CHANGES: dict[str, set[str]] = {
    "accounts_membership": {"add", "change"},
    "accounts_invitation": {"add"},
    "django_celery_beat_periodictask": {"add", "change", "delete"},
    "django_celery_beat_clockedschedule": {"add", "change", "delete"},
    "django_celery_beat_crontabschedule": {"add", "change", "delete"},
    "django_celery_beat_solarschedule": {"add", "change", "delete"},
    "django_celery_beat_intervalschedule": {"add", "change", "delete"},
}
# That of groups is for superusers.
ADMIN_CLOSED = {"auth_group"}
