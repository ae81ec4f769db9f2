"""The plan page: what will happen, how far it is, what came of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.changes import approvals, selectors, services
from apps.changes.approvals.plans import PlanApproval
from apps.changes.models import Plan, PlanState
from apps.changes.registry import kind_of
from apps.jobs.services import mark_seen
from apps.ui.forms import TypedConfirmation
from apps.ui.http import page_or_fragment, wants_fragment

WAIT_SECONDS = 2.5  # a quick change shows its result at once; a slower one is followed on the page

_ACTIONS: dict[str, Callable[[Plan, Any], Plan]] = {
    "discard": services.discard,
    "read-again": services.read_again,
    "retry": services.retry,
    "undo": services.undo,
    "anew": services.anew,
}


@requires("changes.view")
@require_GET
def plan(request: PersonRequest, public_id: UUID) -> HttpResponse:
    """Show a plan; while it is read or applied the page follows it."""
    found = services.catch_up(_plan(request, public_id))
    if request.GET.get("live") and not found.is_moving:
        return HttpResponseClientRefresh() if wants_fragment(request) else redirect(found)
    return _show(request, found)


@requires("changes.view")
@require_POST
def apply(request: PersonRequest, public_id: UUID) -> HttpResponse:
    """Start what the plan says, once, after the count was typed if the plan has a brake."""
    found = _plan(request, public_id)
    if not request.user.may(kind_of(found).permission):
        raise PermissionDenied(kind_of(found).permission)
    confirmation = _confirmation(request, found)
    if confirmation is not None and not confirmation.is_valid():
        return _show(request, found, confirmation=confirmation, status=422)
    try:
        services.apply(found, request.user)
    except services.NotPossible as refusal:
        messages.warning(request, str(refusal))
    else:
        services.wait_for(found, WAIT_SECONDS)
    return redirect(found)


@requires("changes.view")
@require_POST
def ask(request: PersonRequest, public_id: UUID) -> HttpResponse:
    """Ask for the second person that the plan needs."""
    found = _plan(request, public_id)
    try:
        services.ask_approval(found, request.user, request.POST.get("reason", "")[:5000])
    except services.NotPossible as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "Asked. Those who can decide are told; this page shows what they say.")
    return redirect(found)


@requires("changes.view")
@require_POST
def act(request: PersonRequest, public_id: UUID, action: str) -> HttpResponse:
    """Put the plan away, read it again, try again what failed, or draw up the plan that follows from it."""
    if action not in _ACTIONS:
        raise Http404
    found = _plan(request, public_id)
    try:
        result = _ACTIONS[action](found, request.user)
    except services.NotPossible as refusal:
        messages.warning(request, str(refusal))
        return redirect(found)
    if action == "discard":
        messages.success(request, "The plan was put away. Nothing was changed.")
        return redirect(found.return_url or reverse("home"))
    services.wait_for(result, WAIT_SECONDS)
    if result.at_once and result.state == PlanState.DONE and result.return_url:
        mark_seen(request.user, result.job)
        messages.success(request, f"{result.title}: done.")
        return redirect(result.return_url)
    return redirect(result)


def _plan(request: PersonRequest, public_id: UUID) -> Plan:
    """Return the plan if this person may see what it changes; 404 for a plan no installed app knows."""
    mine = Plan.objects.visible_to(request.user).select_related("job", "created_by", "applied_by", "undo_of")
    found = get_object_or_404(mine, public_id=public_id)
    try:
        kind = kind_of(found)
    except KeyError:
        raise Http404 from None
    if not request.user.may(kind.view_permission):
        raise PermissionDenied(kind.view_permission)
    return found


def _confirmation(request: PersonRequest, found: Plan) -> TypedConfirmation | None:
    data = request.POST if request.method == "POST" else None
    return TypedConfirmation(data, expected=found.typed) if found.typed else None


def _show(
    request: PersonRequest, found: Plan, *, confirmation: TypedConfirmation | None = None, status: int = 200
) -> HttpResponse:
    if found.is_final and found.job:
        mark_seen(request.user, found.job)
    context = selectors.shown(found, request.user, request.GET.get("cursor", ""))
    if found.state == PlanState.DRAFT:
        context |= {
            "confirmation": confirmation or _confirmation(request, found),
            "brake": found.brake,
            "action_url": reverse("changes:apply", args=[found.public_id]),
            "cancel_url": found.return_url,
            "standing": approvals.standing(PlanApproval, found),
            "ask_url": reverse("changes:ask", args=[found.public_id]),
        }
        return render(request, "changes/draft.html", context, status=status)
    return page_or_fragment(request, "changes/plan.html", context, fragment="changes/_live.html", status=status)
