"""What the frame around every screen shows of approvals (see apps/ui/frame.py)."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.changes.models import Approval, ApprovalState
from apps.ui.frame import Notice, Panel

_NEWS = timedelta(days=7)


def attention(user: User) -> int:
    """Return how many requests wait for this person."""
    return Approval.objects.waiting_for(user).count() if user.may("approvals.decide") else 0


def home_panels(user: User) -> list[Panel]:
    """Return the card of what waits for this person, if anything does."""
    if not user.may("approvals.decide"):
        return []
    waiting = list(Approval.objects.waiting_for(user).select_related("asked_by").order_by("asked_at", "pk")[:6])
    if not waiting:
        return []
    return [Panel("Waiting for you", "changes/approvals/_panel.html", {"approvals": waiting}, reverse("changes:approvals"))]


def notices(user: User) -> list[Notice]:
    """Tell of what waits for this person, and of what was decided about what they asked for, newest first."""
    if not user.may("approvals.view"):
        return []
    decided = Q(asked_by=user, decided_at__gte=timezone.now() - _NEWS)
    waiting = Q(pk__in=Approval.objects.waiting_for(user).values("pk"))
    found = Approval.objects.filter(decided | waiting).select_related("asked_by", "decided_by").order_by("-asked_at", "-pk")
    return [_notice(one) for one in found[:10]]


def _notice(approval: Approval) -> Notice:
    url = approval.get_absolute_url()
    if approval.decided_at is None:
        return Notice(f"{approval.asked_by} asks: {approval.title}", url, approval.asked_at, "warn", approval.reason)
    said = "refused" if approval.state == ApprovalState.REFUSED else "approved"
    tone = "bad" if approval.state == ApprovalState.REFUSED else "good"
    return Notice(f"{approval.decided_by} {said}: {approval.title}", url, approval.decided_at, tone, approval.comment)
