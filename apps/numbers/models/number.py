"""The inventory: each number as its carrier last showed it to us, and what changed when."""

from datetime import datetime, timedelta
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

PRESENT = Q(missing_since__isnull=True)
LISTED = PRESENT & Q(leads=True)  # each number once, however many systems have it
RELEASED = Q(released_at__isnull=False)


def cooling(now: datetime | None = None) -> Q:
    """Return the condition "was given up lately and rests": none do while NUMBER_COOLING_DAYS is 0."""
    since = (now or timezone.now()) - timedelta(days=settings.NUMBER_COOLING_DAYS)
    # The first condition is what lets SQLite see that the partial index serves.
    return RELEASED & Q(released_at__gt=since)


class NumberQuerySet(TenantOwned):
    """Numbers; every query for a person starts at `visible_to` or `in_scope`."""

    def visible_to(self, user: User) -> Self:
        """Keep the numbers of the tenants and on the connections that `user` is limited to, or all."""
        rows, limit = super().visible_to(user), connection_limit(user)
        return rows if limit is None else rows.filter(connection__in=limit)


class Side(models.TextChoices):
    """Which end of a number a system is."""

    CARRIER = "carrier", "Carrier"  # it was bought there, and calls come in there
    SWITCH = "switch", "Switch"  # it rings there


class Number(models.Model):
    """A number on a connection. A copy of what that system holds: `seen_at` is its age.

    A number that several systems have has a row on each; the one that `leads` stands for it in the list: a carrier's
    before a switch's, one in use before one that is cancelled or gone.

    The list shows present rows by number, so each filter has an index that holds present rows alone and ends
    with the number: a page is read off the index, without a sort and without a count.
    """

    connection = models.ForeignKey("connections.Connection", models.PROTECT, related_name="numbers", db_index=False)
    tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, null=True, blank=True, related_name="numbers", db_index=False)
    number = models.CharField(max_length=16)  # E.164
    last_four = models.CharField(max_length=4, editable=False)  # what a caller remembers
    kind = models.CharField(max_length=16)  # "local" or "tollfree"
    status = models.CharField(max_length=32)  # "active", "inactive", "cancelled", or the carrier's own code
    trunk_group_id = models.CharField(max_length=40, blank=True)  # the carrier's; "" when it cannot be told
    trunk_group = models.CharField(max_length=200, blank=True)  # its title, or what the carrier shows instead
    did_type = models.CharField(max_length=40, blank=True)
    order_type = models.CharField(max_length=40, blank=True)
    monthly_rate = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    cnam = models.CharField(max_length=60, blank=True)
    order_id = models.CharField(max_length=40, blank=True)  # the carrier's order it was bought with, if known
    record = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)  # as the system wrote it

    side = models.CharField(max_length=8, choices=Side.choices, default=Side.CARRIER)
    leads = models.BooleanField(default=True)
    # What a switch says of it: its own id and customer, and what rings. A kind without a name is all that some tell.
    ref = models.CharField(max_length=100, blank=True)
    customer_ref = models.CharField(max_length=100, blank=True)
    destination_kind = models.CharField(max_length=40, blank=True)
    destination_ref = models.CharField(max_length=100, blank=True)
    destination = models.CharField(max_length=200, blank=True)
    emergency = models.BooleanField(null=True)  # the switch's 911 flag; None where it has none
    mark = models.CharField(max_length=24, blank=True, editable=False)  # of what it was last written from

    first_seen = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    missing_since = models.DateTimeField(null=True, blank=True)  # a full list came without it
    # When its carrier was seen to have it cancelled, or to list it no more; None while in use, and where nobody saw it.
    released_at = models.DateTimeField(null=True, blank=True)

    objects = NumberQuerySet.as_manager()

    class Meta:
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "number"], name="numbers_on_connection"),
        ]
        indexes = [
            models.Index(fields=["number", "id"], name="numbers_listed", condition=LISTED),
            models.Index(fields=["last_four", "number", "id"], name="numbers_last_four", condition=LISTED),
            models.Index(fields=["status", "number", "id"], name="numbers_status", condition=LISTED),
            models.Index(fields=["kind", "number", "id"], name="numbers_kind", condition=LISTED),
            models.Index(fields=["connection", "number", "id"], name="numbers_connection", condition=PRESENT),
            models.Index(
                fields=["connection", "status", "number", "id"],
                name="numbers_connection_status",
                condition=PRESENT,
            ),
            models.Index(
                fields=["trunk_group_id", "connection", "number", "id"], name="numbers_trunk_group", condition=PRESENT
            ),
            models.Index(fields=["tenant", "number", "id"], name="numbers_tenant", condition=LISTED),
            models.Index(fields=["order_id", "number", "id"], name="numbers_order", condition=~Q(order_id="")),
            models.Index(fields=["number", "id"], name="numbers_gone", condition=~PRESENT),
            models.Index(fields=["number", "connection"], name="numbers_everywhere"),
            models.Index(fields=["first_seen", "id"], name="numbers_first_seen", condition=LISTED),
            models.Index(fields=["number", "id"], name="numbers_released", condition=RELEASED),
            models.Index(
                fields=["emergency", "number", "id"],
                name="numbers_emergency",
                condition=PRESENT & Q(emergency__isnull=False),
            ),
            models.Index(
                fields=["destination_kind", "number", "id"],
                name="numbers_destination",
                condition=PRESENT & ~Q(destination_kind=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: object, **kwargs: object) -> None:
        """Store it, with what is derived from the number."""
        self.last_four = self.number[-4:]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return reverse("numbers:detail", args=[self.number])

    @property
    def is_gone(self) -> bool:
        """Whether the system's list came without it."""
        return self.missing_since is not None

    @property
    def on_switch(self) -> bool:
        return self.side == Side.SWITCH

    @property
    def cooling_until(self) -> datetime | None:
        """Until when it rests after it was given up; None for one that does not."""
        until = self.released_at and self.released_at + timedelta(days=settings.NUMBER_COOLING_DAYS)
        return until if until and until > timezone.now() else None


class Sighting(models.TextChoices):
    """How we learned of a change."""

    SYNC = "sync", "Read from the system"
    PLAN = "plan", "Changed here"
    ORDER = "order", "Bought here"


class NumberChange(models.Model):
    """One fact of a number that changed: the history on its page."""

    number = models.ForeignKey(Number, models.CASCADE, related_name="changes")
    at = models.DateTimeField(default=timezone.now)
    field = models.CharField(max_length=40)
    before = models.CharField(max_length=200, blank=True)
    after = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=8, choices=Sighting.choices, default=Sighting.SYNC)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reference = models.CharField(max_length=64, blank=True)  # the plan or the order

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["number", "-at"], name="numbers_history")]

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


class InventoryRead(models.Model):
    """What the last read of a connection's whole list brought: the age of the inventory, and its size.

    Counts and choices are kept here because counting a million rows takes longer than showing fifty of them.
    """

    connection = models.OneToOneField("connections.Connection", models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)  # the last list that was read whole
    tried_at = models.DateTimeField(null=True, blank=True)
    problem = models.JSONField(null=True, blank=True)  # why the last try failed, in words for the screen
    appeared = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    vanished = models.PositiveIntegerField(default=0)
    held_back = models.PositiveIntegerField(default=0)  # missing, but too many to believe without a person
    counts = models.JSONField(default=dict, blank=True)  # present numbers by status
    leading = models.PositiveIntegerField(default=0)  # present numbers that no other system stands for
    # The carrier's trunk groups: [{"id", "title", "hosts", "numbers"}], "numbers" being how many point there.
    trunk_groups = models.JSONField(default=list, blank=True)
    destination_kinds = models.JSONField(default=list, blank=True)  # what present numbers ring: ["ivr", "queue"]

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.read_at}"

    @property
    def total(self) -> int:
        """Return how many numbers are present."""
        return sum(self.counts.values())
