"""Filters that people keep: whose they see, and how one is saved."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.scope import connection_limit, tenant_limit
from apps.audit.filters import AuditFilter
from apps.audit.models import SavedFilter


def saved_filters(user: User) -> "QuerySet[SavedFilter]":
    """Return the filters of `user` and those that others share, by name.

    Who is limited gets their own alone: what others look for may name tenants and connections they must not know of.
    """
    limited = tenant_limit(user) is not None or connection_limit(user) is not None
    whose = Q(owner=user) if limited else Q(owner=user) | Q(shared=True)
    return SavedFilter.objects.filter(whose).select_related("owner")


class SavedFilterForm(forms.ModelForm):
    """A name for the filter in the address, and whether others see it."""

    class Meta:
        model = SavedFilter
        fields = ("name", "shared")
        labels = {"shared": "Everybody who may read the log sees it"}

    def __init__(self, *args: Any, owner: User, query: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.owner = owner
        # Only what filters is kept, not the page somebody was on.
        known = AuditFilter.base_filters
        self.instance.query = urlencode([(name, value) for name, value in parse_qsl(query) if name in known])

    def clean_name(self) -> str:
        """Refuse a name this person uses already."""
        name = self.cleaned_data["name"]
        if SavedFilter.objects.filter(owner=self.instance.owner, name=name).exists():
            raise forms.ValidationError("You have a filter of this name already.")
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse to save what filters nothing."""
        cleaned = super().clean() or {}
        if not self.instance.query or len(self.instance.query) > 1000:
            raise forms.ValidationError("Set a filter in the audit log first, then save it from there.")
        return cleaned
