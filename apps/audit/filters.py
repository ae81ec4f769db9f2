"""The filter of the audit log."""

from datetime import date, datetime, time, timedelta

import django_filters as filters
from django import forms
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
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


def _actions() -> list[tuple[str, str]]:
    return [(action, action_label(action)) for action in distinct("action")]


def _as_they_are(column: str) -> list[tuple[str, str]]:
    return [(value, value) for value in distinct(column)]


def _outcomes() -> list[tuple[str, str]]:
    return [(outcome, outcome_label(outcome)) for outcome in distinct("outcome")]


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class AuditFilter(filters.FilterSet):
    """By any text, person, action, connection, operation, outcome, ticket and days."""

    q = filters.CharFilter(
        label="Search",
        method="by_text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Number, order, ID, words …"}),
    )
    person = filters.ModelChoiceFilter(
        label="Person", field_name="actor", queryset=User.objects.order_by("username"), empty_label="Anybody"
    )
    action = filters.ChoiceFilter(label="Action", choices=_actions, empty_label="Any")
    connection = filters.ChoiceFilter(
        label="Connection",
        field_name="connection_name",
        choices=lambda: _as_they_are("connection_name"),
        empty_label="Any",
    )
    operation = filters.ChoiceFilter(label="Operation", choices=lambda: _as_they_are("operation"), empty_label="Any")
    outcome = filters.ChoiceFilter(label="Outcome", choices=_outcomes, empty_label="Any")
    ticket = filters.CharFilter(label="Ticket", field_name="ticket")
    since = filters.DateFilter(label="Since", method="by_since", widget=_day(), error_messages=_NO_DAY)
    until = filters.DateFilter(label="Until", method="by_until", widget=_day(), error_messages=_NO_DAY)

    class Meta:
        model = AuditEntry
        fields: list[str] = []

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
