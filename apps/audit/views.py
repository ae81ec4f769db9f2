"""Screens of the audit log: the list and one entry."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.audit import selectors
from apps.audit.filters import AuditFilter
from apps.audit.models import AuditEntry, SavedFilter
from apps.audit.saved import SavedFilterForm, saved_filters
from apps.audit.wording import filter_words
from apps.ui.lists import Empty, Tab, build_list, list_response

TABS = (
    Tab("All"),
    Tab("Calls to vendors", "action=vendor.call"),
    Tab("Failed sign-ins", "action=sign_in.failed"),
    Tab("Outcome unknown", "outcome=OutcomeUnknown"),
    Tab("Denied", "action=access.denied"),
)
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
        AuditEntry.objects.visible_to(request.user).defer("params", "before", "after", "search"),
        table="audit/_table.html",
        noun="entry",
        plural="entries",
        filterset=AuditFilter,
        order=("-at", "-pk"),
        tabs=[*TABS, *(Tab(saved.name, saved.query) for saved in saved_filters(request.user))],
        empty=EMPTY,
    )
    return list_response(request, "audit/list.html", listing)


@requires("audit.view")
@require_GET
def entry(request: PersonRequest, sequence: int) -> HttpResponse:
    """Everything about one entry, and whether the chain around it holds."""
    found = get_object_or_404(AuditEntry.objects.visible_to(request.user).select_related("actor"), pk=sequence)
    context = {**selectors.detail(found, request.user), "may_manage_people": request.user.may("people.manage")}
    return render(request, "audit/entry.html", context)


@requires("audit.view")
@require_http_methods(["GET", "POST"])
def filters(request: PersonRequest) -> HttpResponse:
    """The person's saved filters and those shared with them; with a filter in the address, a form that saves it."""
    query = request.GET.urlencode()
    form = SavedFilterForm(request.POST or None, owner=request.user, query=query)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, f"{saved.name} is saved and stands above the audit log.")
        return redirect(saved)
    context = {"form": form, "query": query, "words": filter_words(query), "saved": saved_filters(request.user)}
    return render(request, "audit/filters.html", context, status=422 if form.is_bound else 200)


@requires("audit.view")
@require_POST
def delete_filter(request: PersonRequest, pk: int) -> HttpResponse:
    """Forget a saved filter of this person's."""
    saved = get_object_or_404(SavedFilter, pk=pk, owner=request.user)
    saved.delete()
    messages.success(request, f"{saved.name} is gone.")
    return redirect("audit:filters")
