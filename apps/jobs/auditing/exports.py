"""Exports of the audit log: a job writes them in parts, each a stretch of the chain; the file can be fetched for a day.

Stored are only the filter as it stands in the address and how far the log reached when the button was pressed: what is
written later, the export's own entries too, is not in it.
"""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.canonical import plain
from apps.audit.chain import SEALED, content
from apps.audit.filters import AuditFilter
from apps.audit.models import AuditEntry, AuditHead
from apps.jobs.files import KEPT, available, discard, file_of, folder, limits_of, remove_expired
from apps.jobs.models import Job
from apps.jobs.services import submit

__all__ = ["KEPT", "available", "discard", "file_of", "limits_of", "remove_expired"]

KIND = "audit.export"
STRETCH = 20_000  # entries of the chain for each item of the job
FORMATS = {"csv": ("CSV", "text/csv; charset=utf-8"), "json": ("JSON", "application/json")}
COLUMNS = (*SEALED, "hash")
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_CHUNK = 2_000


def start_export(query: str, form: str, actor: User) -> Job:
    """Begin to export what `query` (a filter as in the address) shows `actor` now, as "csv" or "json"; return the job.

    Raises KeyError for another format, ValueError for a filter that cannot be read.
    """
    title, _ = FORMATS[form]
    filtered(query, actor)
    remove_expired()
    head = AuditHead.objects.first()
    through = head.sequence if head else 0
    first = AuditEntry.objects.order_by("sequence").values_list("sequence", flat=True).first() or 1
    starts = range(first, through + 1, STRETCH)
    return submit(
        KIND,
        title=f"Export the audit log as {title}",
        actor=actor,
        params={
            "query": query,
            "through": through,
            "format": form,
            "zone": str(timezone.get_current_timezone()),
            "limits": limits_of(actor),
        },
        items=[
            {
                "key": str(start),
                "label": f"#{start:,} to #{min(start + STRETCH - 1, through):,}",
                "params": {"first": start, "last": min(start + STRETCH - 1, through)},
            }
            for start in starts
        ],
        return_url=reverse("audit:list"),
    )


def filtered(query: str, reader: User) -> "QuerySet[AuditEntry]":
    """Return what the filter shows `reader`; days are those of the active time zone. Raises ValueError if it cannot be read."""
    chosen = AuditFilter(QueryDict(query), queryset=AuditEntry.objects.visible_to(reader), reader=reader)
    if not chosen.is_valid():
        raise ValueError("a filter cannot be read")  # django-filter would leave that part out, and export more
    return chosen.qs


def write_part(job: Job, position: int, first: int, last: int) -> int:
    """Write the entries of one stretch that the filter shows to a file of their own; return their number."""
    path = _part(job, position)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    count = 0
    reader = job.created_by
    assert reader is not None  # `start_export` says who asked
    with timezone.override(job.params["zone"]), draft.open("w", encoding="utf-8", newline="") as file:
        entries = filtered(job.params["query"], reader).filter(sequence__gte=first, sequence__lte=last).order_by("sequence")
        for entry in entries.iterator(chunk_size=_CHUNK):
            file.write(_written(entry, job.params["format"]))
            count += 1
    draft.replace(path)
    return count


def put_together(job: Job) -> Path:
    """Make one file of the parts and return where it is; done before, it stays as it is."""
    path = file_of(job)
    if path.exists():
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = [_part(job, position) for position in range(job.items.count())]
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        if job.params["format"] == "csv":
            file.write((",".join(COLUMNS) + "\n").encode())
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file)
        else:
            file.writelines(_array(parts))
    draft.replace(path)
    for part in parts:
        part.unlink(missing_ok=True)
    return path


def _written(entry: AuditEntry, form: str) -> str:
    values = plain({**content(entry), "hash": entry.hash})
    if form == "json":
        return json.dumps(values, ensure_ascii=False) + "\n"
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(_cell(values.get(name)) for name in COLUMNS)
    return line.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
    # An apostrophe before what a spreadsheet would run as a formula; a telephone number is none.
    return f"'{text}" if text.startswith(_RISKY) and not text[1:].isdecimal() else text


def _array(parts: list[Path]) -> Iterator[bytes]:
    """Yield the lines of all parts as one JSON array."""
    before = b"[\n"
    for part in parts:
        with part.open("rb") as source:
            for line in source:
                yield before + line.rstrip(b"\n")
                before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _part(job: Job, position: int) -> Path:
    return folder() / f"{job.public_id}.{position}.part"
