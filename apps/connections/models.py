"""What is stored of a vendor system we are connected to."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import connection_limit
from apps.connections.fields import SealedJSONField
from apps.connections.validators import validate_base_url, validate_ca_pem, validate_name

HEALTH_KEPT = timedelta(days=30)
CONSOLE_KEPT = timedelta(days=1)


class Health(models.TextChoices):
    """How a connection does, as one word; the values are the ones `{% status %}` knows."""

    OK = "ok", "OK"
    FAILING = "failing", "Failing"
    UNTRIED = "untried", "Not tried yet"
    DISABLED = "disabled", "Disabled"

    @property
    def tone(self) -> str:
        """How the word's dot looks."""
        return {"ok": "good", "failing": "bad", "untried": "wait", "disabled": "idle"}[self.value]


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Connections; every query for a person starts at `visible_to`."""

    def visible_to(self, user: User) -> Self:
        """Keep the connections that `user` is not kept from; whether they may see any, their role says."""
        limit = connection_limit(user)
        return self if limit is None else self.filter(pk__in=limit)


class Connection(models.Model):
    """One account on one vendor system: where it is, how to sign in there, and how it has been doing."""

    name = models.CharField(
        max_length=64,
        unique=True,
        validators=[validate_name],
        help_text="How people and the command line call it: small letters, digits and hyphens.",
    )
    vendor = models.CharField(max_length=32)  # a key of the vendor registry; checked in forms and services
    base_url = models.CharField("address", max_length=500, validators=[validate_base_url])
    verify_tls = models.BooleanField("check the TLS certificate", default=True)
    ca_pem = models.TextField("own certificate authority", blank=True, validators=[validate_ca_pem])
    connect_timeout = models.FloatField(
        default=5, validators=[MinValueValidator(0.1), MaxValueValidator(60)], help_text="Seconds."
    )
    read_timeout = models.FloatField(
        default=30, validators=[MinValueValidator(0.5), MaxValueValidator(600)], help_text="Seconds."
    )
    rate_per_second = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.01)])
    concurrency = models.PositiveSmallIntegerField(
        default=8, validators=[MinValueValidator(1), MaxValueValidator(64)], help_text="Calls at once."
    )
    enabled = models.BooleanField(default=True)
    credentials = SealedJSONField(default=dict, blank=True, editable=False)
    options = models.JSONField(default=dict, blank=True)
    # Goes up with every change that a client must notice; part of the pool key in every process.
    revision = models.PositiveIntegerField(default=1, editable=False)

    last_ok_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)
    latency_ms = models.PositiveIntegerField(null=True, blank=True, editable=False)
    synced_at = models.DateTimeField(null=True, blank=True, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<Connection {self.name} ({self.vendor})>"

    @property
    def health(self) -> Health:
        """The newest of what is known: the later of the last success and the last failure decides."""
        if not self.enabled:
            return Health.DISABLED
        if self.last_failed_at and (not self.last_ok_at or self.last_failed_at > self.last_ok_at):
            return Health.FAILING
        return Health.OK if self.last_ok_at else Health.UNTRIED


class HealthSample(models.Model):
    """One point of a connection's health over time; kept for `HEALTH_KEPT`."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField(default=timezone.now)
    ok = models.BooleanField()
    latency_ms = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=64, blank=True)  # the error's class name

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["connection", "-at"])]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.at:%Y-%m-%d %H:%M:%S} {'ok' if self.ok else self.error}"


class ConsoleCall(models.Model):
    """One press of the console's button: the token is minted with the form and unique, so it is sent once.

    What is kept of the reply is already masked, and goes after `CONSOLE_KEPT`; the audit log is the memory.
    """

    class State(models.TextChoices):
        SENDING = "sending", "Sending"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    token = models.UUIDField(unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="console_calls")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    operation = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)  # what `services.describe_error` said
    exchange = models.JSONField(null=True)  # redacted request and reply, as text
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.operation} ({self.state})"


from apps.connections.links import TenantLink  # noqa: E402  (Django looks for models in this module)

__all__ = ["CONSOLE_KEPT", "HEALTH_KEPT", "Connection", "ConsoleCall", "Health", "HealthSample", "TenantLink"]
