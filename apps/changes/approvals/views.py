"""Screens of approvals: what waits for whom, one request with all that it would do, and the rules."""

from collections.abc import Callable
from copy import copy
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.stepup import fresh_required, posted
from apps.changes.approvals import policy, selectors, services
from apps.changes.approvals.forms import PolicyForm
from apps.changes.errors import NotPossible
from apps.changes.models import Approval
from apps.ui.lists import Empty, build_list, list_response
from apps.ui.patterns import PageTab

# The views of the list: what the tab says, and what the list says when it is empty.
_SHOWN = {
    "waiting": ("Waiting for me", "Nothing waits for you", "What somebody else wants you to look at before it is done."),
    "mine": ("Asked by me", "You have asked for nothing", "A plan or a payment that needs a second person offers to ask."),
    "decided": ("Decided", "Nothing was decided yet", "What was approved, refused, withdrawn or ran out stays here."),
}


@requires("approvals.view")
@require_GET
def approvals(request: PersonRequest) -> HttpResponse:
    """What waits for the reader, what they asked for, and what was decided."""
    shown = request.GET.get("show", "")
    shown = shown if shown in _SHOWN else "waiting"
    rows = selectors.listed(request.user, shown).select_related("asked_by", "decided_by")
    _, title, text = _SHOWN[shown]
    listing = build_list(
        request,
        rows,
        table="changes/approvals/_table.html",
        noun="request",
        order=("-asked_at", "-pk"),
        empty=Empty(title, text, icon="user-check"),
    )
    tabs = [PageTab(label, f"{request.path}?show={key}", active=key == shown) for key, (label, _, _) in _SHOWN.items()]
    return list_response(request, "changes/approvals/list.html", listing, {"page_tabs": tabs})


@requires("approvals.view")
@require_GET
def approval(request: PersonRequest, approval: UUID) -> HttpResponse:
    """One request: everything that would be done, who asks and why, what was said, and what was decided."""
    return _show(request, _approval(request, approval))


@requires("approvals.decide")
@require_POST
@fresh_required
def approve(request: PersonRequest, approval: UUID) -> HttpResponse:
    """Agree to what was asked for, as it was shown."""
    return _act(request, approval, services.approve, "Approved. Who asked can go on now.")


@requires("approvals.decide")
@require_POST
def refuse(request: PersonRequest, approval: UUID) -> HttpResponse:
    """Say no, and why."""
    return _act(request, approval, services.refuse, "Refused. Who asked sees why.")


@requires("approvals.view")
@require_POST
def comment(request: PersonRequest, approval: UUID) -> HttpResponse:
    """Say something, without deciding."""
    return _act(request, approval, services.comment, "")


@requires("approvals.view")
@require_POST
def withdraw(request: PersonRequest, approval: UUID) -> HttpResponse:
    """Take one's own request back."""
    return _act(request, approval, lambda found, person, _: services.withdraw(found, person), "Withdrawn. Nothing was changed.")


@requires("approvals.policy")
@require_http_methods(["GET", "POST"])
@fresh_required(when=posted)
def rules(request: PersonRequest) -> HttpResponse:
    """What wants a second person."""
    form = PolicyForm(request.POST or None, instance=copy(policy.current()))
    if request.method == "POST" and form.is_valid():
        changed = policy.change_policy(request.user, **form.cleaned_data)
        messages.success(request, "The rules were saved." if changed else "The rules are as they were.")
        return redirect("changes:approval_rules")
    return render(request, "changes/approvals/rules.html", {"form": form}, status=422 if form.errors else 200)


def _act(request: PersonRequest, public_id: UUID, service: Callable[[Approval, Any, str], object], said: str) -> HttpResponse:
    """Do one thing with a request; what was typed stays when it cannot be done."""
    found = _approval(request, public_id)
    try:
        service(found, request.user, request.POST.get("text", "")[:5000])
    except NotPossible as refusal:
        messages.warning(request, str(refusal))
        return _show(request, found, typed=request.POST.get("text", ""), status=422)
    if said:
        messages.success(request, said)
    return redirect(found)


def _approval(request: PersonRequest, public_id: UUID) -> Approval:
    mine = Approval.objects.visible_to(request.user).select_related("asked_by", "decided_by", "used_by", "owner")
    return get_object_or_404(mine, public_id=public_id)


def _show(request: PersonRequest, found: Approval, *, typed: str = "", status: int = 200) -> HttpResponse:
    context = selectors.shown(found, request.user, request.GET.get("cursor", ""))
    return render(request, "changes/approvals/detail.html", {**context, "typed": typed}, status=status)
