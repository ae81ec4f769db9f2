"""Who works on a job: the conditional updates that let one worker in and keep all others out.

Every write of a runner carries its owner mark in the WHERE, so a runner that lost its lease changes nothing.
"""

import os
import socket
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from apps.jobs.models import Job, JobState


def lease_time() -> timedelta:
    """How long a worker may be silent before its job is taken over."""
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _claimable() -> Q:
    now = timezone.now()
    return Q(state=JobState.QUEUED, run_at__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now)


def due() -> QuerySet[Job]:
    """Jobs that a worker should take up now, longest waiting first; none that would only wait for another."""
    others = Job.objects.exclude(pk=OuterRef("pk"))
    holder = others.filter(state=JobState.RUNNING, exclusive=OuterRef("exclusive"))
    return Job.objects.filter(_claimable()).exclude(~Q(exclusive=""), Exists(holder)).order_by("run_at", "pk")


class Lease:
    """One worker's hold on one job, from `claim` to `let_go`."""

    def __init__(self, pk: int, owner: str) -> None:
        self.pk = pk
        self.owner = owner

    @classmethod
    def claim(cls, pk: int) -> "Lease | None":
        """Take the job with this primary key; None if it is not due, taken, or its exclusive place is."""
        lease = cls(pk, f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid.uuid4().hex[:12]}")
        now = timezone.now()
        try:
            with transaction.atomic():
                claimed = Job.objects.filter(_claimable(), pk=pk).update(
                    # An expired lease means that a worker died; the count starts anew whenever the job moves.
                    crashes=F("crashes") + Case(When(state=JobState.RUNNING, then=1), default=0),
                    state=JobState.RUNNING,
                    lease_owner=lease.owner,
                    lease_until=now + lease_time(),
                    attempt=F("attempt") + 1,
                    started_at=Case(When(started_at=None, then=Value(now)), default=F("started_at")),
                    message="",
                    pace=0,
                )
        except IntegrityError:  # another job with the same exclusive text is running
            return None
        return lease if claimed else None

    def held(self) -> QuerySet[Job]:
        """The job as a query that is empty once the lease is lost."""
        return Job.objects.filter(pk=self.pk, state=JobState.RUNNING, lease_owner=self.owner)

    def open(self) -> QuerySet[Job]:
        """As `held`, and empty also when somebody asked to cancel or to pause."""
        return self.held().filter(cancel_requested=False, pause_requested=False)

    def renew(self, **changes: Any) -> bool:
        """Prolong the lease and store `changes`; False if it was lost."""
        return bool(self.held().update(lease_until=timezone.now() + lease_time(), **changes))

    def let_go(self, state: JobState, condition: Q | None = None, /, **changes: Any) -> bool:
        """Give the job up in `state`; False if the lease was lost before, or the row fails `condition`."""
        mine = self.held().filter(condition or Q())
        return bool(mine.update(state=state, lease_owner="", lease_until=None, pace=0, **changes))
