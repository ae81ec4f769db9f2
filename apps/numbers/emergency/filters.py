"""The filter bar of the 911 board."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from apps.accounts.models import Tenant
from apps.connections.models import Connection
from apps.numbers.emergency.standing import stale_before
from apps.numbers.models import SAID, EmergencyRead, EmergencySnapshot, EmergencySubject, Verdict

STALE, NO_TENANT = "stale", "none"
VERDICTS = (
    (Verdict.UNCOVERED, "Not covered"),
    (Verdict.DISAGREE, "Sources disagree"),
    (STALE, "Stale"),
    (Verdict.SILENT, "No source"),
    (Verdict.COVERED, "Covered"),
    (Verdict.EXEMPT, "Toll-free"),
)
# What is covered by word too old to lean on is stale; the other verdicts stay what they are, and say their age.
IS_STALE = Q(verdict=Verdict.COVERED)


def by_verdict(value: str) -> Q:
    """Return the condition for one word of the board."""
    if value == STALE:
        return IS_STALE & Q(oldest_seen__lt=stale_before())
    if value == Verdict.COVERED:
        return IS_STALE & Q(oldest_seen__gte=stale_before())
    return Q(verdict=value)


class BoardFilter(django_filters.FilterSet):
    """Which lines are shown."""

    q = django_filters.CharFilter(
        label="Number or extension",
        method="by_text",
        max_length=40,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "206-555, last four, 101", "autocomplete": "off"}),
    )
    verdict = django_filters.ChoiceFilter(label="Verdict", empty_label="Any", method="by_word", choices=VERDICTS)
    tenant = django_filters.ChoiceFilter(label="Tenant", empty_label="Any", method="by_tenant")
    connection = django_filters.ChoiceFilter(label="System", empty_label="Any", method="by_connection")

    class Meta:
        model = EmergencySubject
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.request.user
        if not person.may("numbers.carrier"):
            del self.filters["connection"]
        else:
            reads = EmergencyRead.objects.filter(connection__in=Connection.objects.visible_to(person))
            names = [(name, name) for name in reads.order_by("connection__name").values_list("connection__name", flat=True)]
            self.filters["connection"].extra["choices"] = names
            if len(names) < 2:  # nothing to choose from, but an address that names it still reads
                self.filters["connection"].extra["widget"] = forms.HiddenInput()
        known = list(Tenant.objects.visible_to(person).values_list("key", "name"))
        self.filters["tenant"].extra["choices"] = [(NO_TENANT, "None"), *known]
        if person.chosen_tenant or len(known) < 2:
            self.filters["tenant"].extra["widget"] = forms.HiddenInput()

    def by_text(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        digits = "".join(sign for sign in value if sign.isdigit())
        words = Q(label__icontains=value.strip())
        return queryset.filter(words | Q(number__contains=digits) | Q(label=digits) if digits else words)

    def by_word(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(by_verdict(value))

    def by_tenant(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(tenant=None) if value == NO_TENANT else queryset.filter(tenant__key=value)

    def by_connection(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        said = EmergencySnapshot.objects.filter(SAID, connection__name=value)
        return queryset.filter(key__in=said.values("key"))
