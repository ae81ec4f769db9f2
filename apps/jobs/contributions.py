"""What the frame around every screen shows of jobs (see apps/ui/frame.py)."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.jobs.models import FINAL, Job, JobState
from apps.jobs.selectors import OPEN, worker_missing
from apps.ui.formatting import when
from apps.ui.frame import Hit, Notice, Panel, Strip

_TONES = {JobState.DONE: "good", JobState.CANCELLED: "wait", JobState.NEEDS_PERSON: "warn"}
_NEWS = timedelta(days=7)


def notices(user: User) -> list[Notice]:
    """The jobs of this person that ended lately, newest first."""
    since = timezone.now() - _NEWS
    ended = Job.objects.visible_to(user).filter(created_by=user, state__in=FINAL, finished_at__gte=since)
    return [
        Notice(
            title=f"{job.title}: {job.state_words.lower()}",
            url=job.get_absolute_url(),
            at=job.finished_at,
            tone=_TONES.get(JobState(job.state), "bad"),
            detail=job.message,
        )
        for job in ended.order_by("-finished_at")[:10]
        if job.finished_at
    ]


def attention(user: User) -> int:
    """Jobs that wait for a person, and this person's failed ones that they have not looked at yet."""
    if not user.may("jobs.view"):
        return 0
    mine = Q(state=JobState.FAILED, created_by=user, seen_at=None)
    return Job.objects.in_scope(user).filter(mine | Q(state=JobState.NEEDS_PERSON)).count()


def search(user: User, text: str) -> list[Hit]:
    """Jobs whose title or connection has this text."""
    if not user.may("jobs.view") or len(text) < 2:
        return []
    words = Q(title__icontains=text) if user.sees_as_tenant else Q(title__icontains=text) | Q(connection_name__icontains=text)
    found = Job.objects.in_scope(user).filter(words)
    return [
        Hit("Job", job.title, job.state_words, job.get_absolute_url(), "stack-2")
        for job in found.order_by("-created_at", "-pk")[:5]
    ]


def home_panels(user: User) -> list[Panel]:
    """What is under way, and what ended badly and was not looked at."""
    if not user.may("jobs.view"):
        return []
    unseen = Q(state__in=[JobState.FAILED, JobState.NEEDS_PERSON], seen_at=None)
    jobs = Job.objects.in_scope(user).filter(Q(state__in=OPEN) | unseen).select_related("created_by")
    shown = list(jobs.order_by("-urgency", "-created_at", "-pk")[:6])
    return [Panel("Jobs", "jobs/_panel.html", {"jobs": shown}, url=reverse("jobs:list"))]


def strips(user: User) -> list[Strip]:
    """A word across the page when jobs wait and no worker takes them up."""
    waiting = worker_missing() if user.may("jobs.manage") else None
    if waiting is None:
        return []
    text = f"No worker is running: jobs wait since {when(waiting.run_at)}. Nothing is lost; they start with the worker."
    return [Strip(text, "warning", url=f"{reverse('jobs:list')}?state=queued", link="Show them")]
