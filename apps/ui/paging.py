"""Keyset paging: a page is found by the values of its edge row, so page 2,000 costs what page 2 costs."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model, Q, QuerySet

FORWARD, BACK = "f", "b"
_LONGEST_CURSOR = 2000


@dataclass(frozen=True)
class Page:
    """One page of rows; a cursor is empty when there is nothing that way."""

    rows: list[Any]
    next_cursor: str = ""
    previous_cursor: str = ""


@dataclass(frozen=True)
class Count:
    """How many rows there are, counted no further than a cap."""

    number: int
    capped: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.capped else ''}"


def capped_count(queryset: QuerySet, cap: int = 10_000) -> Count:
    """Count the rows of `queryset`, at most `cap` of them: a filter that matches a million costs no more."""
    number = queryset.order_by()[: cap + 1].count()
    return Count(min(number, cap), number > cap)


def keyset_page(queryset: QuerySet, order: Sequence[str] = ("pk",), cursor: str = "", size: int = 50) -> Page:
    """Return the page of `queryset` that `cursor` points at.

    `order` names non-null fields, all ascending or all descending ("-field"), the last of them unique ("pk").
    A cursor that cannot be read gives the first page.
    """
    descending = order[0].startswith("-")
    if any(name.startswith("-") != descending for name in order):
        raise ValueError("keyset order is all ascending or all descending")
    names = [name.removeprefix("-") for name in order]
    fields = [_field(queryset.model, name) for name in names]
    direction, key = _decode(cursor, fields)

    if direction == BACK:
        found = _slice(queryset, names, key, not descending, size)
        rows = found[:size][::-1]
        if len(found) > size:
            return Page(rows, _encode(FORWARD, names, rows[-1]), _encode(BACK, names, rows[0]))
        key = None  # the way back ends here: show a full first page rather than a short one
    found = _slice(queryset, names, key, descending, size)
    rows = found[:size]
    more = len(found) > size
    return Page(
        rows,
        _encode(FORWARD, names, rows[-1]) if more else "",
        (_encode(BACK, names, rows[0]) if rows else "") if key else "",
    )


def _slice(queryset: QuerySet, names: list[str], key: list[Any] | None, descending: bool, size: int) -> list[Any]:
    """Return up to `size` + 1 rows after `key` in the given direction."""
    if key is not None:
        queryset = queryset.filter(_after(names, key, descending))
    sign = "-" if descending else ""
    return list(queryset.order_by(*(sign + name for name in names))[: size + 1])


def _after(names: list[str], key: list[Any], descending: bool) -> Q:
    """Return the condition "(a, b) comes after (x, y)", spelled out for every database."""
    step = "lt" if descending else "gt"
    condition = Q(**{f"{names[-1]}__{step}": key[-1]})
    for name, value in zip(reversed(names[:-1]), reversed(key[:-1]), strict=True):
        condition = Q(**{f"{name}__{step}": value}) | (Q(**{name: value}) & condition)
    if len(names) > 1:
        # Implied by the rest, but a range on the first column is what an index can use.
        condition = Q(**{f"{names[0]}__{step}e": key[0]}) & condition
    return condition


def _field(model: type[Model], name: str) -> Field:
    """Return the model field behind `name`; raise ValueError for one that cannot order pages."""
    field: Any = None
    for part in name.split("__"):
        owner = model if field is None else field.related_model
        field = owner._meta.pk if part == "pk" else owner._meta.get_field(part)
    if not isinstance(field, Field):
        raise FieldDoesNotExist(name)
    if field.null:
        raise ValueError(f"{name} may be null: rows without a value would fall between two pages")
    return field


def _encode(direction: str, names: list[str], row: Any) -> str:
    key = [_plain(_value(row, name)) for name in names]
    raw = json.dumps([direction, key], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row.pk if isinstance(row, Model) else row


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.time):  # a datetime is a date
        return value.isoformat()
    return value if isinstance(value, bool | int | float | str) else str(value)


def _decode(cursor: str, fields: list[Field]) -> tuple[str, list[Any] | None]:
    """Return direction and edge values; (FORWARD, None) for no cursor and for one that cannot be read."""
    if not cursor or len(cursor) > _LONGEST_CURSOR:
        return FORWARD, None
    try:
        direction, key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        if direction not in (FORWARD, BACK) or len(key) != len(fields):
            return FORWARD, None
        values = [_read(field, value) for field, value in zip(fields, key, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError, OverflowError, RecursionError):
        return FORWARD, None
    return direction, values


def _read(field: Field, value: Any) -> Any:
    """Turn a cursor value back into the field's type; raise ValueError or ValidationError when it is none."""
    if not isinstance(value, bool | int | float | str):
        raise ValueError("a cursor holds plain values only")
    read = field.to_python(value)
    if read is None or (isinstance(read, int) and not -(2**63) <= read < 2**63) or "\x00" in str(read):
        raise ValueError("outside what the database can hold")
    return read
