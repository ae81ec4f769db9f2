"""What the screens of approvals show."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.changes.approvals.kinds import thing_of
from apps.changes.approvals.services import cannot_decide, may_comment
from apps.changes.models import Approval, ApprovalState


def listed(person: User, shown: str) -> QuerySet[Approval]:
    """Return the requests that wait for `person` ("waiting"), that they asked for ("mine"), or that were "decided"."""
    if shown == "waiting":
        return Approval.objects.waiting_for(person)
    visible = Approval.objects.visible_to(person)
    if shown == "mine":
        return visible.filter(asked_by=person)
    return visible.exclude(state=ApprovalState.ASKED, expires_at__gt=timezone.now())


def shown(approval: Approval, person: User, cursor: str = "") -> dict[str, Any]:
    """Return the context of a request's page: all that would be done as it is now, and what `person` can do about it."""
    kind, thing = thing_of(approval)
    why_not = cannot_decide(approval, person)
    context: dict[str, Any] = {
        "approval": approval,
        "comments": approval.comments.select_related("author"),
        "why_not": why_not,
        "may_comment": not approval.is_over and may_comment(approval, person),
        "may_withdraw": not approval.is_over and approval.asked_by_id == person.pk,
        "may_audit": person.may("audit.view"),
        "may_decide": False,
    }
    if kind is None or thing is None:
        return context
    obstacle = "" if approval.is_over else kind.obstacle(thing)
    changed = not approval.is_over and not obstacle and kind.fingerprint(thing) != approval.fingerprint
    return {
        **context,
        **kind.shown(thing, person, cursor),
        "kind": kind,
        "url": kind.url(thing),
        "obstacle": obstacle,
        "changed": changed,
        "may_decide": approval.is_waiting and not (why_not or obstacle or changed),
    }
