"""The filter of the audit log."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

import django_filters as filters
from django import forms
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import connection_limit, tenant_limit
from apps.audit.models import AuditEntry
from apps.audit.search import matching
from apps.audit.wording import action_label, outcome_label

_NO_DAY = {"invalid": "Enter a date such as 2026-11-21."}
# Reads one value an index step, so that a million rows cost as much as ten.
_DISTINCT = """
WITH RECURSIVE found(value) AS (
    SELECT min({column}) FROM audit_auditentry WHERE {column} > ''
    UNION ALL
    SELECT (SELECT min({column}) FROM audit_auditentry WHERE {column} > found.value)
    FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value IS NOT NULL
"""


def distinct(column: str) -> list[str]:
    """Return every value of an indexed text column, in order; `column` is a name from this module."""
    with connection.cursor() as cursor:
        cursor.execute(_DISTINCT.format(column=column))
        return [value for (value,) in cursor.fetchall()]


def values_of(column: str, reader: User | None) -> list[str]:
    """Return the values of a column that `reader` may know of; None may know all."""
    if reader is None or (tenant_limit(reader) is None and connection_limit(reader) is None):
        return distinct(column)
    rows = AuditEntry.objects.visible_to(reader).exclude(**{column: ""})
    return list(rows.order_by(column).values_list(column, flat=True).distinct())


def _choices(column: str, words: Callable[[str], str], reader: User | None) -> list[tuple[str, str]]:
    return [(value, words(value)) for value in values_of(column, reader)]


def _people(request: HttpRequest | None) -> "QuerySet[User]":
    people = User.objects.order_by("username")
    reader = getattr(request, "user", None)
    if reader is None or (tenant_limit(reader) is None and connection_limit(reader) is None):
        return people
    return people.filter(pk__in=AuditEntry.objects.visible_to(reader).order_by().values("actor"))


# The filters that offer what is in the log, and how it is put into words.
_CHOSEN: dict[str, Callable[[str], str]] = {
    "action": action_label, "tenant": str, "connection": str, "operation": str, "outcome": outcome_label,
}  # fmt: skip


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class AuditFilter(filters.FilterSet):
    """By any text, person, action, tenant, connection, operation, outcome, ticket and days."""

    q = filters.CharFilter(
        label="Search",
        method="by_text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Number, order, ID, words …"}),
    )
    person = filters.ModelChoiceFilter(label="Person", field_name="actor", queryset=_people, empty_label="Anybody")
    action = filters.ChoiceFilter(label="Action", empty_label="Any")
    tenant = filters.ChoiceFilter(label="Tenant", empty_label="Any")
    connection = filters.ChoiceFilter(label="Connection", field_name="connection_name", empty_label="Any")
    operation = filters.ChoiceFilter(label="Operation", empty_label="Any")
    outcome = filters.ChoiceFilter(label="Outcome", empty_label="Any")
    ticket = filters.CharFilter(label="Ticket", field_name="ticket")
    since = filters.DateFilter(label="Since", method="by_since", widget=_day(), error_messages=_NO_DAY)
    until = filters.DateFilter(label="Until", method="by_until", widget=_day(), error_messages=_NO_DAY)

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def __init__(self, *args: Any, reader: User | None = None, **kwargs: Any) -> None:
        """`reader`, or who makes the request, is offered only what they may know of."""
        super().__init__(*args, **kwargs)
        self.reader = reader or getattr(self.request, "user", None)
        for name, words in _CHOSEN.items():
            one = self.filters[name]
            one.extra["choices"] = partial(_choices, one.field_name, words, self.reader)

    def by_text(self, entries: "QuerySet[AuditEntry]", name: str, text: str) -> "QuerySet[AuditEntry]":
        """Keep entries with every word of the text."""
        return matching(entries, text)

    def by_since(self, entries: "QuerySet[AuditEntry]", name: str, day: date) -> "QuerySet[AuditEntry]":
        """Keep what happened on this day of the reader's or later."""
        return entries.filter(at__gte=_midnight(day))

    def by_until(self, entries: "QuerySet[AuditEntry]", name: str, day: date) -> "QuerySet[AuditEntry]":
        """Keep what happened on this day of the reader's or earlier."""
        return entries.filter(at__lt=_midnight(day) + timedelta(days=1))


def _midnight(day: date) -> datetime:
    # Far enough from the ends of the calendar for every time zone.
    day = min(max(day, date(1000, 1, 1)), date(9000, 1, 1))
    return timezone.make_aware(datetime.combine(day, time.min))
