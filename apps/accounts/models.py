"""People and their roles."""

from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower


class Role(models.TextChoices):
    """What a person is here for; `permissions.py` says what each role may do."""

    ADMINISTRATOR = "administrator", "Platform administrator"
    OPERATOR = "operator", "Operator"
    SUPPORT = "support", "Support agent"
    AUDITOR = "auditor", "Auditor (read-only)"
    TENANT_ADMIN = "tenant_admin", "Tenant administrator"
    TENANT_USER = "tenant_user", "Tenant user"


TENANT_ROLES = frozenset({Role.TENANT_ADMIN, Role.TENANT_USER})


def validate_time_zone(name: str) -> None:
    """Refuse a name that is no time zone; raise ValidationError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError("Choose a time zone such as America/New_York or Europe/Berlin.") from error


class UserManager(DjangoUserManager["User"]):
    """Makes `manage.py createsuperuser` add administrators."""

    use_in_migrations = False

    def create_superuser(self, username: str, email: str | None = None, password: str | None = None, **fields: Any) -> "User":
        """Add an administrator."""
        fields["role"] = Role.ADMINISTRATOR
        return super().create_superuser(username, email, password, **fields)


class User(AbstractUser):
    """A person who signs in. People are deactivated, never deleted: the audit log names them."""

    email = models.EmailField("e-mail address", unique=True)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.AUDITOR)
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[validate_time_zone], help_text="Times are shown in this zone."
    )

    # The connections a member of staff is limited to; none in particular means all.
    connections = models.ManyToManyField("connections.Connection", blank=True, related_name="+")
    # The columns this person chose, by list. Kept here because the person is read with every page anyway.
    list_columns = models.JSONField(default=dict, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    # Set for the length of a request, from the session (apps/accounts/scope.py).
    chosen_tenant: "Tenant | None" = None
    viewing_as: "Tenant | None" = None

    class Meta:
        ordering = ["username"]
        # One may sign in with either, in any case: "Ada" and "ada" must not be two people.
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="accounts_username",
                violation_error_message="Somebody has this username already.",
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_email",
                violation_error_message="Somebody has this e-mail address already.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_tenant_person(self) -> bool:
        """Whether this person belongs to a customer rather than to this house."""
        return self.role in TENANT_ROLES

    @property
    def sees_as_tenant(self) -> bool:
        """Whether pages are to be a customer's: without vendors, connections and wholesale prices."""
        return self.is_tenant_person or self.viewing_as is not None

    @cached_property
    def memberships_now(self) -> frozenset[tuple[int, bool]]:
        """The tenants of this person, as (primary key, active), read once; nothing limits an administrator."""
        if self.role == Role.ADMINISTRATOR:
            return frozenset()
        return frozenset(self.memberships.values_list("tenant_id", "tenant__active"))

    @cached_property
    def connections_now(self) -> frozenset[int]:
        """The connections this person is limited to, read once; nothing limits an administrator."""
        if self.role == Role.ADMINISTRATOR:
            return frozenset()
        return frozenset(self.connections.values_list("pk", flat=True))

    def may(self, permission: str) -> bool:
        """Return whether this person holds `permission` (a key of `permissions.PERMISSIONS`) now."""
        from apps.accounts.permissions import holds

        return self.is_active and holds(self, permission)


class Spent(models.Model):
    """Something that may be used only once and was, remembered until it would be refused anyway; see `signin/once.py`."""

    mark = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.mark[:8]} until {self.until}"


from apps.accounts.tenancy import Membership, Tenant  # noqa: E402  (Django looks for models in this module)

__all__ = ["TENANT_ROLES", "Membership", "Role", "Spent", "Tenant", "User", "UserManager", "validate_time_zone"]
