"""The list as CSV: the database writes the rows, so that a million of them take seconds and no memory."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat, Substr
from django.db.models.lookups import In

from apps.accounts.models import User
from apps.numbers.models import Number

HEADINGS = {
    "number": F("number"),
    "tenant": F("tenant__key"),
    "connection": F("connection__name"),
    "status": F("status"),
    "kind": F("kind"),
    "trunk_group_id": F("trunk_group_id"),
    "trunk_group": F("trunk_group"),
    "type": F("did_type"),
    "order_type": F("order_type"),
    "monthly_rate": F("monthly_rate"),
    "currency": F("currency"),
    "cnam": F("cnam"),
    "order_id": F("order_id"),
    "first_seen_utc": F("first_seen"),
    "seen_utc": F("seen_at"),
    "gone_since_utc": F("missing_since"),
}
# What a tenant's people get: nothing of carriers and what they charge us.
_FOR_TENANTS = ("number", "status", "kind", "cnam", "first_seen_utc")
_MOMENTS = {"first_seen_utc", "seen_utc", "gone_since_utc"}
_VENDOR_TEXT = {"trunk_group", "type", "order_type", "cnam"}
_ROWS = 5000


def columns_for(person: User) -> tuple[str, ...]:
    """Return the columns that `person` may export."""
    return tuple(HEADINGS) if person.may("numbers.carrier") else _FOR_TENANTS


def csv_lines(rows: QuerySet[Number], columns: Sequence[str] = tuple(HEADINGS)) -> Iterator[bytes]:
    """Yield the CSV of `rows`, in pieces: a line of headings, then a line for each number."""
    queryset = rows.order_by("number", "pk").values_list(*(_column(name) for name in columns))
    yield (",".join(columns) + "\n").encode()
    sql, params = queryset.query.sql_with_params()
    database = connections[queryset.db]
    yield from (_copied if database.vendor == "postgresql" else _fetched)(database, sql, params)


def _column(name: str) -> Any:
    if name in _MOMENTS:
        return Substr(Cast(HEADINGS[name], TextField()), 1, 19)
    if name in _VENDOR_TEXT:
        return _harmless(HEADINGS[name])
    return HEADINGS[name]


def _harmless(text: F) -> Case:
    """Put an apostrophe before a vendor's text that a spreadsheet would run as a formula."""
    risky = When(In(Substr(text, 1, 1), ["=", "+", "-", "@", "\t", "\r"]), then=Concat(Value("'"), text))
    return Case(risky, default=text, output_field=TextField())


def _fetched(database: BaseDatabaseWrapper, sql: str, params: tuple[Any, ...]) -> Iterator[bytes]:
    """Fetch rows past the ORM and write them in blocks."""
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(_ROWS):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows)
            yield text.getvalue().encode()


def _copied(database: BaseDatabaseWrapper, sql: str, params: tuple[Any, ...]) -> Iterator[bytes]:
    """Let PostgreSQL write the CSV itself."""
    with database.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", params) as copy:
        yield from (bytes(block) for block in copy)
