"""911: what each system says of a number or an extension, the verdict over all of them, and who overrode a refusal."""

from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import connection_limit
from apps.accounts.tenancy import TenantOwned

SAID = Q(missing_since__isnull=True)


class Verdict(models.TextChoices):
    """What follows from all systems' statements."""

    UNCOVERED = "uncovered", "Not covered"
    DISAGREE = "disagree", "Sources disagree"
    SILENT = "silent", "No source"
    COVERED = "covered", "Covered"
    EXEMPT = "exempt", "Toll-free"  # no call for help is placed from it, so nothing is expected


class SnapshotQuerySet(TenantOwned):
    """Statements; every query for a person starts at `visible_to` or `in_scope`."""

    def visible_to(self, user: User) -> Self:
        """Keep the statements of the tenants and from the connections that `user` is limited to, or all."""
        rows, limit = super().visible_to(user), connection_limit(user)
        return rows if limit is None else rows.filter(connection__in=limit)


class EmergencySnapshot(models.Model):
    """One system's statement about 911, as it was last read: `seen_at` is its age.

    `covered` is None where the system does not say. A statement is never taken back because a read failed.
    """

    connection = models.ForeignKey("connections.Connection", models.CASCADE, related_name="+", db_index=False)
    tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, null=True, blank=True, related_name="+")
    scope = models.CharField(max_length=100, blank=True)  # the customer that was asked for; "" for the whole system
    customer = models.CharField(max_length=100, blank=True)  # whose it is at the vendor
    kind = models.CharField(max_length=16)  # "number", "extension", "location", "tenant", …
    ref = models.CharField(max_length=160)  # the vendor's own, within the scope
    subject = models.CharField(max_length=100)
    key = models.CharField(max_length=200)  # of the line of the board it belongs to
    number = models.CharField(max_length=16, blank=True)  # E.164, where it is about a number
    covered = models.BooleanField(null=True, blank=True)
    address = models.CharField(max_length=300, blank=True)
    elin = models.CharField(max_length=32, blank=True)  # the number that stands for the caller, E.164 where it can be read so
    caller_id = models.CharField(max_length=64, blank=True)
    record = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)  # as the vendor wrote it, without secrets

    first_seen = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    missing_since = models.DateTimeField(null=True, blank=True)  # a full reading came without it

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["connection__name", "kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "scope", "ref"], name="numbers_emergency_statement"),
        ]
        indexes = [
            models.Index(fields=["key"], name="numbers_emergency_key"),
            models.Index(fields=["number"], name="numbers_emergency_number", condition=~Q(number="")),
            models.Index(fields=["elin"], name="numbers_emergency_elin", condition=~Q(elin="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    @property
    def kind_word(self) -> str:
        """The kind as people read it: "Phone group"."""
        return self.kind.replace("_", " ").capitalize()


class SubjectQuerySet(TenantOwned):
    """Lines of the board; every query for a person starts at `visible_to` or `in_scope`."""

    def visible_to(self, user: User) -> Self:
        """Keep the lines of the tenants that `user` is limited to and, limited to connections, those these speak of."""
        rows, limit = super().visible_to(user), connection_limit(user)
        if limit is None:
            return rows
        said = EmergencySnapshot.objects.filter(SAID, connection__in=limit)
        return rows.filter(Q(key__in=said.values("key")) | Q(number__in=_numbers_on(limit)))


def _numbers_on(connections: frozenset[int]) -> models.QuerySet:
    from apps.numbers.models.number import PRESENT, Number

    return Number.objects.filter(PRESENT, connection__in=connections).values("number")


class EmergencySubject(models.Model):
    """One line of the board: a number, an extension or a place, and the verdict over what the systems say of it."""

    key = models.CharField(max_length=200, unique=True)
    tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=16)
    label = models.CharField(max_length=100)
    number = models.CharField(max_length=16, blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    sources = models.PositiveSmallIntegerField(default=0)  # how many statements there are
    oldest_seen = models.DateTimeField(null=True, blank=True)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        ordering = ["label", "pk"]
        indexes = [
            models.Index(fields=["label", "id"], name="numbers_911_listed"),
            models.Index(fields=["verdict", "label", "id"], name="numbers_911_verdict"),
            models.Index(fields=["tenant", "label", "id"], name="numbers_911_tenant"),
            models.Index(fields=["number"], name="numbers_911_number", condition=~Q(number="")),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("numbers:emergency_subject", args=[self.pk])

    @property
    def kind_word(self) -> str:
        """The kind as people read it: "Phone group"."""
        return self.kind.replace("_", " ").capitalize()


class EmergencyRead(models.Model):
    """How the last reading of a connection's 911 records went."""

    connection = models.OneToOneField("connections.Connection", models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)  # the last one that was whole
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.JSONField(null=True, blank=True)  # why the last try failed, in words for the screen
    statements = models.PositiveIntegerField(default=0)
    held_back = models.PositiveIntegerField(default=0)  # missing, but too many to believe without a person

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.read_at}"


class EmergencyOverride(models.Model):
    """An administrator's leave for one plan to give up 911 numbers: which, what stood against it, and why all the same."""

    plan = models.ForeignKey("changes.Plan", models.PROTECT, related_name="+")
    refused = models.JSONField(default=dict)  # the step's object_ref → what stood against it
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.plan_id}: {self.reason}"
