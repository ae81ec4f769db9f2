"""What screens read of jobs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.jobs.access import allowed
from apps.jobs.kinds import JobKind, kind_of
from apps.jobs.lease import due
from apps.jobs.models import FINAL, ItemState, Job, JobItem, JobLogLine, JobState, Reason

_QUIET = timedelta(seconds=30)  # a due job that waits longer, while nothing runs, means that no worker is there
OPEN = tuple(state for state in JobState if state not in FINAL)


@dataclass(frozen=True)
class Failure:
    """Items that failed for one and the same reason."""

    message: str
    error: str
    reason: str
    sent: str
    count: int


def failures(job: Job, limit: int = 8) -> list[Failure]:
    """Return why items failed or wait for a person, the most frequent first."""
    bad = job.items.filter(state__in=[ItemState.FAILED, ItemState.NEEDS_PERSON]).order_by()
    groups = bad.values("message", "error", "reason", "sent").annotate(count=Count("pk")).order_by("-count")
    return [Failure(**{**group, "reason": _words(group["reason"])}) for group in groups[:limit]]


def _words(reason: str) -> str:
    return Reason(reason).label if reason else ""


def waits_for(job: Job) -> Job | None:
    """Return the job whose exclusive place this queued one waits for."""
    if job.state != JobState.QUEUED or not job.exclusive:
        return None
    others = Job.objects.exclude(pk=job.pk)
    return others.filter(state=JobState.RUNNING, exclusive=job.exclusive).first()


def worker_missing() -> Job | None:
    """Return the job that waits longest if due jobs wait and nobody works; None when all is well."""
    oldest = due().filter(state=JobState.QUEUED).first()
    if oldest is None or timezone.now() - oldest.run_at < _QUIET:
        return None
    working = Job.objects.filter(state=JobState.RUNNING, lease_until__gt=timezone.now()).exists()
    return None if working else oldest


def buttons(person: User, job: Job) -> dict[str, bool]:
    """Return which of the job's buttons this person may press now."""
    going = job.state in {JobState.QUEUED, JobState.RUNNING} and not job.cancel_requested
    held = job.state == JobState.PAUSED or (job.state == JobState.RUNNING and job.pause_requested)
    stopped = job.state == JobState.FAILED and job.left > 0
    kind = kind_of(job)
    may = {action: allowed(person, job, action) for action in ("cancel", "pause", "resume", "retry")}
    return {
        "pause": may["pause"] and going and not job.pause_requested,
        "resume": may["resume"] and (held or stopped) and not job.cancel_requested,
        "cancel": may["cancel"] and not job.is_final and not job.cancel_requested,
        "retry": may["retry"] and job.is_final and job.failed > 0,
        "settle": may["retry"] and job.is_final and kind is not None and kind.people_settle,
    }


def lines_after(job: Job, last: int = 0, limit: int = 200) -> list[JobLogLine]:
    """Return the newest log lines with a primary key above `last`, newest first."""
    return list(job.lines.filter(pk__gt=last).order_by("-pk")[:limit])


def csv_rows(job: Job) -> Iterator[list[Any]]:
    """Yield the job's items as rows for a spreadsheet, the heading first, in the order they were given."""
    kind = kind_of(job)
    extra = dict(kind.result_fields) if kind else {}
    heads = ["#", "Item", "Key", "State", "Message", "Reason", "Error", "Sent", "Started", "Ended"]
    yield [*heads, *extra.values()]
    for item in items_of(job).order_by("position").iterator(chunk_size=1000):
        result = item.result or {}
        row = [item.position + 1, item.label, item.key, item.get_state_display(), item.message]
        row += [item.get_reason_display(), item.error, item.sent, _iso(item.started_at), _iso(item.finished_at)]
        yield [_cell(value) for value in [*row, *(result.get(name, "") for name in extra)]]


def items_of(job: Job, state: str = "") -> QuerySet[JobItem]:
    """The job's items, all or those in one state."""
    return job.items.filter(state=state) if state else job.items.all()


def shown_results(kind: JobKind | None, item: JobItem) -> list[tuple[str, Any]]:
    """Return heading and value of what the kind wants shown of an item's result."""
    if kind is None or not item.result:
        return []
    return [(head, item.result[name]) for name, head in kind.result_fields.items() if name in item.result]


def _iso(moment: Any) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _cell(value: Any) -> Any:
    """Keep spreadsheets from reading text as a formula; phone numbers and figures stay as they are."""
    text = str(value)
    formula = text[:1] in {"=", "@", "\t", "\r"} or (text[:1] in {"+", "-"} and not text[1:].isdecimal())
    return f"'{text}" if formula else value
