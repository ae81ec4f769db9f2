"""An intent: one write at a vendor that must happen at most once, committed before its first byte goes out."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone


class IntentState(models.TextChoices):
    """Where an intent stands: draft → confirmed → sending → done | refused | unknown.

    Refused: it did not take effect, whoever said so. Unknown: a person has to decide, from the evidence.
    """

    DRAFT = "draft", "Draft"
    CONFIRMED = "confirmed", "Confirmed"
    SENDING = "sending", "Sending"
    DONE = "done", "Done"
    REFUSED = "refused", "Not done"
    UNKNOWN = "unknown", "Not certain"


OPEN = (IntentState.DRAFT, IntentState.CONFIRMED, IntentState.SENDING, IntentState.UNKNOWN)


class Intent(models.Model):
    """What is to be sent, what must hold before, what it is to bring about, and what became of it.

    Two rules are the database's: of one `subject` a single intent is open or done, so an order is never paid twice;
    and in one `lane` a single intent is being sent, so two calls never meet in one cart.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=64)  # a key of `intents.kinds`
    connection = models.ForeignKey("connections.Connection", models.PROTECT, related_name="intents", db_index=False)
    about = models.CharField(max_length=100, blank=True)  # what it belongs to: "purchase 12"
    subject = models.CharField(max_length=100, blank=True)  # what happens once: "order 700123"; "" is free of that
    lane = models.CharField(max_length=100, blank=True)  # what one call at a time may touch; "" is free of that
    state = models.CharField(max_length=16, choices=IntentState.choices, default=IntentState.DRAFT)
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    expected = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    evidence = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)  # the lost reply, the checks
    result = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    message = models.TextField(blank=True)  # for people: how it stands, in one or two sentences
    amount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    repeats = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")  # the try before

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)  # of the latest attempt
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_owner = models.CharField(max_length=100, blank=True)  # who sends it, or sent it last
    # Until then the request may be alive, here or at the vendor: finding nothing proves nothing before.
    claim_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["about", "state"], name="changes_intents_about"),
            models.Index(fields=["claim_until"], name="changes_intents_sending", condition=Q(state="sending")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind", "subject"],
                condition=~Q(state="refused") & ~Q(subject=""),
                name="changes_intent_once",
            ),
            models.UniqueConstraint(fields=["lane"], condition=Q(state="sending") & ~Q(lane=""), name="changes_intent_lane"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject or self.about}: {self.state}"

    @property
    def is_settled(self) -> bool:
        """Whether it is certain what became of it."""
        return self.state in {IntentState.DONE, IntentState.REFUSED}

    @property
    def is_overdue(self) -> bool:
        """Whether it was being sent when whoever sent it fell silent."""
        return self.state == IntentState.SENDING and self.claim_until is not None and self.claim_until <= timezone.now()

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The looks that were taken for evidence, oldest first: at, verdict, says, facts."""
        return self.evidence.get("checks", [])

    @property
    def last_check(self) -> dict[str, Any] | None:
        return self.checks[-1] if self.checks else None

    @property
    def checked_at(self) -> datetime | None:
        last = self.last_check
        return datetime.fromisoformat(last["at"]) if last else None
