"""Words about jobs for templates: `{% load jobs %}`."""

from django import template

from apps.jobs.kinds import kind_of
from apps.jobs.models import Job
from apps.jobs.outcomes import counts_of, sentence

register = template.Library()


@register.filter
def remark(job: Job) -> str:
    """Return what the job's message says beyond the figures that stand beside it."""
    return "" if job.message == sentence(kind_of(job), counts_of(job)) else job.message
