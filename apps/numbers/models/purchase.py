"""A purchase: the account's one cart on a connection, from the first reservation until it is paid or given up.

The carrier documents no call that reads its cart. What is stored here is what its replies said; the order it makes of
the cart is the first answer that shows what was in it.
"""

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone


class PurchaseState(models.TextChoices):
    """Where a purchase stands: filling → ordering → ordered → paying → paid, or given up."""

    FILLING = "filling", "Filling the cart"
    ORDERING = "ordering", "Making the order"
    ORDERED = "ordered", "Waiting for payment"
    PAYING = "paying", "Paying"
    PAID = "paid", "Paid"
    NEEDS_PERSON = "needs_person", "Needs a person"
    ABANDONING = "abandoning", "Giving up"
    ABANDONED = "abandoned", "Given up"


FINISHED = (PurchaseState.PAID, PurchaseState.ABANDONED)


class Question(models.TextChoices):
    """Why a purchase needs a person: a closed list."""

    ORDER_DIFFERS = "order_differs", "The order differs from the cart"
    ORDER_UNCERTAIN = "order_uncertain", "Whether the order was made is not certain"
    PAYMENT_UNCERTAIN = "payment_uncertain", "Whether the order was paid is not certain"


class Purchase(models.Model):
    """One cart, one owner. While it is not finished nobody else can buy on the connection."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    connection = models.ForeignKey("connections.Connection", models.PROTECT, related_name="purchases", db_index=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="purchases")
    owned_since = models.DateTimeField(default=timezone.now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=16, choices=PurchaseState.choices, default=PurchaseState.FILLING)
    question = models.CharField(max_length=20, choices=Question.choices, blank=True)
    message = models.TextField(blank=True)  # what happened last, for people
    reservation_id = models.CharField(max_length=40, blank=True)  # the cart's, as the carrier last named it
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")  # the latest

    trunk_group_id = models.CharField(max_length=40, blank=True)
    trunk_group = models.CharField(max_length=200, blank=True)  # its title
    order_id = models.CharField(max_length=40, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)  # as the carrier dates it
    amount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)  # the total, as it states it
    per_order_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    taxes = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    other_charges = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    discount = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    kind = models.CharField(max_length=16, blank=True)  # "local" or "tollfree", as the order says
    did_type = models.CharField(max_length=40, blank=True)
    order_status = models.CharField(max_length=20, blank=True)  # the carrier's code; it documents no legend
    # How the order differs from the cart: {"more": [...], "fewer": [...], "elsewhere": {order: [...]}, "trunk_group": id}
    difference = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    paid_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=~Q(state__in=["paid", "abandoned"]),
                name="numbers_one_purchase_per_connection",
            )
        ]
        indexes = [
            models.Index(fields=["connection", "-started_at", "-id"], name="numbers_purchases"),
            models.Index(fields=["order_id"], name="numbers_purchase_order", condition=~Q(order_id="")),
        ]

    def __str__(self) -> str:
        return f"Purchase {self.pk} on {self.connection}: {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        return reverse("numbers:purchase", args=[self.public_id])

    @property
    def is_finished(self) -> bool:
        """Whether it no longer holds the connection's cart."""
        return self.state in FINISHED


class CartState(models.TextChoices):
    """What is known of one number of a purchase."""

    RESERVED = "reserved", "Reserved"  # the carrier's reply names it
    UNCERTAIN = "uncertain", "Probably reserved"  # the reply was lost, and the number left the stock
    DISPUTED = "disputed", "Not clear"  # left the stock at that time, but the count does not fit: a person decides
    UNASKED = "unasked", "Not asked for"  # the carrier's reply names it, and nobody here asked for it
    RELEASED = "released", "Released"
    REFUSED = "refused", "Not in the cart"  # the carrier said so
    IGNORED = "ignored", "Left alone"  # a person left it as it is: not counted, and not released
    LEFT = "left", "Left in the cart"  # of a purchase that was given up: it could not be released
    ORDERED = "ordered", "Ordered"  # named in the order
    ALLOCATED = "allocated", "Ours"  # in the account's own list


# Counted as being in the cart; what may be in it besides; all that the carrier may still hold for us.
IN_CART = (CartState.RESERVED, CartState.UNCERTAIN)
TO_DECIDE = (CartState.DISPUTED, CartState.UNASKED)
HELD = (*IN_CART, *TO_DECIDE, CartState.LEFT)


class CartNumber(models.Model):
    """One number of a purchase: what the carrier said of it, and in answer to what."""

    purchase = models.ForeignKey(Purchase, models.CASCADE, related_name="numbers", db_index=False)
    number = models.CharField(max_length=16)  # E.164
    area = models.CharField(max_length=2, blank=True)  # the state it was searched in; "" for toll-free
    state = models.CharField(max_length=12, choices=CartState.choices)
    reservation_id = models.CharField(max_length=40, blank=True)
    # The call that brought it; its params hold the search that was asked for.
    intent = models.ForeignKey("changes.Intent", models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=300, blank=True)  # for people, where the state alone does not tell
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["purchase", "number"], name="numbers_once_in_purchase")]
        indexes = [models.Index(fields=["purchase", "state", "number"], name="numbers_in_purchase")]

    def __str__(self) -> str:
        return f"{self.number} ({self.state})"


class StockLook(models.Model):
    """What was for sale before a job reserved any of it: the one thing that tells what a lost reply had reserved.

    Never written again, but for `taken`: an open question may still need it as it was.
    """

    purchase = models.ForeignKey(Purchase, models.CASCADE, related_name="looks")
    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="+")
    query = models.CharField(max_length=60)  # `stock.query_key`
    at = models.DateTimeField(default=timezone.now)
    numbers = models.TextField()  # the lowest ones, packed by `stock.pack`
    total = models.PositiveIntegerField()  # how many were for sale in all
    taken = models.PositiveIntegerField(default=0)  # how many of them the job has reserved since

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.query}: {self.total}"

    @property
    def left(self) -> int:
        """How many are for sale still, as far as we know."""
        return max(self.total - self.taken, 0)
