"""An import: the file as it came, what each of its rows would do, and what became of it."""

import uuid
from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User


class ImportState(models.TextChoices):
    """Where an import stands. Checked is the dry run: nothing was changed, and it can be applied, once."""

    READING = "reading", "Being read"
    UNREADABLE = "unreadable", "Could not be read"
    CHECKED = "checked", "Dry run"
    APPLYING = "applying", "Applying"
    APPLIED = "applied", "Applied"
    DISCARDED = "discarded", "Put away"


class RowState(models.TextChoices):
    """What is known of one row. Done says that the wanted values were read back."""

    ERROR = "error", "Error"
    READY = "ready", "To change"
    SAME = "same", "So already"
    WAITING = "waiting", "Waits for its plan"
    FAILED = "failed", "Not changed"
    DONE = "done", "Changed, read back"


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Imports; every query for a person starts at `visible_to`."""

    def visible_to(self, user: User) -> Self:
        """Keep one's own: a file says what its person may see."""
        return self.filter(created_by=user)


class ImportRun(models.Model):
    """One uploaded file, kept as it came."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)  # of the file
    form = models.CharField(max_length=8)  # "csv" or "xlsx"
    upload = models.BinaryField()
    state = models.CharField(max_length=16, choices=ImportState.choices, default=ImportState.READING)
    problem = models.CharField(max_length=500, blank=True)  # why it could not be read, as sentences for people
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    plans: models.ManyToManyField = models.ManyToManyField("changes.Plan", through="ImportPlan", related_name="+")
    settled = models.TextField(blank=True, editable=False)  # how the plans stood when the rows were last compared

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["created_by", "-created_at"], name="numbers_imports")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("numbers:import_run", args=[self.public_id])

    @property
    def is_working(self) -> bool:
        """A worker is at it, or will be."""
        return self.state in {ImportState.READING, ImportState.APPLYING}


class ImportRow(models.Model):
    """One line of the file: which number it means, what it would change, and what became of that."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField()  # as a spreadsheet counts, the headings being line 1
    label = models.CharField(max_length=64)  # the number, or what stood in its place
    number = models.ForeignKey("numbers.Number", models.SET_NULL, null=True, blank=True, related_name="+")
    gives = models.BooleanField(default=False)  # to `to_tenant`, None taking it back
    from_tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    to_tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    to_group = models.CharField(max_length=40, blank=True)  # the id of a trunk group
    to_group_title = models.CharField(max_length=200, blank=True)
    to_status = models.CharField(max_length=32, blank=True)
    effects = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)  # [{"field", "before", "after"}]
    remarks = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)  # [{"column", "value", "text"}]
    errors = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)  # the same
    state = models.CharField(max_length=16, choices=RowState.choices)
    message = models.CharField(max_length=500, blank=True)  # for people: why not

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="numbers_import_line")]
        indexes = [models.Index(fields=["run", "state", "line"], name="numbers_import_rows")]

    def __str__(self) -> str:
        return f"Row {self.line}: {self.label}"


class ImportPlan(models.Model):
    """A plan that was drawn up for an import, one for each target."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="targets")
    key = models.CharField(max_length=120)  # of the target, so that it is drawn up once
    plan = models.ForeignKey("changes.Plan", models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "key"], name="numbers_import_target")]

    def __str__(self) -> str:
        return self.key
