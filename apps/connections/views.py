"""Screens of connections: list, add, edit, test, switch on and off, delete, and the page of one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import retarget

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.stepup import fresh_required
from apps.connections import selectors, services
from apps.connections.forms import ConnectionForm
from apps.connections.models import Connection
from apps.ui.forms import TypedConfirmation
from apps.ui.http import go_to, page_or_fragment
from apps.ui.patterns import stages
from apps.vendors.core.registry import Vendor, vendors

STAGES = (("Vendor", "/connections/add/"), ("Address and credentials", ""))


@requires("connections.view")
@require_GET
def connection_list(request: PersonRequest) -> HttpResponse:
    """Every connection and how it is doing."""
    context = {"connections": selectors.connections_with_vendors(request.user), **selectors.abilities(request.user)}
    return render(request, "connections/list.html", context)


@requires("connections.view")
@require_GET
def detail(request: PersonRequest, name: str) -> HttpResponse:
    """One connection: health over time, settings, what it can do, recent calls."""
    connection = get_object_or_404(Connection.objects.visible_to(request.user), name=name)
    return render(request, "connections/detail.html", selectors.detail(connection, request.user))


@requires("connections.manage")
@require_http_methods(["GET", "POST"])
@fresh_required
def add(request: PersonRequest) -> HttpResponse:
    """Choose a vendor, then fill in and test its fields, then save."""
    if "vendor" not in request.GET:
        context = {"vendors": list(vendors.all()), "stages": stages(STAGES, 0)}
        return render(request, "connections/choose.html", context)
    try:
        vendor = vendors.get(request.GET["vendor"])
    except KeyError:
        raise Http404 from None
    form = ConnectionForm(request.POST or None, vendor=vendor)
    if request.method == "GET":
        return render(request, "connections/edit.html", _form_context(form))
    if not form.is_valid():
        return _invalid(request, form)
    if request.POST.get("action") == "test":
        draft = services.prepare_new(vendor=vendor.key, fields=form.vendor_fields(), **form.settings())
        return _tested(request, form, draft)
    try:
        saved = services.add_connection(vendor=vendor.key, fields=form.vendor_fields(), actor=request.user, **form.settings())
    except ValidationError as error:  # somebody took the name meanwhile
        form.add_error(None, error)
        return _invalid(request, form)
    return _saved(request, saved)


@requires("connections.manage")
@require_http_methods(["GET", "POST"])
@fresh_required
def edit(request: PersonRequest, name: str) -> HttpResponse:
    """Change a connection; an empty secret keeps the stored one."""
    connection = get_object_or_404(Connection.objects.visible_to(request.user), name=name)
    vendor = _vendor(connection)
    form = ConnectionForm(request.POST or None, vendor=vendor, instance=connection)
    if request.method == "GET":
        return render(request, "connections/edit.html", _form_context(form))
    if not form.is_valid():
        return _invalid(request, form)
    if request.POST.get("action") == "test":
        draft = services.prepare_change(connection, fields=form.vendor_fields(), **form.settings())
        return _tested(request, form, draft)
    try:
        saved = services.change_connection(
            connection,
            revision=form.cleaned_data["revision"] or 0,
            fields=form.vendor_fields(),
            actor=request.user,
            **form.settings(),
        )
    except services.ChangedMeanwhile:
        form.add_error(None, "Somebody else changed this connection meanwhile. Open it again, then enter your change.")
        return _invalid(request, form)
    return _saved(request, saved)


@requires("console.read")
@require_POST
def test(request: PersonRequest, name: str) -> HttpResponse:
    """Call the vendor's cheapest read now and say what came of it."""
    connection = get_object_or_404(Connection.objects.visible_to(request.user), name=name)
    trial = services.probe(connection)
    context = selectors.detail(connection, request.user) | {"trial": trial}
    return page_or_fragment(request, "connections/detail.html", context, fragment="connections/_health.html")


@requires("connections.manage")
@require_POST
def switch(request: PersonRequest, name: str) -> HttpResponse:
    """Enable or disable a connection."""
    connection = get_object_or_404(Connection.objects.visible_to(request.user), name=name)
    enable = request.POST.get("enabled") == "yes"
    if services.set_enabled(connection, enable, actor=request.user):
        said = "is enabled." if enable else "is disabled: nothing is sent to it until it is enabled again."
        messages.success(request, f"{connection.name} {said}")
    return redirect("connections:detail", name)


@requires("connections.manage")
@require_http_methods(["GET", "POST"])
@fresh_required
def delete(request: PersonRequest, name: str) -> HttpResponse:
    """Delete a connection that nothing refers to, after its name was typed."""
    connection = get_object_or_404(Connection.objects.visible_to(request.user), name=name)
    form = TypedConfirmation(request.POST or None, expected=connection.name)
    context = {"connection": connection, "form": form, "used_by": services.used_by(connection)}
    if request.method == "GET":
        return render(request, "connections/delete.html", context)
    if not form.is_valid():
        return render(request, "connections/delete.html", context, status=422)
    try:
        services.delete_connection(connection, actor=request.user)
    except services.InUse as error:
        return render(request, "connections/delete.html", context | {"used_by": error.by}, status=422)
    messages.success(request, f"{name} is deleted. What it did stays in the audit log.")
    return redirect("connections:list")


def _form_context(form: ConnectionForm) -> dict[str, Any]:
    steps = [] if form.instance.pk else stages(STAGES, 1)
    return {"form": form, "vendor": form.vendor, "stages": steps}


def _invalid(request: PersonRequest, form: ConnectionForm) -> HttpResponse:
    context = _form_context(form)
    response = page_or_fragment(request, "connections/edit.html", context, fragment="connections/_form.html", status=422)
    # The test button asks for its own small place; faults belong beside the fields.
    return retarget(response, "#connection-form")


def _tested(request: PersonRequest, form: ConnectionForm, draft: Connection) -> HttpResponse:
    """Answer the form's test button: nothing is saved, and what was typed stays."""
    context = _form_context(form) | {"trial": services.probe_unsaved(draft), "name": draft.name}
    return page_or_fragment(request, "connections/edit.html", context, fragment="connections/_trial.html")


def _saved(request: PersonRequest, connection: Connection) -> HttpResponse:
    """Say that it is stored and, since a stored connection is not yet a working one, test it once."""
    trial = services.probe(connection)
    if trial.problem is None:
        messages.success(request, f"{connection.name} is saved, and it answered in {trial.seconds * 1000:.0f} ms.")
    else:
        messages.warning(request, f"{connection.name} is saved, but the test failed: {trial.problem['title']}.")
    return go_to(request, selectors.address(connection))


def _vendor(connection: Connection) -> Vendor:
    try:
        return vendors.get(connection.vendor)
    except KeyError:
        raise Http404(f"No driver for {connection.vendor} is installed.") from None
