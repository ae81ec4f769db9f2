"""The filter of the jobs list."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.accounts.scope import tenant_limit
from apps.connections.models import Connection
from apps.jobs.kinds import kinds
from apps.jobs.models import Job, JobState, Reason
from apps.jobs.selectors import OPEN

# What people look for comes first; then the states one by one.
_STATES = [
    ("attention", "Needs attention"),
    ("open", "Under way"),
    *JobState.choices,
    ("Failed because", [(f"failed:{reason.value}", reason.label) for reason in Reason]),
]
ROUTINE = "schedule"
_GROUPS = {"attention": (JobState.FAILED, JobState.NEEDS_PERSON), "open": OPEN}


def _kinds() -> list[tuple[str, str]]:
    return sorted(((kind.key, kind.title) for kind in kinds.values()), key=lambda pair: pair[1])


def _people(request: Any) -> QuerySet[User]:
    """The people a job may be asked by, of those that the reader may know of."""
    people, limit = User.objects.order_by("username"), tenant_limit(request.user) if request else None
    return people if limit is None else people.filter(memberships__tenant__in=limit).distinct()


def _connections(request: Any) -> QuerySet[Connection]:
    return Connection.objects.visible_to(request.user).order_by("name") if request else Connection.objects.order_by("name")


class JobFilter(filters.FilterSet):
    """By words of the title, state with its reason, kind, person and connection."""

    q = filters.CharFilter(label="Search", method="by_text", widget=forms.TextInput(attrs={"type": "search"}))
    state = filters.ChoiceFilter(label="State", method="by_state", choices=_STATES, empty_label="Any")
    kind = filters.ChoiceFilter(label="Kind", choices=_kinds, empty_label="Any")
    person = filters.ModelChoiceFilter(
        label="Asked by",
        field_name="created_by",
        queryset=_people,
        empty_label="Anybody",
        null_label="A schedule",
        null_value=ROUTINE,
    )
    connection = filters.ModelChoiceFilter(label="Connection", queryset=_connections, empty_label="Any")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.request and self.request.user.sees_as_tenant:
            for name in ("connection", "kind"):
                del self.filters[name]

    class Meta:
        model = Job
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Leave out what schedules did well, unless it is asked for by who, what or how: it comes every few minutes."""
        found = super().filter_queryset(queryset)
        asked = any(self.form.cleaned_data.get(name) for name in ("person", "kind", "state", "q"))
        return found if asked else found.exclude(created_by=None, state=JobState.DONE)

    def by_text(self, queryset: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        """Keep jobs with the text in their title or, for staff, in the name of their connection."""
        if self.request and self.request.user.sees_as_tenant:
            return queryset.filter(title__icontains=value)
        return queryset.filter(Q(title__icontains=value) | Q(connection_name__icontains=value))

    def by_state(self, queryset: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        """Keep jobs in one state, in one of a group of them, or failed for one reason."""
        state, _, reason = value.partition(":")
        found = queryset.filter(state__in=_GROUPS.get(state, (state,)))
        return found.filter(reason=reason) if reason else found
