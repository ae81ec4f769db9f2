"""Screens of the audit log: the list and one entry."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.audit import selectors
from apps.audit.filters import AuditFilter
from apps.audit.models import AuditEntry
from apps.ui.lists import Empty, Tab, build_list, list_response

TABS = [
    Tab("All"),
    Tab("Calls to vendors", "action=vendor.call"),
    Tab("Failed sign-ins", "action=sign_in.failed"),
    Tab("Outcome unknown", "outcome=OutcomeUnknown"),
]
EMPTY = Empty(
    "Nothing has been recorded yet",
    "Every sign-in, every change and every call that changes something at a vendor leaves an entry here.",
    icon="shield-check",
)


@requires("audit.view")
@require_GET
def entries(request: PersonRequest) -> HttpResponse:
    """Who did what, newest first."""
    listing = build_list(
        request,
        AuditEntry.objects.defer("params", "before", "after", "search"),
        table="audit/_table.html",
        noun="entry",
        plural="entries",
        filterset=AuditFilter,
        order=("-at", "-pk"),
        tabs=TABS,
        empty=EMPTY,
    )
    return list_response(request, "audit/list.html", listing)


@requires("audit.view")
@require_GET
def entry(request: PersonRequest, sequence: int) -> HttpResponse:
    """Everything about one entry, and whether the chain around it holds."""
    found = get_object_or_404(AuditEntry.objects.select_related("actor"), pk=sequence)
    context = {**selectors.detail(found), "may_manage_people": request.user.may("people.manage")}
    return render(request, "audit/entry.html", context)
