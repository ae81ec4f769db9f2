"""The scope switch in the bar, and seeing the portal as a tenant."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.accounts import tenants
from apps.accounts.models import Tenant
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.sessions import ends_at_latest
from apps.ui.http import way_back


@require_POST
def choose(request: PersonRequest) -> HttpResponse:
    """Show one tenant's rows alone from now on, or all again; then come back to where the person was."""
    key = request.POST.get("tenant", "").replace("\x00", " ")  # no key has either, but PostgreSQL stumbles over the first
    if key and request.user.viewing_as is None:
        tenants.choose(request.session, get_object_or_404(Tenant.objects.visible_to(request.user), key=key))
    else:
        tenants.choose(request.session, None)
    # Filters and pages of the old scope mean nothing in the new one.
    return HttpResponseRedirect(way_back(request, request.POST.get("next", "")).partition("?")[0])


@requires("tenants.view_as")
@require_POST
def view_as(request: PersonRequest, key: str) -> HttpResponse:
    """Begin to see what a tenant's administrator sees."""
    tenant = get_object_or_404(Tenant.objects.visible_to(request.user).filter(active=True), key=key)
    tenants.view_as(request.session, tenant, request.user, ends_at_latest(request.session, request.user))
    return redirect("/")


@require_POST
def stop(request: PersonRequest) -> HttpResponse:
    """Be oneself again, on the page of the tenant that was seen as."""
    tenant = tenants.stop_viewing(request.session, request.user)
    if tenant is None:
        return redirect("/")
    messages.success(request, f"You are yourself again, no longer {tenant}.")
    return redirect(tenant)
