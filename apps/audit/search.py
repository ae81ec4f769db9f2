"""Finding entries by any piece of text, also among a million of them.

Both databases keep an index of three-letter pieces over `AuditEntry.search` (migration 0003): SQLite in the
full-text table `audit_search`, PostgreSQL in a pg_trgm index. Where neither could be made, searching still works,
by reading on from the newest entry.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from apps.audit.models import AuditEntry

_COMMON = 20_000  # words in more entries than this are found sooner by reading on from the newest
_LONGEST = 20_000  # 1,000 numbers in one entry can all be found
_WORDS = "actor_label action target tenant ticket connection_name operation outcome error address reason"
_NUMBER = re.compile(r"#[0-9]{1,18}")
_PHONE = re.compile(r"\+?[\d\s().-]{7,}")
_IDENTIFIER = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def words_of(entry: AuditEntry) -> str:
    """Return the text under which `entry` is found."""
    words = [getattr(entry, name) for name in _WORDS.split()]
    for value in (entry.params, entry.before, entry.after):
        words.extend(_leaves(value))
    return " ".join(word for word in words if word).lower()[:_LONGEST]


def matching(entries: "QuerySet[AuditEntry]", typed: str) -> "QuerySet[AuditEntry]":
    """Return those of `entries` that contain every word typed.

    A number is found however it is written, `#42` is the entry of that number, and an exchange or request ID
    finds what belongs to it.
    """
    typed = typed.strip().lower().replace("\x00", "")
    if _NUMBER.fullmatch(typed):
        return entries.filter(pk=int(typed[1:]))
    if _IDENTIFIER.fullmatch(typed):
        return entries.filter(Q(exchange_id=typed) | Q(request_id=typed))
    if _PHONE.fullmatch(typed):
        typed = re.sub(r"\D", "", typed)
    words = typed.split()
    for word in words:
        entries = entries.filter(search__contains=word)
    return _by_index(entries, [word for word in words if len(word) >= 3])


def names_entries(typed: str) -> bool:
    """Return whether `typed` is the number of an entry or an ID, not words."""
    typed = typed.strip().lower()
    return bool(_NUMBER.fullmatch(typed) or _IDENTIFIER.fullmatch(typed))


def _by_index(entries: "QuerySet[AuditEntry]", words: list[str]) -> "QuerySet[AuditEntry]":
    """Narrow `entries` by SQLite's index; PostgreSQL uses its own by itself."""
    if connection.vendor != "sqlite" or not words or not _has_index():
        return entries
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
    found = "SELECT rowid FROM audit_search WHERE audit_search MATCH %s"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({found} LIMIT %s)", [phrases, _COMMON])  # noqa: S608
        common = cursor.fetchone()[0] == _COMMON
    return entries if common else entries.filter(pk__in=RawSQL(found, [phrases]))  # noqa: S611  (constant)


@cache
def _has_index() -> bool:
    return "audit_search" in connection.introspection.table_names()


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = [value[name] for name in sorted(value)]  # PostgreSQL keeps names in an order of its own
    elif not isinstance(value, list):
        yield "" if value is None or isinstance(value, bool) else str(value)
        return
    for inner in value:
        yield from _leaves(inner)
