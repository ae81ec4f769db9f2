"""What is stored of long work: the job, its items, its log, and what starts by itself.

The row is the truth. A message to a worker carries a primary key and nothing else, so a message that is lost,
late or delivered twice does no harm.
"""

import uuid
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import chosen_tenant, connection_limit, tenant_limit


class JobState(models.TextChoices):
    """Where a job stands. Done: nothing failed. Failed: some item failed, or the job could not go on."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    NEEDS_PERSON = "needs_person", "Needs a person"


FINAL = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.NEEDS_PERSON})


class Reason(models.TextChoices):
    """Why something failed: a closed list, so that it can be filtered and counted."""

    EXCEEDED = "exceeded", "Tries used up"
    PERMANENT = "permanent", "Refused"
    CONFIG = "config", "Connection not set up"
    INTERNAL = "internal", "Fault in the portal"
    TIMEOUT = "timeout", "No answer in time"


class ItemState(models.TextChoices):
    """Where one item stands. Running is committed before the work begins, so a dead worker leaves a trace."""

    PENDING = "pending", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    NEEDS_PERSON = "needs_person", "Needs a person"
    SKIPPED = "skipped", "Not started"


def _rank(ranks: dict[str, int], default: int) -> Case:
    """A number for each state, so that a list can begin with what needs eyes."""
    return Case(*(When(state=state, then=Value(rank)) for state, rank in ranks.items()), default=Value(default))


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs; every query for a person starts at `visible_to` or `in_scope`."""

    def visible_to(self, user: User) -> Self:
        """Keep the jobs of the tenants and on the connections that `user` is limited to, and their own; or all."""
        tenants, connections = tenant_limit(user), connection_limit(user)
        if user.viewing_as is not None:
            return self.filter(tenant=user.viewing_as)
        if tenants is not None:
            return self.filter(Q(tenant__in=tenants) | Q(created_by=user))
        return self if connections is None else self.filter(Q(connection__in=connections) | Q(created_by=user))

    def in_scope(self, user: User) -> Self:
        """Keep what `user` may see and has chosen to see: of one tenant, and their own."""
        rows, chosen = self.visible_to(user), chosen_tenant(user)
        return rows.filter(Q(tenant=chosen) | Q(created_by=user)) if chosen else rows


class Job(models.Model):
    """One piece of long work and how far it has come."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # shown in addresses
    kind = models.CharField(max_length=64)  # a key of `kinds.kinds`
    title = models.CharField(max_length=200)
    connection = models.ForeignKey(
        "connections.Connection", null=True, blank=True, on_delete=models.PROTECT, related_name="jobs"
    )
    connection_name = models.CharField(max_length=64, blank=True)  # as it was called when the job was made
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    # Of all jobs with the same text here one runs at a time ("carrier-cart:12"); "" is free of that.
    exclusive = models.CharField(max_length=100, blank=True)
    return_url = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=64, blank=True)  # of the request that made it, for the logs

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs"
    )
    # In whose name the work goes on now: whoever submitted, resumed or retried last.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Whose work it is, when a person of a tenant made it.
    tenant = models.ForeignKey(
        "accounts.Tenant", null=True, blank=True, on_delete=models.PROTECT, related_name="jobs", db_index=False
    )
    # Under which ticket, why and in the scope of which tenant it was asked for; its audit entries say so.
    acting = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    run_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    closing_at = models.DateTimeField(null=True, blank=True)  # the closing step has begun; it begins once
    finished_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # its person has seen how it ended

    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.QUEUED)
    reason = models.CharField(max_length=16, choices=Reason.choices, blank=True)
    message = models.TextField(blank=True)  # for people: how it ended, or what it waits for
    cancel_requested = models.BooleanField(default=False)
    pause_requested = models.BooleanField(default=False)

    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)  # how often a worker took it up
    crashes = models.PositiveSmallIntegerField(default=0)  # workers that died on it since it last moved

    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unsettled = models.PositiveIntegerField(default=0)  # items that need a person
    skipped = models.PositiveIntegerField(default=0)
    pace = models.FloatField(default=0)  # items a second, over the last minute
    urgency = models.GeneratedField(
        expression=_rank({"cancelled": 0, "done": 0, "queued": 1, "paused": 1, "running": 2}, default=3),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="jobs_newest"),
            models.Index(fields=["-urgency", "-created_at", "-id"], name="jobs_urgent"),
            models.Index(fields=["state", "run_at"], name="jobs_due"),
            models.Index(fields=["created_by", "finished_at"], name="jobs_of_person"),
            models.Index(fields=["tenant", "-created_at", "-id"], name="jobs_of_tenant"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["exclusive"],
                condition=Q(state="running") & ~Q(exclusive=""),
                name="jobs_one_running_per_exclusive",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("jobs:detail", args=[self.public_id])

    @property
    def is_final(self) -> bool:
        """Nothing more will happen unless a person asks for it."""
        return self.state in FINAL

    @property
    def settled(self) -> int:
        """Items that are over, however they ended."""
        return self.done + self.failed + self.unsettled + self.skipped

    @property
    def left(self) -> int:
        """Items that are still to do."""
        return max(self.total - self.settled, 0)

    @property
    def percent(self) -> int:
        """How much is over, 0 to 100; 100 only when nothing is left."""
        if self.is_final and not self.left:
            return 100
        return min(99, self.settled * 100 // self.total) if self.total else 0

    @property
    def time_left(self) -> timedelta | None:
        """An estimate from the pace of the last minute; None while there is nothing to go by."""
        if self.state != JobState.RUNNING or self.pace <= 0 or not self.left:
            return None
        return timedelta(seconds=round(self.left / self.pace))

    @property
    def pace_words(self) -> str:
        """The pace as people say it; empty when there is none."""
        if self.pace <= 0:
            return ""
        return f"{self.pace:,.1f} a second" if self.pace >= 1 else f"{max(self.pace * 60, 0.1):.3g} a minute"

    @property
    def state_words(self) -> str:
        """The state in a word or two, with what people asked of it and whether it ended only in part."""
        if self.state == JobState.RUNNING and self.cancel_requested:
            return "Cancelling"
        if self.state == JobState.RUNNING and self.pause_requested:
            return "Pausing"
        if self.state == JobState.FAILED and self.done:
            return "Done in part"
        return self.get_state_display()

    @property
    def took(self) -> timedelta | None:
        """From the first start to the end, or to now; None if it never started."""
        if self.started_at is None:
            return None
        return (self.finished_at or timezone.now()) - self.started_at


class JobItem(models.Model):
    """One step of a job: the unit that is done once, fails alone and can be retried alone."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=200)  # what the kind knows it by; unique within the job
    label = models.CharField(max_length=200)  # what people know it by
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=16, choices=ItemState.choices, default=ItemState.PENDING)
    tries = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)
    reason = models.CharField(max_length=16, choices=Reason.choices, blank=True)
    error = models.CharField(max_length=64, blank=True)  # the error's class name
    message = models.TextField(blank=True)  # for people
    sent = models.CharField(max_length=8, blank=True)  # no, yes or unknown: whether the vendor saw it
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    rank = models.GeneratedField(
        expression=_rank({"needs_person": 0, "failed": 1, "running": 2, "done": 3, "pending": 4, "skipped": 5}, default=6),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["position"]
        indexes = [
            models.Index(fields=["job", "state", "position"], name="jobs_items_by_state"),
            models.Index(fields=["job", "rank", "position"], name="jobs_items_by_rank"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="jobs_item_position"),
            models.UniqueConstraint(fields=["job", "key"], name="jobs_item_key"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def took(self) -> timedelta | None:
        """How long the last try lasted; None while it has not ended."""
        return self.finished_at - self.started_at if self.started_at and self.finished_at else None


class JobLogLine(models.Model):
    """One line of what happened, saved as it happens."""

    class Level(models.TextChoices):
        INFO = "info", "Info"
        WARNING = "warning", "Warning"
        ERROR = "error", "Error"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField(default=timezone.now)
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.INFO)
    text = models.TextField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["job", "id"], name="jobs_lines")]

    def __str__(self) -> str:
        return self.text


class Schedule(models.Model):
    """A job that starts by itself, again and again. Any worker may turn a due row into a job; one succeeds."""

    key = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    connection = models.ForeignKey(
        "connections.Connection", null=True, blank=True, on_delete=models.CASCADE, related_name="schedules"
    )
    params = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    every = models.DurationField()
    enabled = models.BooleanField(default=True)
    next_run_at = models.DateTimeField(default=timezone.now)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["key"]
        indexes = [models.Index(fields=["enabled", "next_run_at"], name="jobs_schedules_due")]

    def __str__(self) -> str:
        return self.key
