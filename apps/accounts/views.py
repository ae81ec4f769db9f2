"""Screens of people: the list, one person, the permission table, one's own profile."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import services
from apps.accounts.forms import AddPersonForm, PasswordForm, PeopleFilter, PersonForm, ProfileForm
from apps.accounts.models import TENANT_ROLES, Role, User
from apps.accounts.permissions import ALL_CONNECTIONS, AREAS, MEANINGS, PERMISSIONS, WHOLE_HOUSE, requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.factors import has_factor
from apps.accounts.signin.federation import only_through_provider
from apps.accounts.signin.invitations import can_mail
from apps.accounts.signin.sessions import sessions_of
from apps.accounts.signin.stepup import fresh_required, posted
from apps.accounts.signin.views import send_invitation
from apps.ui.lists import Tab, build_list, list_response

SORTS = {
    "name": ("username", "pk"),
    "-name": ("-username", "-pk"),
    "added": ("date_joined", "pk"),
    "-added": ("-date_joined", "-pk"),
}
TABS = [Tab("All"), Tab("May sign in", "active=true"), Tab("Deactivated", "active=false")]


@requires("people.manage")
@require_GET
def people(request: PersonRequest) -> HttpResponse:
    """Everybody who can sign in, and those who no longer can."""
    listing = build_list(
        request,
        User.objects.all(),
        table="accounts/_table.html",
        noun="person",
        plural="people",
        filterset=PeopleFilter,
        order=SORTS["name"],
        sorts=SORTS,
        tabs=TABS,
    )
    return list_response(request, "accounts/list.html", listing)


@requires("people.manage")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@fresh_required
def add(request: PersonRequest) -> HttpResponse:
    """Add a person, and invite them or give them a first password."""
    form = AddPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = services.add_person(request.user, **form.cleaned_data)
        if person.has_usable_password():
            messages.success(request, f"{person} can sign in now as {person.username}.")
        else:
            send_invitation(request, person)
        return _lead_on(request, person) or redirect("accounts:list")
    return render(request, "accounts/add.html", {"form": form, "can_mail": can_mail()}, status=422 if form.errors else 200)


@requires("people.manage")
@require_http_methods(["GET", "POST"])
@fresh_required(when=posted)
def edit(request: PersonRequest, pk: int) -> HttpResponse:
    """One person: names, role, password, and whether they may sign in."""
    person = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, instance=copy(person))
    if request.method == "POST" and form.is_valid():
        try:
            person = services.change_person(request.user, person, **form.cleaned_data)
        except services.NotAllowed as error:
            form.add_error("role", str(error))
        else:
            messages.success(request, f"{person.username} was saved.")
            return _lead_on(request, person) or redirect("accounts:edit", pk=pk)
    return _person(request, person, form=form)


@requires("people.manage")
@sensitive_post_parameters("password")
@require_POST
@fresh_required
def password(request: PersonRequest, pk: int) -> HttpResponse:
    """Give a person a new password."""
    person = get_object_or_404(User, pk=pk)
    form = PasswordForm(request.POST, person=person)
    if not form.is_valid():
        return _person(request, person, password_form=form)
    services.set_password(request.user, person, form.cleaned_data["password"])
    messages.success(request, f"{person.username} has a new password; their sessions have ended.")
    return redirect("accounts:edit", pk=pk)


@requires("people.manage")
@require_POST
@fresh_required
def switch(request: PersonRequest, pk: int) -> HttpResponse:
    """Deactivate a person, or let them sign in again."""
    person = get_object_or_404(User, pk=pk)
    try:
        if request.POST.get("active") == "true":
            services.reactivate(request.user, person)
            messages.success(request, f"{person.username} may sign in again.")
        else:
            services.deactivate(request.user, person)
            messages.success(request, f"{person.username} can no longer sign in; their sessions have ended.")
    except services.NotAllowed as error:
        messages.error(request, str(error))
    return redirect("accounts:edit", pk=pk)


@require_GET
def permissions(request: PersonRequest) -> HttpResponse:
    """What each role may do, read from the code that enforces it."""
    areas: dict[str, list[dict[str, Any]]] = {}
    tenants_only = request.user.sees_as_tenant  # how the house is run is not for its customers
    shown = [role for role in Role if role in TENANT_ROLES or not tenants_only]
    for name, roles in PERMISSIONS.items():
        if not roles.intersection(shown):
            continue
        area = name.split(".")[0]
        row: dict[str, Any] = {
            "name": name,
            "meaning": MEANINGS.get(name, name),
            "held": [(role.label, role in roles) for role in shown],
        }
        row |= {"whole_house": name in WHOLE_HOUSE, "all_connections": name in ALL_CONNECTIONS}
        areas.setdefault(AREAS.get(area, area.capitalize()), []).append(row)
    own = [role.value for role in shown].index(request.user.role) if request.user.viewing_as is None else -1
    labels = [role.label for role in shown]
    return render(request, "accounts/permissions.html", {"areas": areas.items(), "roles": labels, "own": own})


@require_http_methods(["GET", "POST"])
def profile(request: PersonRequest) -> HttpResponse:
    """One's own name and time zone."""
    form = ProfileForm(request.POST or None, instance=copy(request.user))
    if request.method == "POST" and form.is_valid():
        services.change_person(request.user, request.user, **form.cleaned_data)
        messages.success(request, "Your profile was saved.")
        return redirect("accounts:profile")
    context = {"form": form, "sessions": sessions_of(request.user, request.session.session_key)}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


def _lead_on(request: PersonRequest, person: User) -> HttpResponse | None:
    """Lead on to choosing the tenants of somebody whose role is nothing without one; None where there is no need."""
    if not person.is_tenant_person or person.memberships.exists():
        return None
    messages.warning(request, f"{person.username} sees nothing yet: a tenant's role needs a tenant. Choose theirs now.")
    return redirect("tenants:limits", pk=person.pk)


def _person(
    request: PersonRequest, person: User, form: PersonForm | None = None, password_form: PasswordForm | None = None
) -> HttpResponse:
    form = form or PersonForm(instance=copy(person))
    password_form = password_form or PasswordForm(person=person)
    context = {
        "person": person,
        "form": form,
        "password_form": password_form,
        "own": person == request.user,
        "can_mail": can_mail(),
        "has_factor": has_factor(person),
        "elsewhere": only_through_provider(person),
    }
    if request.user.may("audit.view"):
        context["audit_query"] = f"?q={person.username}"
    invalid = form.errors or password_form.errors
    return render(request, "accounts/edit.html", context, status=422 if invalid else 200)
