"""Who may do what with a job."""

from django.core.exceptions import PermissionDenied

from apps.accounts.models import User
from apps.accounts.scope import connection_limit, tenant_limit
from apps.jobs.kinds import kind_of
from apps.jobs.models import Job


def allowed(person: User, job: Job, action: str) -> bool:
    """Whether `person` may "view", "cancel", "pause", "resume" or "retry" this job, in whatever state it is.

    Setting work going again wants what the work itself wants; stopping it does not.
    """
    if not person.may("jobs.view") or not _reaches(person, job):
        return False
    if action == "view":
        return True
    if not (person.may("jobs.manage") or job.created_by_id == person.pk):
        return False
    kind = kind_of(job)
    needed = kind.permission if kind else ""
    return action in {"cancel", "pause"} or not needed or person.may(needed)


def _reaches(person: User, job: Job) -> bool:
    if tenant_limit(person) is None and connection_limit(person) is None:
        return True
    return Job.objects.visible_to(person).filter(pk=job.pk).exists()


def check(actor: User | None, job: Job, action: str) -> None:
    """Raise PermissionDenied unless `allowed`; None is the portal itself."""
    if actor is not None and not allowed(actor, job, action):
        raise PermissionDenied(f"jobs: {action}")
