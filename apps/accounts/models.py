"""People and their roles."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower


class Role(models.TextChoices):
    """What a person is here for; `permissions.py` says what each role may do."""

    ADMINISTRATOR = "administrator", "Administrator"
    SUPPORT = "support", "Support agent"
    AUDITOR = "auditor", "Auditor (read-only)"


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

    objects: ClassVar[UserManager] = UserManager()

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

    def may(self, permission: str) -> bool:
        """Return whether this person's role holds `permission` (a key of `permissions.PERMISSIONS`)."""
        from apps.accounts.permissions import allows

        return self.is_active and allows(self.role, permission)
