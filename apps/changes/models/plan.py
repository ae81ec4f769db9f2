"""A plan: what will be sent, thing by thing, with the value read now and the value after."""

import uuid
from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, Value, When
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import connection_limit, tenant_limit


class PlanState(models.TextChoices):
    """Where a plan stands. A draft can be applied, once; applying is committed before the first byte goes out."""

    READING = "reading", "Reading"
    UNREADABLE = "unreadable", "Could not be read"
    DRAFT = "draft", "Draft"
    APPLYING = "applying", "Applying"
    DONE = "done", "Done"
    PARTIAL = "partial", "Partly done"
    FAILED = "failed", "Not done"
    UNKNOWN = "unknown", "Not certain"
    DISCARDED = "discarded", "Discarded"


FINAL = frozenset({PlanState.DONE, PlanState.PARTIAL, PlanState.FAILED, PlanState.UNKNOWN, PlanState.DISCARDED})


class Reversal(models.TextChoices):
    """What it takes to go back."""

    REVERSIBLE = "reversible", "Can be undone"
    COMPENSABLE = "compensable", "Can be made good"
    ONE_WAY = "one_way", "Cannot be undone"


class StepState(models.TextChoices):
    """Where a step stands. Sending is committed before the call, so a dead worker leaves a trace."""

    PENDING = "pending", "Waiting"
    SENDING = "sending", "Sending"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Left alone"
    UNKNOWN = "unknown", "Not certain"


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans; every query for a person starts at `visible_to`."""

    def visible_to(self, user: User) -> Self:
        """Keep one's own plans for a person with limits, since a plan may reach past them; all for others."""
        limited = tenant_limit(user) is not None or connection_limit(user) is not None
        return self.filter(created_by=user) if limited else self


class Plan(models.Model):
    """A change as it was shown to a person, and how far it has come. What is applied is these rows."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=64)  # a key of `changes.kinds`
    title = models.CharField(max_length=200)
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=16, choices=PlanState.choices, default=PlanState.READING)
    at_once = models.BooleanField(default=False)  # small and reversible: applied as soon as it is read
    typed = models.CharField(max_length=40, blank=True)  # the brake: what a person types before it may go
    brake = models.CharField(max_length=300, blank=True)  # and why
    problem = models.JSONField(null=True, blank=True)  # why it could not be read, in words for the screen
    ticket = models.CharField(max_length=100, blank=True)
    return_url = models.CharField(max_length=500, blank=True)
    undo_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="undone_by")
    job = models.ForeignKey("jobs.Job", models.PROTECT, null=True, blank=True, related_name="+")

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="plans")
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)  # when the values of now were read
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="changes_plans_newest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("changes:plan", args=[self.public_id])

    @property
    def is_working(self) -> bool:
        """A worker is at it, or will be."""
        return self.state in {PlanState.READING, PlanState.APPLYING}

    @property
    def is_moving(self) -> bool:
        """There is more to come on its page: it is at work, or over but its job has not ended yet."""
        return self.is_working or bool(self.is_final and self.job and not self.job.is_final)

    @property
    def is_final(self) -> bool:
        """Nothing more will happen unless a person asks for it."""
        return self.state in FINAL


def _rank() -> Case:
    """What needs eyes first; the rest in the order it is sent."""
    order = (StepState.UNKNOWN, StepState.FAILED, StepState.SKIPPED)
    return Case(
        *(When(state=state.value, then=Value(rank)) for rank, state in enumerate(order)),
        default=Value(len(order)),
    )


class PlanStep(models.Model):
    """One field of one thing: what it is now, what it will be, and what became of it."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="steps", db_index=False)
    position = models.PositiveIntegerField()  # one-way steps come last
    batch = models.PositiveIntegerField(default=0)  # steps of one batch go out in one call
    connection = models.ForeignKey("connections.Connection", models.PROTECT, related_name="plan_steps", db_index=False)
    operation = models.CharField(max_length=120)
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    object_kind = models.CharField(max_length=40)
    object_ref = models.CharField(max_length=100)  # "+12065550100"
    label = models.CharField(max_length=200)
    field = models.CharField(max_length=60)
    now = models.CharField(max_length=200, blank=True)  # the value as it is compared
    now_label = models.CharField(max_length=200, blank=True)  # and as people read it
    after = models.CharField(max_length=200, blank=True)
    after_label = models.CharField(max_length=200, blank=True)
    reversal = models.CharField(max_length=16, choices=Reversal.choices, default=Reversal.REVERSIBLE)

    state = models.CharField(max_length=16, choices=StepState.choices, default=StepState.PENDING)
    message = models.CharField(max_length=500, blank=True)  # for people: why not, or what was found
    error = models.CharField(max_length=64, blank=True)
    sent = models.CharField(max_length=8, blank=True)
    exchange_id = models.CharField(max_length=64, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rank = models.GeneratedField(expression=_rank(), output_field=models.SmallIntegerField(), db_persist=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["plan", "position"], name="changes_step_position")]
        indexes = [
            models.Index(fields=["plan", "rank", "position"], name="changes_steps_by_rank"),
            models.Index(fields=["plan", "state", "batch"], name="changes_steps_by_state"),
            models.Index(fields=["object_ref", "object_kind", "connection"], name="changes_steps_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.field}: {self.now_label} → {self.after_label}"
