"""The filter of the jobs list."""

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet

from apps.accounts.models import User
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


class JobFilter(filters.FilterSet):
    """By words of the title, state with its reason, kind, person and connection."""

    q = filters.CharFilter(label="Search", method="by_text", widget=forms.TextInput(attrs={"type": "search"}))
    state = filters.ChoiceFilter(label="State", method="by_state", choices=_STATES, empty_label="Any")
    kind = filters.ChoiceFilter(label="Kind", choices=_kinds, empty_label="Any")
    person = filters.ModelChoiceFilter(
        label="Asked by",
        field_name="created_by",
        queryset=User.objects.order_by("username"),
        empty_label="Anybody",
        null_label="A schedule",
        null_value=ROUTINE,
    )
    connection = filters.ModelChoiceFilter(label="Connection", queryset=Connection.objects.order_by("name"), empty_label="Any")

    class Meta:
        model = Job
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Leave out what schedules did well, unless it is asked for by who, what or how: it comes every few minutes."""
        found = super().filter_queryset(queryset)
        asked = any(self.form.cleaned_data.get(name) for name in ("person", "kind", "state", "q"))
        return found if asked else found.exclude(created_by=None, state=JobState.DONE)

    def by_text(self, queryset: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        """Keep jobs with the text in their title or in the name of their connection."""
        return queryset.filter(Q(title__icontains=value) | Q(connection_name__icontains=value))

    def by_state(self, queryset: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        """Keep jobs in one state, in one of a group of them, or failed for one reason."""
        state, _, reason = value.partition(":")
        found = queryset.filter(state__in=_GROUPS.get(state, (state,)))
        return found.filter(reason=reason) if reason else found
