"""Tags and notes, from the list and from the page of a number."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.numbers import marks, selectors
from apps.numbers.filters import NumberFilter
from apps.numbers.forms import NoteForm, TagForm
from apps.numbers.models import Number
from apps.numbers.services import marking
from apps.numbers.views import back_to_list, number_address
from apps.ui.formatting import phone
from apps.ui.selection import Selection

REMOVE = "remove"


@requires("numbers.mark")
@require_POST
def tag(request: PersonRequest) -> HttpResponse:
    """Ask which tag the chosen numbers are to bear or lose, then do it."""
    selection = Selection.from_request(request)
    rows = selection.rows(Number.objects.in_scope(request.user), NumberFilter)
    back = back_to_list(request)
    count = rows.order_by().values("number").distinct().count() if selection else 0
    if not count:
        messages.warning(request, "Tick the numbers you want to tag first.")
        return redirect(back)
    form = TagForm(request.POST if "tag" in request.POST else None)
    if not form.is_valid():
        known = marks.tags_known(request.user)
        context = {"form": form, "selection": selection, "count": count, "back": back, "tags_known": known}
        return render(request, "numbers/tag.html", context, status=422 if form.is_bound else 200)
    name, removing = form.cleaned_data["tag"], request.POST.get("act") == REMOVE
    done = (marking.remove_tag if removing else marking.add_tag)(rows, name, actor=request.user)
    word = "number" if done.changed == 1 else "numbers"
    said = f"“{name}” was taken from {done.changed:,} {word}." if removing else f"{done.changed:,} {word} tagged “{name}”."
    if done.unchanged:
        said += f" {done.unchanged:,} {'did not bear it' if removing else 'bore it already'}."
    messages.add_message(request, messages.SUCCESS if done.changed else messages.INFO, said)
    return redirect(back)


@requires("numbers.mark")
@require_POST
def tag_one(request: PersonRequest, number: str) -> HttpResponse:
    """Tag one number, or take a tag from it."""
    row, _ = selectors.number_or_404(request.user, number, request.GET.get("connection", ""))
    form = TagForm(request.POST)
    if not form.is_valid():
        messages.warning(request, f"{form.errors['tag'][0]} Nothing was changed.")
        return redirect(number_address(row, request.user))
    name, rows = form.cleaned_data["tag"], Number.objects.visible_to(request.user).filter(pk=row.pk)
    if request.POST.get("act") == REMOVE:
        marking.remove_tag(rows, name, actor=request.user)
    elif not marking.add_tag(rows, name, actor=request.user).changed:
        messages.info(request, f"{phone(row.number)} bears “{name}” already.")
    return redirect(number_address(row, request.user))


@requires("numbers.mark")
@require_POST
def note(request: PersonRequest, number: str) -> HttpResponse:
    """Write a note on one number, or take one back."""
    row, _ = selectors.number_or_404(request.user, number, request.GET.get("connection", ""))
    if wanted := request.POST.get(REMOVE, ""):
        mine = marks.notes_of(row.number, request.user)
        marking.remove_note(row, get_object_or_404(mine, pk=wanted if wanted.isdecimal() else 0), actor=request.user)
        return redirect(number_address(row, request.user))
    form = NoteForm(request.POST)
    if form.is_valid():
        marking.add_note(row, form.cleaned_data["text"], actor=request.user)
    else:
        messages.warning(request, "Nothing was kept: a note is one to 2,000 characters long.")
    return redirect(number_address(row, request.user))
