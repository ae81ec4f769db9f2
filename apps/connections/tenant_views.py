"""Screens of tenants: the list, one, add, edit, its links to the vendors' customers; and the limits of people."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import tenants
from apps.accounts.models import Tenant, User
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.connections import services
from apps.connections.models import Connection, TenantLink
from apps.connections.services.tenants import Taken, listed
from apps.connections.tenant_forms import LimitsForm, LinkForm, TenantFilter, TenantForm
from apps.ui.lists import Empty, build_list, list_response
from apps.vendors.core.errors import Unsupported, VendorError

SORTS = {"name": ("name", "pk"), "-name": ("-name", "-pk"), "added": ("created_at", "pk"), "-added": ("-created_at", "-pk")}
NAME_TAKEN = "There is a tenant of this name, or with this short name, already."


@requires("tenants.view")
@require_GET
def tenant_list(request: PersonRequest) -> HttpResponse:
    """The tenants, with what belongs to each."""
    may_manage = request.user.may("tenants.manage")
    text = "A tenant is a customer of yours: numbers, links to the vendors' systems and people belong to it."
    empty = Empty("No tenants yet", text, *(("Add tenant", reverse("tenants:add")) if may_manage else ("", "")), "building")
    listing = build_list(
        request,
        listed(request.user),
        table="tenants/_table.html",
        noun="tenant",
        filterset=TenantFilter,
        order=SORTS["name"],
        sorts=SORTS,
        empty=empty,
    )
    return list_response(request, "tenants/list.html", listing, {"may_manage": may_manage})


@requires("tenants.view")
@require_GET
def detail(request: PersonRequest, key: str) -> HttpResponse:
    """One tenant: its links, numbers and people."""
    tenant = _tenant(request, key)
    user = request.user
    reachable = Connection.objects.visible_to(user)
    context = {
        **_own(tenant),
        "links": tenant.links.filter(connection__in=reachable).select_related("connection"),
        "linkable": services.linkable(tenant, user) if user.may("tenants.manage") else [],
        "may_manage": user.may("tenants.manage"),
        "may_people": user.may("people.manage"),
        "may_view_as": user.may("tenants.view_as") and tenant.active,
        "may_audit": user.may("audit.view"),
    }
    return render(request, "tenants/detail.html", context)


@requires("tenants.own")
@require_GET
def own(request: PersonRequest) -> HttpResponse:
    """A tenant administrator's own company: numbers and people."""
    companies = Tenant.objects.visible_to(request.user)
    if request.user.chosen_tenant:
        companies = companies.filter(pk=request.user.chosen_tenant.pk)
    return render(request, "tenants/own.html", {"companies": [_own(tenant) for tenant in companies]})


@requires("tenants.manage")
@require_http_methods(["GET", "POST"])
def add(request: PersonRequest) -> HttpResponse:
    """Add a tenant."""
    form = TenantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tenant = tenants.add_tenant(request.user, **form.cleaned_data)
        except IntegrityError:  # somebody took the name meanwhile
            form.add_error(None, NAME_TAKEN)
        else:
            messages.success(request, f"{tenant} was added. Link it to the vendors' systems and give it numbers.")
            return redirect(tenant)
    return render(request, "tenants/edit.html", {"form": form}, status=422 if form.errors else 200)


@requires("tenants.manage")
@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, key: str) -> HttpResponse:
    """Change a tenant's name, or whether it is active."""
    tenant = _tenant(request, key)
    form = TenantForm(request.POST or None, instance=copy(tenant))
    if request.method == "POST" and form.is_valid():
        try:
            tenant = tenants.change_tenant(request.user, tenant, **form.cleaned_data)
        except IntegrityError:
            form.add_error(None, NAME_TAKEN)
        else:
            messages.success(request, f"{tenant} was saved.")
            return redirect(tenant)
    return render(request, "tenants/edit.html", {"form": form, "tenant": tenant}, status=422 if form.errors else 200)


@requires("tenants.manage")
@require_http_methods(["GET", "POST"])
def link(request: PersonRequest, key: str, connection: str) -> HttpResponse:
    """Say which of the vendor's customers the tenant is, from the vendor's own list where it has one."""
    tenant = _tenant(request, key)
    system = get_object_or_404(services.linkable(tenant, request.user), name=connection)
    customers, problem, unlisted = None, None, False
    try:
        customers = services.customers_at(system, actor=request.user)
    except Unsupported:
        unlisted = True
    except VendorError as error:
        problem = services.describe_error(error, system, doing="list its customers")
    taken = set(TenantLink.objects.filter(connection=system).values_list("customer_ref", flat=True))
    form = LinkForm(request.POST or None, customers=customers, taken=taken)
    if request.method == "POST" and form.is_valid():
        ref = form.cleaned_data["customer_ref"]
        try:
            made = services.link(tenant, system, ref, customer_name=form.name, actor=request.user)
        except Taken as error:
            form.add_error("customer_ref", str(error))
        else:
            messages.success(request, f"{tenant} is customer {made.customer_name or ref} on {system.name} now.")
            return redirect(tenant)
    context = {"form": form, "tenant": tenant, "connection": system, "problem": problem, "unlisted": unlisted}
    return render(request, "tenants/link.html", context, status=422 if form.errors else 200)


@requires("tenants.manage")
@require_POST
def unlink(request: PersonRequest, key: str, pk: int) -> HttpResponse:
    """Take a link away."""
    tenant = _tenant(request, key)
    reachable = Connection.objects.visible_to(request.user)
    found = get_object_or_404(tenant.links.filter(connection__in=reachable).select_related("connection"), pk=pk)
    services.unlink(found, actor=request.user)
    messages.success(request, f"{tenant} is linked to no customer on {found.connection.name} any more. Nothing changed there.")
    return redirect(tenant)


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def limits(request: PersonRequest, pk: int) -> HttpResponse:
    """Which tenants a person belongs to, or a member of staff is limited to; and which connections."""
    person = get_object_or_404(User, pk=pk)
    form = LimitsForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        try:
            tenants.limit_person(request.user, person, **form.cleaned_data)
        except tenants.NotAllowed as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"What {person.username} sees was saved.")
            return redirect("accounts:edit", pk=pk)
    context: dict[str, Any] = {"form": form, "person": person}
    return render(request, "tenants/limits.html", context, status=422 if form.errors else 200)


def _tenant(request: PersonRequest, key: str) -> Tenant:
    return get_object_or_404(Tenant.objects.visible_to(request.user), key=key)


def _own(tenant: Tenant) -> dict[str, Any]:
    """What a tenant's page shows to its own people too."""
    return {
        "tenant": tenant,
        "people": tenant.people.order_by("username"),
        "numbers": tenant.numbers.filter(missing_since__isnull=True, leads=True).count(),
    }
