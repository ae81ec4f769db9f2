"""Approvals: what wants a second person, who asked, who decided, and what exactly they agreed to."""

import uuid
from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.permissions import PERMISSIONS
from apps.accounts.scope import connection_limit, tenant_limit


class ApprovalPolicy(models.Model):
    """What wants a second person. One row, or none while nothing does."""

    THE_ONE = 1

    spend_limit = models.DecimalField(
        "limit for one purchase",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="US dollars. What costs more wants a second person; empty: nothing does.",
    )
    cancellation = models.BooleanField("Cancelling numbers", default=False)
    emergency = models.BooleanField("Changes of 911 information", default=False)
    bulk = models.BooleanField("Bulk changes over the brake", default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="changes_one_policy")]

    def __str__(self) -> str:
        return f"limit {self.spend_limit}, cancellation {self.cancellation}, 911 {self.emergency}, bulk {self.bulk}"


class ApprovalState(models.TextChoices):
    """Where a request stands: asked → approved → used; or refused, withdrawn, expired."""

    ASKED = "asked", "Waiting"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"
    USED = "used", "Approved and used"


class ApprovalQuerySet(models.QuerySet["Approval"]):
    """Approvals; every query for a person starts at `visible_to`."""

    def visible_to(self, user: User) -> Self:
        """Keep what `user` may see by role; of what reaches past their limits only what they asked for themselves."""
        allowed = [name for name in PERMISSIONS if user.may(name)]
        rows, mine = self.filter(view_permission__in=allowed), Q(asked_by=user)
        if tenant_limit(user) is not None:
            return rows.filter(mine)
        limit = connection_limit(user)
        if limit is None:
            return rows
        beyond = Approval.connections.through.objects.exclude(connection_id__in=limit).values("approval_id")
        return rows.filter(mine | ~Q(pk__in=beyond))

    def waiting_for(self, user: User) -> Self:
        """Keep what `user` can decide now: visible, not their own, and within what their role may do itself."""
        if not user.may("approvals.decide"):
            return self.none()
        allowed = [name for name in PERMISSIONS if user.may(name)]
        open_ = self.visible_to(user).filter(state=ApprovalState.ASKED, expires_at__gt=timezone.now(), permission__in=allowed)
        return open_.exclude(asked_by=user).exclude(owner=user)


class Approval(models.Model):
    """One request for a second person. `fingerprint` is of exactly what was asked; anything else asks anew.

    The database keeps one open request for one thing; each move is a conditional update, so of two one wins.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=64)  # a key of `approvals.kinds`
    subject = models.CharField(max_length=100)  # what it is about: "plan 5f…"
    title = models.CharField(max_length=200)  # what would be done: "Pay $12.00 for 2 numbers"
    fingerprint = models.CharField(max_length=64)
    reasons = models.JSONField(default=list, encoder=DjangoJSONEncoder)  # why a second person is needed, as sentences
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)  # what was asked, in short, for the log
    permission = models.CharField(max_length=64)  # to do it, and so to ask for it and to approve it
    view_permission = models.CharField(max_length=64)
    connections: models.ManyToManyField = models.ManyToManyField("connections.Connection", related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")  # whose plan or purchase it was

    state = models.CharField(max_length=16, choices=ApprovalState.choices, default=ApprovalState.ASKED)
    reason = models.TextField()  # why it is wanted, in the words of who asked
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="approvals")
    asked_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()  # for a decision, and once it is approved for its use
    comment = models.TextField(blank=True)  # of who decided
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # withdrawn, expired or used
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    used_for = models.CharField(max_length=100, blank=True)  # the one thing it let go: "intent 7c…"
    message = models.CharField(max_length=300, blank=True)  # why it expired

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="changes_approvals_newest"),
            models.Index(fields=["kind", "subject"], name="changes_approvals_subject"),
            models.Index(fields=["expires_at"], name="changes_approvals_open", condition=Q(state__in=["asked", "approved"])),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(state__in=["asked", "approved"]), name="changes_one_open_approval"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("changes:approval", args=[self.public_id])

    @property
    def is_over(self) -> bool:
        """Whether nothing can come of it any more; one past its time is, even before that is written down."""
        return self.state not in {ApprovalState.ASKED, ApprovalState.APPROVED} or self.expires_at <= timezone.now()

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has yet to decide."""
        return self.state == ApprovalState.ASKED and not self.is_over

    @property
    def is_good(self) -> bool:
        """Whether it is approved and can be used."""
        return self.state == ApprovalState.APPROVED and not self.is_over

    @property
    def state_words(self) -> str:
        """The state as people read it; what ran out has, even before that is written down."""
        open_ = self.state in {ApprovalState.ASKED, ApprovalState.APPROVED}
        return ApprovalState.EXPIRED.label if open_ and self.is_over else self.get_state_display()

    @property
    def tone(self) -> str:
        """How the word's dot looks."""
        if self.is_waiting:
            return "wait"
        good = self.is_good or self.state == ApprovalState.USED
        return "good" if good else "bad" if self.state == ApprovalState.REFUSED else "idle"


class ApprovalComment(models.Model):
    """What somebody said about a request."""

    approval = models.ForeignKey(Approval, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:60]}"
