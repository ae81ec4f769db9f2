"""What people here say of numbers and how they like to see them: tags, notes, saved views.

Tags and notes are of a number, whichever systems have it, and staff's alone. Each remembers whose the number was then:
who is limited to a tenant does not read what was written while another had it.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from apps.accounts.tenancy import TenantOwned
from apps.ui import saved


class Tag(models.Model):
    """A word that numbers are marked with. It goes with the last number that bears it."""

    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="numbers_tag_name")]

    def __str__(self) -> str:
        return self.name


class Tagged(models.Model):
    """A number that bears a tag."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="uses", db_index=False)
    number = models.CharField(max_length=16)  # E.164
    tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, null=True, related_name="+", db_index=False)

    objects = TenantOwned.as_manager()

    class Meta:
        ordering = ["number", "pk"]
        constraints = [models.UniqueConstraint(fields=["number", "tag"], name="numbers_tagged_once")]
        indexes = [
            models.Index(fields=["tag", "number"], name="numbers_by_tag"),
            models.Index(fields=["tenant", "tag"], name="numbers_tags_of_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.tag}"


class Note(models.Model):
    """What somebody wrote of a number."""

    number = models.CharField(max_length=16)  # E.164
    tenant = models.ForeignKey("accounts.Tenant", models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField(max_length=2000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    objects = TenantOwned.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["number", "-at"], name="numbers_notes")]

    def __str__(self) -> str:
        return f"{self.number}: {self.text[:40]}"


class SavedView(saved.SavedView):
    """A view of the number list: what it filters and, if its owner wanted, which columns it shows."""

    class Meta(saved.SavedView.Meta):
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="numbers_view_name")]

    def get_absolute_url(self) -> str:
        """Return the address of the list under this view."""
        return f"{reverse('numbers:list')}?{self.query}"
