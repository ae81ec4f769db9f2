"""Porting numbers in: what a customer asks for, the orders it is split into, and what becomes of each number.

A request is the parent. The losing carrier takes one account, type and address an order, so a request has one order or
several; status is kept for each number, and an order's own state is derived from those of its numbers.
"""

import uuid
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import connection_limit
from apps.accounts.tenancy import TenantOwned
from apps.connections.fields import SealedJSONField


class PortState(models.TextChoices):
    """Where a number's port stands, and with it its order's."""

    DRAFT = "draft", "Draft"
    ORDERING = "ordering", "Being ordered"
    UNCERTAIN = "unknown", "Not certain"  # whether the order was made is for a person to settle
    SUBMITTED = "submitted", "Submitted"
    DATE_SET = "scheduled", "Date confirmed"
    EXCEPTION = "rejected", "Needs correction"
    CORRECTED = "corrected", "Corrected"  # taken up by a later order
    CANCELLED = "cancelled", "Cancelled"
    COMPLETE = "done", "Complete"


# With the carrier and not over; over; of which nothing more can come.
WITH_CARRIER = (PortState.SUBMITTED, PortState.DATE_SET, PortState.EXCEPTION)
UNDER_WAY = (PortState.ORDERING, PortState.UNCERTAIN, *WITH_CARRIER)
ENDED = (PortState.CORRECTED, PortState.CANCELLED, PortState.COMPLETE)


def derived(states: Iterable[str]) -> PortState:
    """Return the state of an order from those of its numbers, in their order; what was corrected elsewhere does not count."""
    found = list(states)
    left = [state for state in found if state != PortState.CORRECTED]
    if not left:
        return PortState.CORRECTED if found else PortState.DRAFT
    if all(state == PortState.COMPLETE for state in left):
        return PortState.COMPLETE
    for decisive in (PortState.CANCELLED, PortState.EXCEPTION):
        if decisive in left:
            return decisive
    return PortState(next(state for state in left if state != PortState.COMPLETE))


class Line(models.TextChoices):
    """What kind of service the numbers leave."""

    WIRELINE = "wireline", "Landline or internet telephony"
    WIRELESS = "wireless", "Mobile"


class Subscriber(models.TextChoices):
    """Whose service it is."""

    BUSINESS = "business", "Business"
    RESIDENTIAL = "residential", "Residential"


COUNTRIES = {"US": "United States", "CA": "Canada"}


class PortRequestQuerySet(TenantOwned):
    """Requests; every query for a person starts at `visible_to` or `in_scope`."""

    def visible_to(self, user: User) -> Self:
        """Keep those of the tenants and on the connections that `user` is limited to, or all."""
        rows, limit = super().visible_to(user), connection_limit(user)
        return rows if limit is None else rows.filter(connection__in=limit)


class PortRequest(models.Model):
    """What is asked for in one go: the numbers, for whom, through which carrier."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey("connections.Connection", models.PROTECT, related_name="port_requests", db_index=False)
    tenant = models.ForeignKey(
        "accounts.Tenant", models.PROTECT, null=True, blank=True, related_name="port_requests", db_index=False
    )
    reference = models.CharField(max_length=40)  # our own name for it
    told = models.CharField(max_length=500, blank=True)  # e-mail addresses that hear of dates and completion
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = PortRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["tenant", "-created_at"], name="numbers_ports_of_tenant")]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("numbers:port_request", args=[self.public_id])

    @property
    def addresses(self) -> list[str]:
        """The e-mail addresses that hear of it."""
        return [one.strip() for one in self.told.split(",") if one.strip()]


class PortOrderQuerySet(models.QuerySet["PortOrder"]):
    """Orders; every query for a person starts at `visible_to` or `in_scope`."""

    def visible_to(self, user: User) -> Self:
        """Keep the orders of the requests that `user` may see."""
        return self.filter(request__in=PortRequest.objects.visible_to(user))

    def in_scope(self, user: User) -> Self:
        """Keep what `user` may see and has chosen to see."""
        return self.filter(request__in=PortRequest.objects.in_scope(user))


class PortOrder(models.Model):
    """One order at the carrier: numbers that leave one losing carrier, account and address together."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(PortRequest, models.CASCADE, related_name="orders")
    position = models.PositiveSmallIntegerField()  # within the request, from 1
    # The rejected order whose numbers this one asks for again.
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")

    kind = models.CharField(max_length=16)  # "local" or "tollfree"
    country = models.CharField(max_length=2, default="US")
    line = models.CharField(max_length=10, choices=Line.choices, default=Line.WIRELINE)
    losing_carrier = models.CharField(max_length=60, blank=True)
    account_number = models.CharField(max_length=40, blank=True)  # of a landline; it stands on the LOA
    secrets = SealedJSONField(default=dict, blank=True, editable=False)  # of a mobile line: account, pin
    billing_number = models.CharField(max_length=16, blank=True)  # BTN, E.164
    partial = models.BooleanField(default=False)
    staying = models.CharField(max_length=200, blank=True)  # what stays with the losing carrier
    new_billing_number = models.CharField(max_length=16, blank=True)
    subscriber = models.CharField(max_length=12, choices=Subscriber.choices, default=Subscriber.BUSINESS)
    business_name = models.CharField(max_length=25, blank=True)
    first_name = models.CharField(max_length=25, blank=True)
    middle_name = models.CharField(max_length=1, blank=True)
    last_name = models.CharField(max_length=25, blank=True)
    authorised_person = models.CharField(max_length=60, blank=True)
    house_number = models.CharField(max_length=12, blank=True)
    street = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=30, blank=True)
    city = models.CharField(max_length=40, blank=True)
    area = models.CharField(max_length=2, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    wanted_on = models.DateField(null=True, blank=True)  # the FOC date asked for; blank: the next possible
    described_at = models.DateTimeField(null=True, blank=True)  # its details were saved whole
    handed_in_at = models.DateTimeField(null=True, blank=True)  # the customer says the correction is ready

    state = models.CharField(max_length=12, choices=PortState.choices, default=PortState.DRAFT)
    state_since = models.DateTimeField(default=timezone.now)
    message = models.TextField(blank=True)  # what happened last, for staff
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    intent = models.ForeignKey("changes.Intent", models.PROTECT, null=True, blank=True, related_name="+")

    order_id = models.CharField(max_length=40, blank=True)  # the carrier's
    placed_at = models.DateTimeField(null=True, blank=True)  # as the carrier dates it
    status_code = models.CharField(max_length=40, blank=True)  # the carrier's raw code; it documents no legend
    known_code = models.CharField(max_length=40, blank=True)  # the code that somebody here has looked into
    amount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    foc_at = models.DateTimeField(null=True, blank=True)  # the carrier's own date: firm order commitment
    record = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)  # as the carrier wrote it
    polled_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)  # why the last look at the carrier failed

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PortOrderQuerySet.as_manager()

    class Meta:
        ordering = ["request", "position"]
        constraints = [
            models.UniqueConstraint(fields=["request", "position"], name="numbers_port_position"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="numbers_port_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="numbers_port_state"),
            models.Index(fields=["order_id"], name="numbers_port_order", condition=~Q(order_id="")),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("numbers:port_order", args=[self.public_id])

    @property
    def label(self) -> str:
        """What people call it: the request's reference and its position there."""
        return f"{self.request.reference}-{self.position}"

    @property
    def is_draft(self) -> bool:
        return self.state == PortState.DRAFT

    @property
    def holder(self) -> str:
        """The subscriber's name."""
        if self.subscriber == Subscriber.BUSINESS:
            return self.business_name
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)

    @property
    def address(self) -> list[str]:
        """The service address in lines."""
        street = " ".join(part for part in (self.house_number, self.street) if part)
        place = f"{self.city}, {self.area} {self.postcode}".strip(", ")
        return [line for line in (street, self.unit, place) if line]


class PortNumber(models.Model):
    """One number of a request: whether it can come, in which order, and how far it is."""

    request = models.ForeignKey(PortRequest, models.CASCADE, related_name="numbers", db_index=False)
    order = models.ForeignKey(PortOrder, models.SET_NULL, null=True, blank=True, related_name="numbers")
    number = models.CharField(max_length=16)  # E.164
    kind = models.CharField(max_length=16)
    country = models.CharField(max_length=2)
    group = models.CharField(max_length=60, blank=True)  # what was written behind it: which numbers belong together
    portable = models.BooleanField(null=True)  # None: not asked yet
    checked_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)  # why it cannot come; or what staff wrote
    state = models.CharField(max_length=12, choices=PortState.choices, default=PortState.DRAFT)
    reason = models.CharField(max_length=40, blank=True)  # of a rejection, a key of porting.reasons
    reason_note = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "number"], condition=~Q(state="corrected"), name="numbers_port_once_in_request"
            ),
        ]
        indexes = [
            models.Index(fields=["number", "state"], name="numbers_port_number"),
            models.Index(fields=["request", "number"], name="numbers_port_in_request"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.state})"


class PortPaper(models.Model):
    """An uploaded paper. Kept in the database: every process reaches it there, and it goes with its order."""

    class Kind(models.TextChoices):
        LOA = "loa", "Signed LOA"
        BILL = "bill", "Bill or CSR"

    order = models.ForeignKey(PortOrder, models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=120)
    ending = models.CharField(max_length=5)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)  # SHA-256: the audit log names papers by it
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "pk"]

    def __str__(self) -> str:
        return self.name


class PortEvent(models.Model):
    """A line of an order's timeline. What is only for staff names codes and connections; the rest the customer reads too."""

    class Mail(models.TextChoices):
        NONE = "", "None"
        DUE = "due", "To be sent"
        SENT = "sent", "Sent"

    order = models.ForeignKey(PortOrder, models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=500)
    status_code = models.CharField(max_length=40, blank=True)  # the carrier's raw code at that moment
    public = models.BooleanField(default=True)
    facts = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    mail = models.CharField(max_length=8, choices=Mail.choices, default=Mail.NONE, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["order", "-at"], name="numbers_port_timeline"),
            models.Index(fields=["at"], name="numbers_port_mail", condition=Q(mail="due")),
        ]

    def __str__(self) -> str:
        return self.text


class PortTick(models.Model):
    """A step of the FOC-day checklist that somebody has done."""

    order = models.ForeignKey(PortOrder, models.CASCADE, related_name="ticks")
    step = models.CharField(max_length=40)  # a key of porting.checklist
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["order", "step"], name="numbers_port_ticked_once")]

    def __str__(self) -> str:
        return self.step


def facts_of(order: PortOrder) -> dict[str, Any]:
    """Return an order's details as the audit log may keep them: nothing of an account or a PIN."""
    names = (
        "line", "losing_carrier", "billing_number", "partial", "subscriber", "business_name", "authorised_person",
        "house_number", "street", "unit", "city", "area", "postcode", "wanted_on",
    )  # fmt: skip
    return {name: value for name in names if (value := getattr(order, name)) not in ("", None, False)}
