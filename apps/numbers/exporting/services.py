"""Exporting what a filter shows: to the browser while it is short, else to a file by a job.

Stored are only the filter as it stands in the address and whose rows were chosen; the job asks anew what its person may see.
"""

from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from apps.accounts.models import Tenant, User
from apps.jobs import files
from apps.jobs.models import Job
from apps.jobs.services import submit
from apps.numbers.exporting.writing import columns_for, csv_lines, write_xlsx
from apps.numbers.filters import NumberFilter
from apps.numbers.models import Number
from apps.ui.paging import Count, capped_count

KIND = "numbers.export"
AT_ONCE = 10_000  # rows of CSV that are sent without a job
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {"csv": ("CSV", "text/csv; charset=utf-8"), "xlsx": ("Excel (XLSX)", XLSX)}


@dataclass(frozen=True)
class _Asked:
    """What the filter wants to know of a request."""

    user: User


def filtered(query: str, person: User) -> QuerySet[Number]:
    """Return what the filter shows `person`. Raises ValueError if it cannot be read."""
    mine = Number.objects.in_scope(person)
    chosen = NumberFilter(QueryDict(query), queryset=mine, request=_Asked(person))
    if not chosen.is_valid():
        raise ValueError("a filter cannot be read")  # django-filter would leave that part out, and export more
    return chosen.qs


def count(query: str, person: User) -> Count:
    """Return how many rows an export holds, counted as far as it matters. Raises as `filtered`."""
    return capped_count(filtered(query, person), AT_ONCE)


def start(query: str, form: str, actor: User) -> Job:
    """Begin to write what `query` shows `actor`, as "csv" or "xlsx"; return the job.

    Raises KeyError for another format, ValueError for a filter that cannot be read.
    """
    title, _ = FORMATS[form]
    filtered(query, actor)
    files.remove_expired()
    return submit(
        KIND,
        title=f"Export numbers as {title}",
        actor=actor,
        params={
            "query": query,
            "format": form,
            "tenant": actor.chosen_tenant.key if actor.chosen_tenant else "",
            "limits": files.limits_of(actor),
        },
        items=[{"key": "file", "label": "The file"}],
        return_url=reverse("numbers:list"),
    )


def write(job: Job) -> int:
    """Write the file of `job`, whole or not at all; return how many numbers it holds. Raises ValueError, TooLong."""
    person = job.created_by
    assert person is not None  # `start` says who asked
    if chosen := job.params["tenant"]:
        # Chosen at the time; one the person may no longer know of leaves nothing to see.
        person.chosen_tenant = Tenant.objects.visible_to(person).get(key=chosen)
    rows, columns = filtered(job.params["query"], person), columns_for(person, job.params["query"])
    path = files.file_of(job)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    try:
        written = _write_csv(draft, rows, columns) if job.params["format"] == "csv" else write_xlsx(draft, rows, columns)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return written


def _write_csv(path: Path, rows: QuerySet[Number], columns: tuple[str, ...]) -> int:
    lines = 0
    with path.open("wb") as file:
        for block in csv_lines(rows, columns):
            file.write(block)
            lines += block.count(b"\n")
    return lines - 1
