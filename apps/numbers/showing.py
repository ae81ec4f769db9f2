"""How the list looks: its columns, and the views that people keep of it."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.services import keep_columns
from apps.audit.wording import filter_words
from apps.numbers import marks, selectors
from apps.numbers.columns import LISTING, columns_of
from apps.numbers.forms import ViewForm
from apps.numbers.models import SavedView
from apps.numbers.views import back_to_list
from apps.ui.columns import PARAMETER, Columns


@requires("numbers.view")
@require_POST
def columns(request: PersonRequest) -> HttpResponse:
    """Keep which columns this person wants to see, and go back to the list; "usual" forgets the choice."""
    offered = {column.key for column in _columns(request).offered}
    chosen = [] if "usual" in request.POST else [key for key in request.POST.getlist("column") if key in offered]
    keep_columns(request.user, LISTING, chosen)
    back = urlsplit(back_to_list(request))
    # The choice counts from now on, not what a view or a link asked for.
    rest = urlencode([(name, value) for name, value in parse_qsl(back.query) if name != PARAMETER])
    return redirect(f"{back.path}?{rest}" if rest else back.path)


@requires("numbers.view")
@require_http_methods(["GET", "POST"])
def saved(request: PersonRequest) -> HttpResponse:
    """The person's saved views and those shared with them; a form keeps what the address shows."""
    query = request.GET.urlencode()
    may_share = request.user.may("numbers.share")
    columns = _columns(request, request.GET.get(PARAMETER, ""))
    form = ViewForm(
        request.POST or None,
        owner=request.user,
        query=query,
        columns=columns,
        may_share=may_share,
        initial={"with_columns": PARAMETER in request.GET},
    )
    if request.method == "POST" and form.is_valid():
        view = form.save()
        messages.success(request, f"{view.name} is saved and stands above the list.")
        return redirect(view)
    filters = [(name, value) for name, value in parse_qsl(query) if name != PARAMETER]
    context = {
        "form": form,
        "query": query,
        "words": filter_words(urlencode(filters)) or ("chosen columns alone" if PARAMETER in request.GET else ""),
        "saved": marks.views_for(request.user),
        "may_share": may_share,
    }
    return render(request, "numbers/views.html", context, status=422 if form.is_bound else 200)


@requires("numbers.view")
@require_POST
def delete_view(request: PersonRequest, pk: int) -> HttpResponse:
    """Forget a view of this person's; who may share views may withdraw a shared one."""
    mine = Q(owner=request.user) | Q(shared=True) if request.user.may("numbers.share") else Q(owner=request.user)
    view = get_object_or_404(SavedView, mine, pk=pk)
    view.delete()
    messages.success(request, f"{view.name} is gone.")
    return redirect(reverse("numbers:views"))


def _columns(request: PersonRequest, asked: str = "") -> Columns:
    several = selectors.standing(request.user)["several"]
    return columns_of(request.user, several=several, tagged=marks.tags_known(request.user).exists(), asked=asked)
