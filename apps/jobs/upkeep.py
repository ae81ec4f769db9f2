"""What the portal does for itself: it looks at connections that nobody used for a while, and forgets old scheduled jobs."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import Q
from django.utils import timezone

from apps.connections.models import Connection
from apps.connections.services import enabled_connections, probe
from apps.jobs.context import Context
from apps.jobs.kinds import JobKind, register
from apps.jobs.models import Job, JobItem, JobState, Schedule

PROBED_AFTER = timedelta(minutes=5)  # without any call; a connection in use tells how it is by itself
KEPT_SCHEDULED = timedelta(days=2)


@register
class ProbeConnections(JobKind):
    """Ask each connection its vendor's cheapest read; that one is down is its health's news, not a failed job."""

    key = "connections.probe"
    title = "Look at the connections"
    item_noun: ClassVar[tuple[str, str]] = ("connection", "connections")
    concurrency = 4
    repeatable = True

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        connection = Connection.objects.filter(name=item.key, enabled=True).first()
        if connection is None:
            return {"message": "It is not in use any more."}
        trial = probe(connection)
        return {"message": trial.problem["title"] if trial.problem else f"Answered in {trial.seconds * 1000:.0f} ms."}

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        lately = Q(last_ok_at__gt=timezone.now() - PROBED_AFTER) | Q(last_failed_at__gt=timezone.now() - PROBED_AFTER)
        seen = set(Connection.objects.filter(lately).values_list("pk", flat=True))
        return [{"key": row.name, "label": row.name} for row in enabled_connections() if row.pk not in seen] or None


@register
class ForgetScheduledJobs(JobKind):
    """Delete scheduled jobs that ended well days ago; what people asked for, and what failed, stays."""

    key = "jobs.forget"
    title = "Forget old scheduled jobs"
    repeatable = True

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        deleted = forgettable().delete()[1].get(Job._meta.label, 0)
        return {"message": f"{deleted} forgotten."}

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        return [{"key": "all", "label": "Scheduled jobs"}] if forgettable().exists() else None


def forgettable() -> Any:
    """Return the jobs that nobody misses: a schedule's own, done, and older than `KEPT_SCHEDULED`."""
    return Job.objects.filter(created_by=None, state=JobState.DONE, finished_at__lt=timezone.now() - KEPT_SCHEDULED)
