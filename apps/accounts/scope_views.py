"""The scope switch in the bar, and seeing the portal as a tenant."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from apps.accounts import tenants
from apps.accounts.acting import under
from apps.accounts.models import Tenant
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.tickets import TicketForm, ask, work_under
from apps.ui.http import way_back


@require_POST
def choose(request: PersonRequest) -> HttpResponse:
    """Show one tenant's rows alone from now on, or all again; then come back to where the person was."""
    key = request.POST.get("tenant", "")
    if key and request.user.viewing_as is None:
        tenants.choose(request.session, get_object_or_404(Tenant.objects.visible_to(request.user), key=key))
    else:
        tenants.choose(request.session, None)
    # Filters and pages of the old scope mean nothing in the new one.
    return HttpResponseRedirect(way_back(request, request.POST.get("next", "")).partition("?")[0])


@requires("tickets.name")
@require_http_methods(["GET", "POST"])
def ticket(request: PersonRequest) -> HttpResponse:
    """Say under which ticket one works from now on, or that one no longer does."""
    form = TicketForm(request.POST or None)
    if request.method == "POST" and "ticket_asked" in request.POST:
        form = TicketForm(request.POST, worker=request.user)
        if not form.is_valid():
            return ask(request, form)
        work_under(request.session, form.acting())
        return trigger_client_event(HttpResponse(), "stepped-up", {})  # the dialog closes, and what waited is sent again
    back = way_back(request, request.POST.get("next", request.GET.get("next", "")))
    if request.method == "POST" and form.is_valid():
        work_under(request.session, form.acting() if "stop" not in request.POST else {"ticket": "", "reason": ""})
        return HttpResponseRedirect(back)
    return render(request, "accounts/ticket.html", {"form": form, "back": back}, status=422 if form.errors else 200)


@requires("tenants.view_as")
@require_http_methods(["GET", "POST"])
def view_as(request: PersonRequest, key: str) -> HttpResponse:
    """Ask why, then begin to see what a tenant's administrator sees."""
    tenant = get_object_or_404(Tenant.objects.visible_to(request.user).filter(active=True), key=key)
    form = TicketForm(request.POST if request.method == "POST" else None, worker=request.user)
    if not form.is_valid():
        return render(request, "tenants/view_as.html", {"form": form, "tenant": tenant}, status=422 if form.errors else 200)
    given = form.acting()
    with under(**given):
        tenants.view_as(request.session, tenant, request.user)
    if given["ticket"]:
        work_under(request.session, given)
    return redirect("/")


@require_POST
def stop(request: PersonRequest) -> HttpResponse:
    """Be oneself again, on the page of the tenant that was seen as."""
    tenant = tenants.stop_viewing(request.session, request.user)
    if tenant is None:
        return redirect("/")
    messages.success(request, f"You are yourself again, no longer {tenant}.")
    return redirect(tenant)
