"""Tenants: the customers whose numbers and services the portal holds, and the people who belong to them."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse

from apps.accounts.scope import chosen_tenant, tenant_limit

if TYPE_CHECKING:
    from apps.accounts.models import User

validate_key = RegexValidator(r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", "Use small letters, digits and single hyphens.")


class TenantOwned(models.QuerySet):
    """Rows with a `tenant`: every query for a person starts here."""

    def visible_to(self, user: "User") -> Self:
        """Keep the rows that `user` may see: those of their tenants, or all where nothing limits them."""
        limit = tenant_limit(user)
        return self if limit is None else self.filter(tenant__in=limit)

    def in_scope(self, user: "User") -> Self:
        """Keep what `user` may see and has chosen to see: what lists, searches, cards and exports show."""
        rows, chosen = self.visible_to(user), chosen_tenant(user)
        return rows.filter(tenant=chosen) if chosen else rows


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Tenants themselves."""

    def visible_to(self, user: "User") -> Self:
        """Keep the tenants that `user` may know of."""
        limit = tenant_limit(user)
        return self if limit is None else self.filter(pk__in=limit)


class Tenant(models.Model):
    """A customer of this house. Tenants are deactivated, never deleted: numbers, jobs and the audit log name them."""

    name = models.CharField(max_length=120)
    key = models.CharField(
        max_length=64,
        unique=True,
        validators=[validate_key],
        help_text="How addresses and the command line call it: small letters, digits and hyphens.",
    )
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    people: models.ManyToManyField = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="tenants"
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        app_label = "accounts"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="accounts_tenant_name", violation_error_message="There is a tenant of this name already."
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tenants:detail", args=[self.key])


class Membership(models.Model):
    """A person who belongs to a tenant or, for a member of staff, is limited to it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "accounts"
        constraints = [models.UniqueConstraint(fields=["tenant", "person"], name="accounts_one_membership")]

    def __str__(self) -> str:
        return f"{self.person} in {self.tenant}"
