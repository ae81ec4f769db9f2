"""Saved views: a list's address that somebody named; theirs alone, or shared. Each list declares its own model."""

from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Q, QuerySet

LONGEST_QUERY = 1000


class SavedView(models.Model):
    """A filter of a list under a name. It holds no rows: whoever opens it sees what they may see anyway."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=LONGEST_QUERY)  # as in the address: "action=vendor.call&ticket=T-1"
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


View = TypeVar("View", bound=SavedView)


def saved_views(model: type[View], person: AbstractBaseUser, *, shared: bool) -> "QuerySet[View]":
    """Return the views of `person` by name and, with `shared`, those that others share.

    Who is limited is not to get the shared ones: what others look for may name tenants and connections they must not know of.
    """
    whose = Q(owner=person) | Q(shared=True) if shared else Q(owner=person)
    return model._default_manager.filter(whose).select_related("owner")


class SavedViewForm(forms.ModelForm):
    """A name for the filter in the address, and whether others see it; a subclass names the model and its fields."""

    nothing_set = "Set a filter in the list first, then save it from there."

    def __init__(self, *args: Any, owner: AbstractBaseUser, query: str, known: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.owner = owner
        # Only what filters is kept, not the page somebody was on.
        self.instance.query = urlencode([(name, value) for name, value in parse_qsl(query) if name in known])

    def clean_name(self) -> str:
        """Refuse a name this person uses already."""
        name = self.cleaned_data["name"]
        if type(self.instance)._default_manager.filter(owner=self.instance.owner, name=name).exists():
            raise forms.ValidationError("You have one of this name already.")
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse to save what filters nothing."""
        cleaned = super().clean() or {}
        if not self.instance.query or len(self.instance.query) > LONGEST_QUERY:
            raise forms.ValidationError(self.nothing_set)
        return cleaned
