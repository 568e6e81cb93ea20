"""The outbox: what partners saved and ERP.net has still to take. The row is the truth, Celery is a doorbell."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sync.models.base import PartnerOwned
from sync.models.shipments import Shipment


class OutboxEntry(PartnerOwned):
    """One wish about one document. Entries of one shipment are delivered in the order of their ids, one at a time.

    saved --> PENDING --claimed--> SENDING --taken, and read back-------> DONE
               |   ^                  |
               |   +--not reached-----+--refused in ERP.net's words-----> REJECTED --sent again--> PENDING
               |   +--not sent yet----+--changed there meanwhile--------> CONFLICT --sent again--> PENDING
               |                      +--no answer----------------------> UNKNOWN ---claimed-----> SENDING
               +--dropped--> DEAD <---+--too many attempts, or unreadable   (to be looked up before it is sent)
                              +--------------------------sent again-----> UNKNOWN

    These are `MOVES`, and the database knows no others: its trigger `outbox_moves` refuses an entry that begins in
    another state than PENDING, a move that is not among them, and every move of an entry that staff have dropped.
    The trigger `outbox_accepted` keeps what an entry is about: a later form alone changes the payload, while it waits.
    """

    class Kind(models.TextChoices):
        ANNOUNCE = "announce", _("Announce a shipment")
        UPDATE = "update", _("Change a shipment")

    class State(models.TextChoices):
        PENDING = "PENDING", _("Saved")
        SENDING = "SENDING", _("Sending")
        UNKNOWN = "UNKNOWN", _("Checking with ERP.net")
        DONE = "DONE", _("In ERP.net")
        REJECTED = "REJECTED", _("Refused by ERP.net")
        CONFLICT = "CONFLICT", _("Changed in ERP.net meanwhile")
        DEAD = "DEAD", _("Given up")

    OPEN = (State.PENDING, State.SENDING, State.UNKNOWN)
    STUCK = (State.REJECTED, State.CONFLICT, State.DEAD)
    # A migration tells them to the database; a test holds the two together.
    MOVES = frozenset(
        {
            (State.PENDING, State.SENDING),
            (State.PENDING, State.DEAD),
            (State.SENDING, State.DONE),
            (State.SENDING, State.REJECTED),
            (State.SENDING, State.CONFLICT),
            (State.SENDING, State.UNKNOWN),
            (State.SENDING, State.PENDING),
            (State.SENDING, State.DEAD),
            (State.UNKNOWN, State.SENDING),
            (State.REJECTED, State.PENDING),
            (State.CONFLICT, State.PENDING),
            (State.DEAD, State.UNKNOWN),
        }
    )

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="entries", verbose_name=_("shipment"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    payload: models.JSONField[Any, Any] = models.JSONField(
        _("what is sent"), help_text=_("What the shipment shall look like in ERP.net.")
    )
    idempotency_key = models.UUIDField(
        _("form's key"), help_text=_("The form's own key: a second click finds the first one's entry.")
    )
    forms: models.JSONField[Any, Any] = models.JSONField(
        _("forms"),
        default=dict,
        help_text=_("A fingerprint by key: the form that made this entry, and later ones it took in unsent."),
    )
    expected_version = models.BigIntegerField(_("version that the partner saw"), null=True, blank=True)
    theirs: models.JSONField[Any, Any] = models.JSONField(
        _("what ERP.net had"),
        null=True,
        blank=True,
        help_text=_("The document as ERP.net had it when it refused this, in the words of the payload."),
    )
    base: models.JSONField[Any, Any] = models.JSONField(
        _("what the partner had seen"),
        null=True,
        blank=True,
        help_text=_("What the partner saw before changing it, in the words of the payload."),
    )

    attempts = models.IntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    lease_owner = models.CharField(_("worker"), max_length=80, blank=True)
    lease_until = models.DateTimeField(_("kept by the worker until"), null=True, blank=True)
    message = models.TextField(
        _("message"), blank=True, help_text=_("ERP.net's own words, or why it was not reached.")
    )
    message_code = models.CharField(_("message code"), max_length=20, blank=True)

    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("saved by")
    )
    created_at = models.DateTimeField(_("saved at"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    dropped_at = models.DateTimeField(
        _("dropped at"),
        null=True,
        blank=True,
        help_text=_("When staff decided that it shall not be sent any more."),
    )
    correlation_id = models.CharField(_("reference"), max_length=36, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["partner", "idempotency_key"], name="outbox_idempotency"),
            models.UniqueConstraint(
                fields=["shipment"], condition=Q(state="SENDING"), name="one_in_flight_per_shipment"
            ),
            # One without would be nobody's, and the sweep would wait for it for ever.
            models.CheckConstraint(
                condition=~Q(state="SENDING") | Q(lease_until__isnull=False), name="sending_has_a_lease"
            ),
            models.CheckConstraint(
                condition=Q(dropped_at=None) | Q(state__in=["REJECTED", "CONFLICT", "DEAD"]),
                name="dropped_is_stuck",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["PENDING", "SENDING", "UNKNOWN"]),
                name="outbox_due",
            ),
            models.Index(fields=["shipment", "-id"], name="outbox_shipment"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.shipment}"

    @property
    def alert_subject(self) -> str:
        """What an alert about it names: whichever delivery of the shipment was given up, one that is done closes it."""
        return f"shipment {self.shipment_id}"
