"""The log as JSON lines, for keeping elsewhere and for other tools."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from apps.audit.canonical import plain
from apps.audit.chain import content
from apps.audit.models import AuditEntry


def lines(since: datetime | None = None, until: datetime | None = None, actions: list[str] | None = None) -> Iterator[str]:
    """Yield one JSON document an entry, oldest first, with the hash; from `since` on, before `until`.

    An action given as "sign_in." means all that begin so.
    """
    entries = AuditEntry.objects.order_by("sequence")
    if since:
        entries = entries.filter(at__gte=since)
    if until:
        entries = entries.filter(at__lt=until)
    exact = {action for action in actions or () if not action.endswith(".")}
    families = tuple(action for action in actions or () if action.endswith("."))
    for entry in entries.iterator(chunk_size=2_000):
        if not actions or entry.action in exact or entry.action.startswith(families):
            yield json.dumps(plain({**content(entry), "hash": entry.hash}), ensure_ascii=False)


def moment(text: str, *, end: bool = False) -> datetime:
    """Read "2026-11-21" or "2026-11-21T10:00+01:00"; a day means its beginning, or with `end` its end.

    Without an offset the portal's own zone is meant. Raises ValueError for anything else.
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("a time is written 2026-11-21 or 2026-11-21T10:00+01:00") from error
    if len(text) == len("2026-11-21"):
        value = datetime.combine(date.fromisoformat(text) + timedelta(days=end), time.min)
    return value if value.tzinfo else timezone.make_aware(value)
