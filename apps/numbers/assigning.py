"""Giving numbers to a tenant, from the list and from the page of one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.numbers import marks, selectors
from apps.numbers.filters import NumberFilter
from apps.numbers.forms import TenantForm
from apps.numbers.models import PRESENT, Number
from apps.numbers.services import tenancy
from apps.numbers.views import back_to_list, number_address
from apps.ui.formatting import phone
from apps.ui.selection import Selection


@requires("numbers.assign")
@require_POST
def assign(request: PersonRequest) -> HttpResponse:
    """Ask whom the chosen numbers go to, then give them."""
    selection = Selection.from_request(request)
    rows = selection.rows(Number.objects.in_scope(request.user), NumberFilter).filter(PRESENT)
    back = back_to_list(request)
    count = rows.order_by().count() if selection else 0
    if not count:
        messages.warning(request, "Tick the numbers you want to give first.")
        return redirect(back)
    form = TenantForm(request.POST if "tenant" in request.POST else None, tenants=selectors.assignable(request.user))
    if not form.is_valid():
        resting = marks.resting_words(marks.resting(rows.order_by().values("number"), request.user))
        context = {"form": form, "selection": selection, "count": count, "back": back, "resting": resting}
        return render(request, "numbers/assign.html", context, status=422 if form.is_bound else 200)
    tenant = form.cleaned_data["tenant"]
    done = tenancy.assign(rows, tenant, actor=request.user)
    word = "number" if done.changed == 1 else "numbers"
    said = f"{done.changed:,} {word} given to {tenant}." if tenant else f"{done.changed:,} {word} taken back."
    if done.unchanged:
        said += f" {done.unchanged:,} were so already."
    messages.success(request, said)
    return redirect(back)


@requires("numbers.assign")
@require_POST
def assign_one(request: PersonRequest, number: str) -> HttpResponse:
    """Give one number to a tenant, or take it back."""
    row, _ = selectors.number_or_404(request.user, number, request.GET.get("connection", ""))
    form = TenantForm(request.POST, tenants=selectors.assignable(request.user))
    if not form.is_valid():
        messages.warning(request, "Choose a tenant from the list. Nothing was changed.")
        return redirect(number_address(row, request.user))
    tenant = form.cleaned_data["tenant"]
    resting = marks.resting_words(marks.resting([row.number], request.user)) if tenant else ""
    if tenancy.assign(Number.objects.visible_to(request.user).filter(pk=row.pk), tenant, actor=request.user).changed:
        said = f"{phone(row.number)} belongs to {tenant} now." if tenant else f"{phone(row.number)} belongs to no tenant now."
        messages.success(request, said)
        if resting:
            messages.warning(request, resting)
    return redirect(number_address(row, request.user))
