"""Filters that people keep: whose they see, and how one is saved."""

from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.accounts.scope import is_limited
from apps.audit.filters import AuditFilter
from apps.audit.models import SavedFilter
from apps.ui.saved import SavedViewForm, saved_views


def saved_filters(user: User) -> "QuerySet[SavedFilter]":
    """Return the filters of `user` and, for those whom nothing limits, those that others share; by name."""
    return saved_views(SavedFilter, user, shared=not is_limited(user))


class SavedFilterForm(SavedViewForm):
    """A name for the filter in the address, and whether others see it."""

    nothing_set = "Set a filter in the audit log first, then save it from there."

    class Meta:
        model = SavedFilter
        fields = ("name", "shared")
        labels = {"shared": "Everybody who may read the log sees it"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, known=AuditFilter.base_filters, **kwargs)
