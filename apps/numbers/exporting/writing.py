"""The list as CSV and as XLSX, a row at a time: a million of them take no memory.

The database writes the CSV itself. In XLSX what looks like a number and is none is text, so that no spreadsheet mends it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, F, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat, Substr
from django.db.models.lookups import In
from django.http import QueryDict
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from apps.accounts.models import User
from apps.numbers.columns import exported
from apps.numbers.models import Number
from apps.ui.columns import PARAMETER

HEADINGS = {
    "id": F("pk"),
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
_VENDOR_TEXT = {"trunk_group_id", "trunk_group", "type", "order_type", "cnam", "order_id"}
TEXT = ("number", "trunk_group_id", "order_id")  # digits, and no numbers
MOST_XLSX = 1_048_575  # rows of a sheet, less the headings
_WIDTHS = {"number": 16, "tenant": 24, "connection": 18, "trunk_group": 24, "cnam": 18}
_ROWS = 5000


class TooLong(ValueError):
    """More rows than a sheet has."""


def columns_for(person: User, query: str = "") -> tuple[str, ...]:
    """Return the columns that `person` may export, of those the query asks for, if it does."""
    known = tuple(HEADINGS) if person.may("numbers.carrier") else _FOR_TENANTS
    return exported(known, QueryDict(query).get(PARAMETER, ""))


def csv_lines(rows: QuerySet[Number], columns: Sequence[str] = tuple(HEADINGS)) -> Iterator[bytes]:
    """Yield the CSV of `rows`, in pieces: a line of headings, then a line for each number."""
    queryset = rows.order_by("number", "pk").values_list(*(_column(name) for name in columns))
    yield (",".join(columns) + "\n").encode()
    sql, params = queryset.query.sql_with_params()
    database = connections[queryset.db]
    yield from (_copied if database.vendor == "postgresql" else _fetched)(database, sql, params)


def write_xlsx(path: Path, rows: QuerySet[Number], columns: Sequence[str] = tuple(HEADINGS)) -> int:
    """Write `rows` to an XLSX file and return their number. Raises TooLong."""
    queryset = rows.order_by("number", "pk").values_list(*(_column(name) for name in columns))
    book, sheet = sheet_of(columns)
    # One cell serves all rows: it is written out before the next row fills it.
    cell = {position: _text_cell(sheet) for position, name in enumerate(columns) if name in TEXT}
    count = 0
    for row in queryset.iterator(chunk_size=_ROWS):
        if count == MOST_XLSX:
            raise TooLong
        values = [ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value for value in row]
        for position, text in cell.items():
            text.value, values[position] = values[position], text
        sheet.append(values)
        count += 1
    book.save(path)
    return count


def sheet_of(columns: Sequence[str]) -> tuple[Any, Any]:
    """Return a workbook that is written row by row, and its sheet with the headings in place."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Numbers")
    sheet.freeze_panes = "A2"
    for position, name in enumerate(columns):
        letter = chr(ord("A") + position)
        sheet.column_dimensions[letter].width = _WIDTHS.get(name, 12)
        if name in TEXT:
            sheet.column_dimensions[letter].number_format = "@"
    sheet.append(list(columns))
    return book, sheet


def _text_cell(sheet: Any) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.number_format = "@"
    return cell


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
