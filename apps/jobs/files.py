"""Files that jobs write for whoever asked: one file a job, to be fetched for a day by that person alone."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.scope import connection_limit, tenant_limit
from apps.jobs.models import Job, JobState

KEPT = timedelta(hours=24)


def limits_of(reader: User) -> str:
    """Return what narrows what `reader` sees, to be compared later; "" where nothing does."""
    limits = [tenant_limit(reader), connection_limit(reader)]
    return "" if limits == [None, None] else " / ".join("all" if one is None else str(sorted(one)) for one in limits)


def folder() -> Path:
    """Return where the files are."""
    return Path(settings.DATA_DIR) / "exports"


def file_of(job: Job) -> Path:
    """Return where the file of `job` is, or will be; its parameters hold the "format" and what its maker's "limits" were."""
    return folder() / f"{job.public_id}.{job.params['format']}"


def available(job: Job, reader: User) -> bool:
    """Return whether the file of `job` can be fetched: whole, not older than `KEPT`, and no more than `reader` may read now."""
    now = limits_of(reader)
    if now and now != job.params.get("limits", ""):
        return False
    ended = job.state == JobState.DONE and job.finished_at is not None
    return ended and job.finished_at > timezone.now() - KEPT and file_of(job).exists()  # type: ignore[operator]


def discard(job: Job) -> None:
    """Remove what a job has written so far."""
    for path in folder().glob(f"{job.public_id}.*"):
        path.unlink(missing_ok=True)


def remove_expired() -> None:
    """Remove the files that can no longer be fetched."""
    limit = (timezone.now() - KEPT).timestamp()
    for path in folder().glob("*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
