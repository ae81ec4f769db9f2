"""Changing what systems say of 911, always by plan; and overriding the guard for one plan."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.stepup import fresh_required
from apps.changes import services as changes
from apps.changes.models import Plan
from apps.changes.registry import kind_of
from apps.connections.models import Connection
from apps.connections.services import client_for, describe_error
from apps.numbers.emergency import guard, plans, selectors
from apps.numbers.emergency.forms import STANDS, LocationForm, OverrideForm, RecordForm, StandForm
from apps.numbers.emergency.views import statement_or_404
from apps.numbers.models import EmergencySnapshot, EmergencySubject
from apps.ui.formatting import phone
from apps.vendors.core.errors import VendorError
from apps.vendors.core.routing import Emergency

WAIT_SECONDS = 2.5


@requires("numbers.911.change")
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, statement: int) -> HttpResponse:
    """Ask for the new values of a record as it is now, then draw up the plan."""
    row = statement_or_404(request.user, statement)
    fields = selectors.fields_of(row)
    if not fields:
        raise Http404
    back, label = _back(row), plans.label_of(row)
    try:
        door = client_for(row.connection, actor=request.user).capability(Emergency)
        now = door.values(door.read(row.scope, row.ref))
    except VendorError as error:
        return _unreadable(request, row.connection, error, f"show what it says of {label}", back)
    form = RecordForm(_sent(request), taken=fields, now=now)
    if request.method == "POST" and form.is_valid():
        return _planned(
            request,
            lambda: plans.change(
                row.connection, row.scope, row.ref, label, fields, now, form.values(), actor=request.user, return_url=back
            ),
            back,
        )
    context = {"form": form, "row": row, "label": label, "back": back}
    return render(request, "numbers/emergency/change.html", context, status=422 if form.is_bound else 200)


@requires("numbers.911.change")
@require_POST
def remove(request: PersonRequest, statement: int) -> HttpResponse:
    """Draw up the plan that removes a location."""
    row = statement_or_404(request.user, statement)
    if not selectors.fields_of(row, "add"):
        raise Http404
    back = _back(row)
    try:
        door = client_for(row.connection, actor=request.user).capability(Emergency)
        now = door.values(door.read(row.scope, row.ref))
    except VendorError as error:
        return _unreadable(request, row.connection, error, f"show {plans.label_of(row)}", back)
    return _planned(request, lambda: plans.remove(row, now, actor=request.user, return_url=back), back)


@requires("numbers.911.change")
@require_http_methods(["GET", "POST"])
def add_location(request: PersonRequest) -> HttpResponse:
    """Ask for a new emergency location, then draw up the plan."""
    back = reverse("numbers:emergency")
    form = LocationForm(_sent(request), connections=selectors.connections_that_take("location", "add", request.user))
    if request.method == "POST" and form.is_valid():
        connection, elin = form.chosen(), form.cleaned_data["elin"]
        ref = client_for(connection).capability(Emergency).ref("location", elin)
        return _planned(
            request,
            lambda: plans.add(connection, ref, f"Location {phone(elin)}", form.values(), actor=request.user, return_url=back),
            back,
        )
    context = {"form": form, "title": "Add an emergency location", "back": back}
    return render(request, "numbers/emergency/location.html", context, status=422 if form.is_bound else 200)


@requires("numbers.911.change")
@require_http_methods(["GET", "POST"])
def stand(request: PersonRequest) -> HttpResponse:
    """Ask who stands in which location, then draw up the plan."""
    back = reverse("numbers:emergency")
    form = StandForm(_sent(request), connections=selectors.connections_that_take("user", "change", request.user))
    if request.method == "POST" and form.is_valid():
        connection, kind, name = form.chosen(), form.cleaned_data["kind"], form.cleaned_data["name"].strip()
        door = client_for(connection, actor=request.user).capability(Emergency)
        ref = door.ref(kind, name)
        try:
            now = door.values(door.read("", ref))
        except VendorError as error:
            told = describe_error(error, connection, doing=f"show where {name} stands")
            form.add_error("name", f"{told['title']}. {told['words'] or told['happened']}")
        else:
            label = f"{STANDS[kind].partition(' (')[0]} {name}"
            values = {"elin": form.cleaned_data["elin"]}
            fields = door.fields(ref)
            return _planned(
                request,
                lambda: plans.change(connection, "", ref, label, fields, now, values, actor=request.user, return_url=back),
                back,
            )
    context = {"form": form, "title": "Put somebody in an emergency location", "back": back}
    return render(request, "numbers/emergency/location.html", context, status=422 if form.is_bound else 200)


@requires(guard.PERMISSION)
@fresh_required
@require_http_methods(["GET", "POST"])
def override(request: PersonRequest, plan: UUID) -> HttpResponse:
    """Say what stands against a plan, ask for the reason, and let it go all the same."""
    found = get_object_or_404(Plan.objects.visible_to(request.user), public_id=plan)
    try:
        kind = kind_of(found)
    except KeyError:
        raise Http404 from None
    if not request.user.may(kind.permission):
        raise PermissionDenied(kind.permission)
    against = guard.hindrances(found, guard.refused(found))
    form = OverrideForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            guard.override(found, form.cleaned_data["reason"], request.user)
        except changes.NotPossible as refusal:
            messages.warning(request, str(refusal))
        else:
            changes.wait_for(found, WAIT_SECONDS)
        return redirect(found)
    labels = dict(found.steps.filter(object_ref__in=list(against)[:50]).values_list("object_ref", "label"))
    context = {
        "plan": found,
        "form": form,
        "refused": [(labels[ref], told) for ref, told in against.items() if ref in labels],
        "more": max(len(against) - 50, 0),
        "count": len(against),
    }
    return render(request, "numbers/emergency/override.html", context, status=422 if form.is_bound else 200)


# --- inside -----------------------------------------------------------------------------------------------


def _sent(request: PersonRequest) -> Any:
    """Return what was posted; a form of blanks alone is sent all the same."""
    return request.POST if request.method == "POST" else None


def _planned(request: PersonRequest, draw_up: Callable[[], Plan], back: str) -> HttpResponse:
    try:
        plan = draw_up()
    except changes.NotPossible as refusal:
        messages.warning(request, f"{refusal} Nothing was changed.")
        return redirect(back)
    return redirect(changes.wait_for(plan, WAIT_SECONDS))


def _unreadable(request: PersonRequest, connection: Connection, error: VendorError, doing: str, back: str) -> HttpResponse:
    told: dict[str, Any] = describe_error(error, connection, doing=doing)
    messages.error(request, f"{told['title']}. {told['happened']} {told['next_step']}")
    return redirect(back)


def _back(row: EmergencySnapshot) -> str:
    line = EmergencySubject.objects.filter(key=row.key).first()
    return line.get_absolute_url() if line else reverse("numbers:emergency")
