"""The log: one row for everything that was done, each sealed with a hash over itself and the row before."""

import re
from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.scope import connection_limit, tenant_limit
from apps.audit.wording import action_label, outcome_label
from apps.ui.saved import SavedView

_TONES = {"ok": "good", "started": "idle", "confirmed": "idle", "OutcomeUnknown": "warn", "partial": "warn"}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class AppendOnly(Exception):
    """Raised by any attempt to change or delete what is in the log."""

    def __init__(self) -> None:
        super().__init__("The audit log is append-only: entries are never changed or deleted.")


class EntryQuerySet(models.QuerySet["AuditEntry"]):
    """Entries can be read; every way of writing them but `services.record` is refused."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    def visible_to(self, user: User) -> Self:
        """Keep what `user` may read: all, or the entries of the tenants and connections they are limited to, and their own."""
        tenants, connections = tenant_limit(user), connection_limit(user)
        if tenants is None and connections is None:
            return self
        theirs = Q() if tenants is None else Q(tenant_id__in=tenants)
        if connections is not None:
            # With both limits, what happened to one of the tenants beside any connection is theirs too.
            on_these = Q(connection_id__in=connections)
            theirs &= on_these if tenants is None else on_these | Q(connection_id=None)
        return self.filter(theirs | Q(actor=user))

    update = delete = bulk_create = bulk_update = update_or_create = get_or_create = _refuse


class AuditEntry(models.Model):
    """One thing somebody did. `services.record` writes it; nothing changes it.

    The connection is kept by name and number, not as a foreign key: it may be deleted, its history may not.
    A person who acted cannot be deleted, only deactivated, so `actor` always leads somewhere.
    """

    sequence = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without gaps
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    actor_label = models.CharField(max_length=150, blank=True)  # the name as it was then, or as it was typed
    action = models.CharField(max_length=80)
    target = models.CharField(max_length=255, blank=True)
    tenant = models.CharField(max_length=100, blank=True)  # its key as it was then
    tenant_id = models.BigIntegerField(null=True, blank=True)
    ticket = models.CharField(max_length=100, blank=True)
    reason = models.TextField(blank=True)  # why, in the words of who did it
    connection_name = models.CharField(max_length=100, blank=True)
    connection_id = models.BigIntegerField(null=True, blank=True)
    operation = models.CharField(max_length=120, blank=True)
    effect = models.CharField(max_length=20, blank=True)
    params = models.JSONField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    outcome = models.CharField(max_length=60)  # "ok", "failed", "refused" or the class of the error
    error = models.TextField(blank=True)
    sent = models.CharField(max_length=10, blank=True)  # did it reach the vendor: "no", "yes" or "unknown"
    duration = models.FloatField(null=True, blank=True)  # seconds
    exchange_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    search = models.TextField(blank=True, editable=False)  # made from the fields above by `search.words_of`

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-sequence"]
        base_manager_name = "objects"
        verbose_name_plural = "audit entries"
        # Each filter of the screen, in the order of the screen.
        indexes = [
            models.Index(fields=["at", "sequence"], name="audit_at"),
            models.Index(fields=["actor", "at", "sequence"], name="audit_actor"),
            models.Index(fields=["action", "at", "sequence"], name="audit_action"),
            models.Index(fields=["connection_name", "at", "sequence"], name="audit_connection"),
            models.Index(fields=["operation", "at", "sequence"], name="audit_operation"),
            models.Index(fields=["outcome", "at", "sequence"], name="audit_outcome"),
            models.Index(fields=["ticket", "at", "sequence"], name="audit_ticket"),
            models.Index(fields=["tenant", "at", "sequence"], name="audit_tenant"),
            models.Index(fields=["request_id"], name="audit_request"),
            models.Index(fields=["exchange_id"], name="audit_exchange"),
        ]

    def __str__(self) -> str:
        return f"#{self.sequence} {self.action} by {self.actor_label or 'the system'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert a new entry.

        Raises:
            AppendOnly: this entry is in the log already.
        """
        if not self._state.adding:
            raise AppendOnly
        super().save(force_insert=True)

    def get_absolute_url(self) -> str:
        """Return the address of the page of this entry."""
        return reverse("audit:detail", args=[self.sequence])

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    @property
    def label(self) -> str:
        """Return the action in words."""
        return action_label(self.action)

    @property
    def outcome_label(self) -> str:
        """Return the outcome in words."""
        return outcome_label(self.outcome)

    @property
    def tone(self) -> str:
        """Return how the outcome looks: good, idle while it is still to come, warn where nobody knows, else bad."""
        return _TONES.get(self.outcome, "bad")

    @property
    def target_label(self) -> str:
        """Return the target with the head of each UUID alone; the entry's own page shows it whole."""
        return _UUID.sub(lambda found: found[0][:8], self.target)


class AuditAnchor(models.Model):
    """What was cut off the beginning of the log when it had been kept long enough, signed: the chain goes on from here.

    The anchors themselves are never changed or deleted either: each begins where the one before ended.
    """

    through = models.BigIntegerField(primary_key=True)  # the last entry cut off
    first = models.BigIntegerField()
    hash = models.CharField(max_length=64)  # of the last entry cut off
    older_than = models.DateTimeField()
    at = models.DateTimeField()
    key = models.CharField(max_length=16)  # which key signed it
    signature = models.CharField(max_length=88)

    class Meta:
        ordering = ["through"]

    def __str__(self) -> str:
        return f"#{self.first} to #{self.through} cut off"


class SavedFilter(SavedView):
    """A filter of the audit log that somebody named; theirs alone, or shared with all who may read the log."""

    class Meta(SavedView.Meta):
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="audit_filter_name")]

    def get_absolute_url(self) -> str:
        """Return the address of the list under this filter."""
        return f"{reverse('audit:list')}?{self.query}"


class AuditHead(models.Model):
    """How far the log reaches: one row, moved by each append. It betrays entries cut off the end."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"#{self.sequence} {self.hash}"
