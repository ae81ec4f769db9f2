"""What a kind gets to see of the job it works on."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.jobs.models import ItemState, Job, JobItem, JobLogLine
from apps.jobs.outcomes import storable


class Context:
    """Handed to every method of a kind; shared by all threads of one run."""

    def __init__(self, job: Job, stopping: Callable[[], bool]) -> None:
        self.job = job  # as it was when this run began: read its facts, not its progress
        self.summary = ""
        self.summary_url = ""
        self._stopping = stopping

    @property
    def params(self) -> dict[str, Any]:
        return self.job.params

    @property
    def connection(self) -> Connection | None:
        return self.job.connection

    @property
    def actor(self) -> User | None:
        """In whose name the work goes on: whoever submitted, resumed or retried last; None for a schedule."""
        return self.job.requested_by

    @property
    def stopping(self) -> bool:
        """Whether a long step should come to an end soon: the worker is shutting down or lost the job."""
        return self._stopping()

    def items(self, *states: ItemState) -> QuerySet[JobItem]:
        """The job's items in order, all or those in `states`."""
        items = self.job.items.order_by("position")
        return items.filter(state__in=states) if states else items

    def log(self, text: str, level: str = "info") -> None:
        """Save a line of the job's log now; `level` is "info", "warning" or "error". Never a secret."""
        JobLogLine.objects.create(job=self.job, text=storable(text), level=JobLogLine.Level(level))

    def summarise(self, text: str, url: str = "") -> None:
        """Set the sentence that tells how the job ended, and where its "back" button leads. For `finish`."""
        self.summary = text
        self.summary_url = url
