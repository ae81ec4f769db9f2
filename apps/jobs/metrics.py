"""Figures for Prometheus. They are read from the rows when asked for, so every web process tells the same."""

from collections.abc import Iterator

from django.db import DatabaseError
from django.db.models import Count, Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apps.jobs.lease import due
from apps.jobs.models import Job, JobState

_ITEMS = ("done", "failed", "unsettled", "skipped")


class JobCollector(Collector):
    """Jobs by state, items by how they ended, and how long the longest has waited for a worker."""

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: the registry must not ask the database when the process starts."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the figures; none while the database does not answer."""
        try:
            yield from self._read()
        except DatabaseError:
            return

    def _read(self) -> Iterator[Metric]:
        counts = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
        jobs = GaugeMetricFamily("patchbay_jobs", "Jobs by state.", labels=["state"])
        for state in JobState.values:
            jobs.add_metric([state], counts.get(state, 0))
        yield jobs
        sums = Job.objects.aggregate(**{name: Sum(name) for name in _ITEMS})
        items = GaugeMetricFamily("patchbay_job_items", "Items of all jobs by how they ended.", labels=["outcome"])
        for name in _ITEMS:
            items.add_metric([name], sums[name] or 0)
        yield items
        oldest = due().values_list("run_at", flat=True).first()
        waited = (timezone.now() - oldest).total_seconds() if oldest else 0
        yield GaugeMetricFamily(
            "patchbay_jobs_oldest_due_seconds", "Time the longest due job has waited for a worker.", value=waited
        )
