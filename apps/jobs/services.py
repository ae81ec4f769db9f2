"""What people and other apps can do with jobs. The worker's side is `runner.py`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts.acting import acting_of, resumed, under
from apps.accounts.models import User
from apps.accounts.scope import sole_tenant
from apps.audit import services as audit
from apps.audit.redaction import is_secret
from apps.audit.services import HERE
from apps.connections.models import Connection
from apps.jobs.access import allowed, check
from apps.jobs.contributions import attention, home_panels, notices, search, strips
from apps.jobs.kinds import JobKind, kind_of, kinds
from apps.jobs.models import FINAL, ItemState, Job, JobItem, JobLogLine, JobState, Schedule
from apps.jobs.outcomes import counters, final_state, sentence
from apps.jobs.tasks import wake_on_commit

__all__ = ["allowed", "attention", "home_panels", "notices", "search", "strips"]  # the frame looks here

_BATCH = 1000
# A person's answers to an item that needs one, and what is said when it was taken.
ANSWERS = {
    "done": "{label} counts as done now.",
    "failed": "{label} counts as failed now, and can be run again.",
    "check": "{label} is checked once more.",
}


class NotPossible(Exception):
    """The job is not in a state for that; the message says so in one sentence for people."""


class SecretInParams(ValueError):
    """Job parameters are stored in clear and shown on screens: name a connection instead."""


def submit(
    kind: str | type[JobKind],
    *,
    title: str,
    actor: User | None,
    connection: Connection | None = None,
    params: Mapping[str, Any] | None = None,
    items: Iterable[Mapping[str, Any]] = (),
    return_url: str = "",
    exclusive: str = "",
    run_at: datetime | None = None,
) -> Job:
    """Store a job with its items and wake a worker once the transaction commits; return the job.

    `items` are {"key", "label", "params"}, worked on in this order; `key` is unique within the job. Of all
    jobs with one `exclusive` text only one runs at a time, the others wait. `return_url` is a path of this
    portal. Raises KeyError for an unknown kind, SecretInParams, and ValueError for doubled keys or a foreign
    `return_url`.
    """
    key = kind if isinstance(kind, str) else kind.key
    params = dict(params or {})
    _refuse_secrets(params)
    if return_url and not url_has_allowed_host_and_scheme(return_url, allowed_hosts=None):
        raise ValueError(f"return_url must be a path of this portal, not {return_url!r}")
    context = structlog.contextvars.get_contextvars()
    with transaction.atomic():
        job = Job.objects.create(
            kind=kinds[key].key,
            title=title[:200],
            connection=connection,
            connection_name=connection.name if connection else "",
            params=params,
            exclusive=exclusive,
            return_url=return_url,
            request_id=str(context.get("request_id", ""))[:64],
            created_by=actor,
            requested_by=actor,
            tenant=sole_tenant(actor),
            acting=acting_of(actor).stored(),
            run_at=run_at or timezone.now(),
        )
        job.total = _store_items(job, items)
        job.save(update_fields=["total"])
        if actor is not None:
            _record("job.submitted", job, actor, items=job.total, job_params=params)
        wake_on_commit(job.pk)
    return job


def cancel(job: Job, actor: User | None) -> Job:
    """Stop a job between two items. A call in flight is never interrupted; items not begun are skipped.

    Raises NotPossible when it has ended, PermissionDenied when it is not this person's to stop.
    """
    check(actor, job, "cancel")
    kind = kind_of(job)
    waiting = Q(state__in=[JobState.QUEUED, JobState.PAUSED])
    # With nothing begun or nothing to tidy up there is no need to wait for a worker.
    tidy = kind is not None and type(kind).cancelled is not JobKind.cancelled
    at_once = waiting & Q(attempt=0) if tidy else waiting
    now = timezone.now()
    with transaction.atomic():
        cut_off = job.items.filter(state=ItemState.RUNNING).exists()
        if not cut_off and _move(job, at_once, state=JobState.CANCELLED, finished_at=now, pause_requested=False):
            job.items.filter(state=ItemState.PENDING).update(state=ItemState.SKIPPED)
            _move(job, Q(), message=sentence(kind, recount(job)))
        elif _move(job, waiting, state=JobState.QUEUED, cancel_requested=True, pause_requested=False, run_at=now):
            wake_on_commit(job.pk)
        elif not _move(job, Q(state=JobState.RUNNING), cancel_requested=True, pause_requested=False):
            raise NotPossible("This job has ended already; there is nothing left to cancel.")
        _record("job.cancelled", job, actor)
    return _fresh(job)


def pause(job: Job, actor: User | None) -> Job:
    """Hold a job between two items; it keeps its place. Raises as `cancel` does."""
    check(actor, job, "pause")
    with transaction.atomic():
        free = Q(cancel_requested=False)
        if not _move(job, free & Q(state=JobState.QUEUED), state=JobState.PAUSED) and not _move(
            job, free & Q(state=JobState.RUNNING), pause_requested=True
        ):
            raise NotPossible("Only a job that waits or runs can be paused.")
        _record("job.paused", job, actor)
    return _fresh(job)


def resume(job: Job, actor: User | None) -> Job:
    """Let a paused job go on, or one that a fault stopped before its last item. Raises as `cancel` does."""
    check(actor, job, "resume")
    stopped = Q(state=JobState.FAILED, total__gt=F("done") + F("failed") + F("unsettled") + F("skipped"))
    with transaction.atomic():
        # A pause that no worker has acted on yet is simply taken back.
        taken_back = _move(job, Q(state=JobState.RUNNING, pause_requested=True), pause_requested=False)
        if not taken_back and not _requeue(job, Q(state=JobState.PAUSED) | stopped, actor):
            raise NotPossible("Only a paused job, or one stopped by a fault, can go on.")
        _record("job.resumed", job, actor)
    return _fresh(job)


def retry_failed(job: Job, actor: User | None) -> Job:
    """Run the failed items again, besides any that a fault kept from being begun. Raises as `cancel` does."""
    check(actor, job, "retry")
    ended = Q(state__in=FINAL, failed__gt=0)
    with transaction.atomic():
        if not _requeue(job, ended, actor):
            raise NotPossible("There are no failed items to run again, or the job is still at work.")
        count = job.items.filter(state=ItemState.FAILED).update(
            state=ItemState.PENDING,
            tries=0,
            reason="",
            error="",
            message="",
            sent="",
            started_at=None,
            finished_at=None,
        )
        recount(job)
        _record("job.retried", job, actor, items=count)
    return _fresh(job)


def settle(item: JobItem, actor: User | None, outcome: str, note: str = "", *, own_screen: bool = False) -> Job:
    """Answer an item that needs a person: it is "done", it "failed", or "check" asks the vendor again.

    Raises NotPossible when the item is not waiting for an answer or its kind has its own screen for it, unless the
    answer comes from there (`own_screen`).
    """
    job = item.job
    check(actor, job, "retry")
    kind = kind_of(job)
    if kind is None or not (kind.people_settle or own_screen):
        raise NotPossible("This is settled on the page the job came from, not here.")
    states = {"done": ItemState.DONE, "failed": ItemState.FAILED, "check": ItemState.RUNNING}
    changes: dict[str, Any] = {"state": states[outcome]}
    if outcome != "check":
        who = f"Settled by {actor.get_username() if actor else 'the portal'}"
        changes["message"] = f"{who}: {note}" if note else f"{who}."
    waiting = JobItem.objects.filter(pk=item.pk, state=ItemState.NEEDS_PERSON, job__state__in=FINAL)
    with transaction.atomic():
        if not waiting.update(**changes):
            raise NotPossible("This item is not waiting for an answer.")
        counts = recount(job)
        if outcome == "check":
            # Found running by the next worker, it goes through the kind's recover_item.
            _requeue(job, Q(state__in=FINAL), actor)
        elif not counts["unsettled"]:
            state = final_state(counts)
            _move(job, Q(state=JobState.NEEDS_PERSON), state=state, message=sentence(kind, counts))
        _record("job.item_settled", job, actor, item=item.label, answer=outcome, note=note)
    return _fresh(job)


def notifications(person: User, limit: int = 10) -> list[Job]:
    """Jobs of this person that ended and were not looked at since, newest first."""
    return list(_unseen(person).order_by("-finished_at")[:limit])


def mark_seen(person: User, job: Job | None = None) -> int:
    """Take one ended job of this person, or all, off their notifications; return how many that were."""
    unseen = _unseen(person)
    return (unseen.filter(pk=job.pk) if job else unseen).update(seen_at=timezone.now())


def schedule(
    key: str,
    kind: str | type[JobKind],
    *,
    title: str,
    every: timedelta,
    connection: Connection | None = None,
    params: Mapping[str, Any] | None = None,
    enabled: bool = True,
) -> Schedule:
    """Store or change the schedule called `key`; the time of its next run stays. Raises as `submit` does."""
    _refuse_secrets(params or {})
    kind_key = kinds[kind if isinstance(kind, str) else kind.key].key
    if every < timedelta(seconds=1):
        raise ValueError("A schedule needs at least a second between runs.")
    fields = {"kind": kind_key, "title": title, "every": every, "connection": connection, "enabled": enabled}
    row, _ = Schedule.objects.update_or_create(key=key, defaults={**fields, "params": dict(params or {})})
    return row


def start_scheduled() -> list[Job]:
    """Turn due schedules into jobs; of many workers one wins each, and a run still at work is not doubled."""
    jobs = []
    now = timezone.now()
    for row in Schedule.objects.filter(enabled=True, next_run_at__lte=now).select_related("last_job", "connection"):
        with transaction.atomic():
            # Missed runs are not made up for: the next one counts from now.
            mine = Schedule.objects.filter(pk=row.pk, enabled=True, next_run_at=row.next_run_at)
            if not mine.update(next_run_at=now + row.every):
                continue
            if row.kind not in kinds or (row.last_job and not row.last_job.is_final):
                continue
            items = kinds[row.kind].scheduled_items(row)
            if items is None:
                continue
            job = submit(row.kind, title=row.title, actor=None, connection=row.connection, params=row.params, items=items)
            Schedule.objects.filter(pk=row.pk).update(last_job=job)
            jobs.append(job)
    return jobs


def recount(job: Job) -> dict[str, int]:
    """Set the job's counters from its items and return them."""
    counts = counters(dict(job.items.order_by().values_list("state").annotate(Count("pk"))))
    Job.objects.filter(pk=job.pk).update(**counts)
    return counts


def _store_items(job: Job, items: Iterable[Mapping[str, Any]]) -> int:
    """Store `items` in batches and return their number."""
    seen: set[str] = set()
    batch: list[JobItem] = []
    for row in _rows(job, items, seen):
        batch.append(row)
        if len(batch) == _BATCH:
            JobItem.objects.bulk_create(batch)
            batch = []
    JobItem.objects.bulk_create(batch)
    return len(seen)


def _rows(job: Job, items: Iterable[Mapping[str, Any]], seen: set[str]) -> Iterator[JobItem]:
    for position, item in enumerate(items):
        key = str(item["key"])
        if key in seen:
            raise ValueError(f"Two items of one job have the key {key!r}.")
        seen.add(key)
        params = dict(item.get("params") or {})
        _refuse_secrets(params)
        label = str(item.get("label") or key)[:200]
        yield JobItem(job=job, position=position, key=key, label=label, params=params)


def _refuse_secrets(params: Any) -> None:
    """Raise SecretInParams if anything in `params`, at any depth, is named like a secret."""
    if isinstance(params, Mapping):
        for name, value in params.items():
            if is_secret(str(name)) and value not in (None, "") and not isinstance(value, bool):
                raise SecretInParams(f"Job parameters are stored in clear, so {name!r} may not be among them.")
            _refuse_secrets(value)
    elif isinstance(params, list | tuple):
        for value in params:
            _refuse_secrets(value)


def _move(job: Job, condition: Q, **changes: Any) -> bool:
    """Change the job if it still meets `condition`; whether it did."""
    return bool(Job.objects.filter(condition, pk=job.pk).update(**changes))


def _requeue(job: Job, condition: Q, actor: User | None) -> bool:
    """Queue a job that stands still, in the name of `actor`; whether it met `condition`."""
    changes = {"requested_by": actor, "acting": {**job.acting, **acting_of(actor).stored()}} if actor is not None else {}
    moved = _move(
        job,
        condition,
        state=JobState.QUEUED,
        run_at=timezone.now(),
        closing_at=None,
        reason="",
        message="",
        crashes=0,
        cancel_requested=False,
        pause_requested=False,
        finished_at=None,
        seen_at=None,
        **changes,
    )
    if moved:
        wake_on_commit(job.pk)
    return moved


def _record(action: str, job: Job, actor: User | None, **params: Any) -> None:
    """Audit what a person did to a job, and say it in the job's own log."""
    if action != "job.submitted":
        who = actor.get_username() if actor else "the portal"
        text = f"{action.removeprefix('job.').replace('_', ' ').capitalize()} by {who}."
        JobLogLine.objects.create(job=job, text=text)
    with under(**resumed(job.acting)):
        audit.record(
            action,
            actor=actor,
            actor_label="" if actor else "portal",
            tenant=job.tenant or HERE,
            connection_id=job.connection_id,
            connection_name=job.connection_name,
            target=f"job {job.public_id}",
            params={"kind": job.kind, "title": job.title, **params},
        )


def _unseen(person: User) -> QuerySet[Job]:
    mine = Job.objects.visible_to(person).filter(created_by=person)
    return mine.filter(state__in=FINAL, finished_at__isnull=False, seen_at=None)


def _fresh(job: Job) -> Job:
    job.refresh_from_db()
    return job
