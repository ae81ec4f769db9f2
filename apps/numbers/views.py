"""The inventory: the list, one number, and changing either."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.changes import services as changes
from apps.changes.models import Plan, PlanState
from apps.connections.models import Connection
from apps.connections.services import describe_error
from apps.jobs.services import mark_seen
from apps.numbers import marks, selectors
from apps.numbers.columns import OF_SYSTEMS, columns_of
from apps.numbers.emergency.selectors import card as emergency_card
from apps.numbers.filters import BY_AGE, COOLING, NumberFilter
from apps.numbers.forms import StatusForm, TrunkGroupForm
from apps.numbers.journey.trace import trace
from apps.numbers.models import PRESENT, Number, Side
from apps.numbers.services import plans, reading, single
from apps.ui.columns import PARAMETER
from apps.ui.formatting import phone
from apps.ui.lists import BulkAction, Empty, Tab, build_list, list_response
from apps.ui.patterns import PageTab
from apps.ui.selection import Selection
from apps.vendors.core.errors import VendorError
from apps.vendors.core.numbers import ACTIVE, INACTIVE

WAIT_SECONDS = 2.5
FRESH_SECONDS = 60  # a row seen this lately is not read again just because its page was opened
LIST = "numbers:list"
# What a row of the list shows. A connection holds sealed credentials: unsealing nothing makes rows cheap.
SHOWN = (
    "number", "status", "side", "trunk_group", "kind", "did_type", "cnam", "monthly_rate", "currency", "missing_since",
    "released_at", "first_seen", "seen_at", "connection__name", "tenant__name", "tenant__key",
)  # fmt: skip
# Pages follow an index: the one of a range of ages is in their order.
SORTS = {"number": ("number", "pk"), "-number": ("-number", "-pk")}
AGE_SORTS = {"-first_seen": ("-first_seen", "-pk"), "first_seen": ("first_seen", "pk")}


# --- the list ---------------------------------------------------------------------------------------------


@requires("numbers.view")
@require_GET
def number_list(request: PersonRequest) -> HttpResponse:
    """Show the numbers of all connections, filtered and in pages."""
    standing = selectors.standing(request.user)
    by_age = any(request.GET.get(name) for name in BY_AGE)
    listing = build_list(
        request,
        Number.objects.in_scope(request.user).select_related("connection", "tenant").only(*SHOWN),
        table="numbers/_table.html",
        noun="number",
        filterset=NumberFilter,
        order=("-first_seen", "-pk") if by_age else ("number", "pk"),
        sorts=AGE_SORTS if by_age else SORTS,
        bulk=_bulk(request.user),
        tabs=_tabs(request.user),
        empty=_empty(request.user, standing),
    )
    tags, asked = listing.filterset.tags, request.GET.get(PARAMETER, "")
    columns = columns_of(request.user, several=standing["several"], tagged=bool(tags), asked=asked)
    if columns.shown & OF_SYSTEMS:
        selectors.place(listing.rows, request.user)
    if tags and "tags" in columns.shown:
        marks.tag_rows(listing.rows, request.user)
    return list_response(request, "numbers/list.html", listing, {**standing, "columns": columns})


@requires("numbers.search")
@require_POST
def read_lists(request: PersonRequest) -> HttpResponse:
    """Start reading the carriers' lists."""
    try:
        job = reading.read_lists(request.user, return_url=reverse(LIST))
    except reading.NothingToRead:
        messages.warning(request, "There is no enabled connection whose numbers could be read.")
        return redirect(LIST)
    return redirect(job)


@requires("numbers.change")
@require_POST
def accept_missing(request: PersonRequest) -> HttpResponse:
    """Believe a list that lacks many numbers, after reading it once more."""
    reachable = Connection.objects.visible_to(request.user)
    connection = get_object_or_404(reachable, name=request.POST.get("connection", ""))
    return redirect(reading.accept_missing(connection, request.user, return_url=reverse(LIST)))


@requires("numbers.change")
@require_POST
def change(request: PersonRequest, what: str) -> HttpResponse:
    """Draw up the plan for the chosen numbers: a trunk group, active, inactive, or cancelled."""
    if what not in {"trunk-group", ACTIVE, INACTIVE, "cancel"}:
        raise Http404
    selection = Selection.from_request(request)
    rows = selection.rows(Number.objects.in_scope(request.user), NumberFilter).filter(PRESENT)
    if not selection or not rows.exists():
        messages.warning(request, "Tick the numbers you want to change first.")
        return redirect(back_to_list(request))
    rows = rows.filter(side=Side.CARRIER)
    if not rows.exists():
        messages.warning(
            request, "These numbers are on a switch alone. What a carrier does for numbers does not apply to them."
        )
        return redirect(back_to_list(request))
    if what == "trunk-group":
        return _change_trunk_group(request, selection, rows)
    return _planned(request, lambda: _plan_status(request, rows, what))


def _change_trunk_group(request: PersonRequest, selection: Selection, rows: QuerySet[Number]) -> HttpResponse:
    on = set(rows.order_by().values_list("connection", flat=True).distinct())
    reads = [read for read in reading.reads() if read.connection_id in on]
    form = TrunkGroupForm(request.POST if "trunk_group" in request.POST else None, reads=reads)
    if not form.is_valid():
        context = {
            "form": form,
            "selection": selection,
            "count": rows.order_by()[: changes.MOST_STEPS + 1].count(),
            "most": changes.MOST_STEPS,
            "several": len(on) > 1,
            "back": back_to_list(request),
        }
        return render(request, "numbers/trunk_group.html", context, status=422 if form.is_bound else 200)
    read, group = form.chosen()
    return _planned(
        request,
        lambda: plans.move(rows, read.connection, group, actor=request.user, return_url=back_to_list(request)),
    )


def _plan_status(request: PersonRequest, rows: QuerySet[Number], what: str) -> Plan:
    if what == "cancel":
        return plans.cancel(rows, actor=request.user, return_url=back_to_list(request))
    return plans.set_status(rows, what, actor=request.user, return_url=back_to_list(request))


def _planned(request: PersonRequest, draw_up: Any) -> HttpResponse:
    try:
        plan = draw_up()
    except changes.NotPossible as refusal:
        messages.warning(request, str(refusal))
        return redirect(back_to_list(request))
    return redirect(changes.wait_for(plan, WAIT_SECONDS))


def back_to_list(request: PersonRequest) -> str:
    """Return the list as the person left it; a form in between carries its address on."""
    given = request.POST.get("back") or request.headers.get("referer", "")
    parts = urlsplit(given)
    if parts.path != reverse(LIST):
        return reverse(LIST)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _bulk(person: User) -> list[BulkAction]:
    actions = []
    if person.may("numbers.change"):
        actions = [
            BulkAction("Trunk group", reverse("numbers:change", args=["trunk-group"]), "route"),
            BulkAction("Make active", reverse("numbers:change", args=[ACTIVE]), "player-play"),
            BulkAction("Make inactive", reverse("numbers:change", args=[INACTIVE]), "player-pause"),
        ]
    if person.may("numbers.mark"):
        actions.append(BulkAction("Tag", reverse("numbers:tag"), "tag"))
    if person.may("numbers.assign"):
        actions.append(BulkAction("Tenant", reverse("numbers:assign"), "building"))
    if person.may("numbers.cancel"):
        actions.append(BulkAction("Cancel", reverse("numbers:change", args=["cancel"]), "trash", danger=True))
    return actions


def _tabs(person: User) -> list[Tab]:
    tabs = [
        Tab("All"),
        Tab("Active", "status=active"),
        Tab("Inactive", "status=inactive"),
        Tab("Toll-free", "kind=tollfree"),
        Tab("Cancelled", "status=cancelled"),
    ]
    if person.may("numbers.assign"):
        tabs.append(Tab("Of no tenant", "tenant=none"))
    if person.may("numbers.carrier"):
        tabs.append(Tab("Gone from the list", "gone=1"))
        tabs += [Tab("Cooling", f"status={COOLING}")] if settings.NUMBER_COOLING_DAYS else []
    return [*tabs, *(Tab(view.name, view.query) for view in marks.views_for(person))]


def _empty(person: Any, standing: dict[str, Any]) -> Empty:
    title = "No numbers yet"
    if person.sees_as_tenant:
        return Empty(title, "Numbers appear here once they are yours.", icon="hash")
    if not standing["reads"] and not Connection.objects.exists():
        text = "Numbers come from a carrier: those you order here, and those its account holds already."
        if person.may("connections.manage"):
            return Empty(title, text, "Add a connection", reverse("connections:add"), "hash")
        return Empty(title, text + " An administrator adds the connection.", icon="hash")
    text = "Numbers you order appear here by themselves. What a carrier's account holds already appears once its list is read."
    if person.may("numbers.search"):
        return Empty(title, text, "Find numbers", reverse("numbers:search"), "hash")
    return Empty(title, text, icon="hash")


# --- one number -------------------------------------------------------------------------------------------


@requires("numbers.view")
@require_GET
def detail(request: PersonRequest, number: str) -> HttpResponse:
    """Show one number as last seen; the page then asks the carrier for what is there now."""
    return _page(request, number, "numbers/detail.html", "")


@requires("numbers.carrier")
@require_GET
def number_history(request: PersonRequest, number: str) -> HttpResponse:
    """Show what happened to a number."""
    return _page(request, number, "numbers/history.html", "history")


@requires("numbers.carrier")
@require_GET
def number_record(request: PersonRequest, number: str) -> HttpResponse:
    """Show the carrier's own record of a number."""
    return _page(request, number, "numbers/record.html", "record")


@requires("numbers.search")
@require_GET
def live(request: PersonRequest, number: str) -> HttpResponse:
    """Read one number at its carrier and answer with its facts; what goes wrong costs this panel alone."""
    row, _ = selectors.number_or_404(request.user, number, request.GET.get("connection", ""))
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(number_address(row, request.user))
    problem, listed = None, True
    try:
        listed = single.refresh(row, actor=request.user)
    except VendorError as error:
        problem = describe_error(error, row.connection, doing=f"show {phone(row.number)}")
    context = {
        **selectors.facts(row, request.user),
        "problem": problem,
        "unlisted": not listed,
        "live": True,
        "query": _query(row, request.user),
    }
    return render(request, "numbers/_facts.html", context)


@requires("numbers.search")
@require_POST
def refresh(request: PersonRequest, number: str) -> HttpResponse:
    """The same for a page without a script, and for the refresh button."""
    row, _ = selectors.number_or_404(request.user, number, request.GET.get("connection", ""))
    try:
        listed = single.refresh(row, actor=request.user)
    except VendorError as error:
        problem = describe_error(error, row.connection, doing=f"show {phone(row.number)}")
        messages.error(request, f"{problem['title']}. {problem['happened']} {problem['next_step']}")
    else:
        if not listed:
            messages.warning(request, f"{row.connection.name} does not list this number now.")
    return redirect(number_address(row, request.user))


@requires("numbers.change")
@require_POST
def change_one(request: PersonRequest, number: str, what: str) -> HttpResponse:
    """Change one number: a small change that can be undone is made at once, cancelling shows its plan first."""
    row, _ = selectors.number_or_404(request.user, number, request.GET.get("connection", ""))
    rows = Number.objects.visible_to(request.user).filter(PRESENT, pk=row.pk)
    back = number_address(row, request.user)
    try:
        plan = _small_plan(request, row, rows, what, back)
    except changes.NotPossible as refusal:
        messages.warning(request, str(refusal))
        return redirect(back)
    changes.wait_for(plan, WAIT_SECONDS)
    if not plan.at_once or plan.state != PlanState.DONE:
        return redirect(plan)
    if plan.job:
        mark_seen(request.user, plan.job)
    return redirect(back)


def _small_plan(request: PersonRequest, row: Number, rows: QuerySet[Number], what: str, back: str) -> Plan:
    if what == "cancel":
        return plans.cancel(rows, actor=request.user, return_url=back)
    if what == "trunk-group":
        reads = [read for read in reading.reads() if read.connection_id == row.connection_id]
        form = TrunkGroupForm(request.POST, reads=reads)
        if not form.is_valid():
            raise changes.NotPossible("Choose a trunk group from the list. Nothing was changed.")
        read, group = form.chosen()
        if row.trunk_group_id == group["id"]:
            raise changes.NotPossible(f"It points at {group['title']} already. Nothing was changed.")
        return plans.move(rows, read.connection, group, actor=request.user, at_once=True, return_url=back)
    if what == "status":
        wanted = StatusForm(request.POST)
        if not wanted.is_valid():
            raise changes.NotPossible("Choose active or inactive. Nothing was changed.")
        if row.status == wanted.cleaned_data["status"]:
            raise changes.NotPossible(f"It is {row.status} already. Nothing was changed.")
        return plans.set_status(rows, wanted.cleaned_data["status"], actor=request.user, at_once=True, return_url=back)
    raise Http404


@requires("numbers.view")
@require_GET
def journey(request: PersonRequest, number: str) -> HttpResponse:
    """Show where calls to a number go; the systems are read once the page is there, or with it where "read" is asked for."""
    if "read" not in request.GET:
        return _page(request, number, "numbers/journey.html", "journey")
    row, elsewhere = selectors.number_or_404(request.user, number, request.GET.get("connection", ""))
    traced = {"journey": trace(row, elsewhere, request.user)}
    if request.htmx:  # type: ignore[attr-defined]
        more = {"row": row, "may_carrier": request.user.may("numbers.carrier"), "query": _query(row, request.user)}
        return render(request, "numbers/_journey.html", {**traced, **more})
    return _page(request, number, "numbers/journey.html", "journey", traced)


def _page(request: PersonRequest, number: str, template: str, tab: str, more: Mapping[str, Any] | None = None) -> HttpResponse:
    canonical = number if number.startswith("+") else f"+{number}" if len(number) != 10 else f"+1{number}"
    if canonical != number:
        return redirect("numbers:detail", canonical)
    row, elsewhere = selectors.number_or_404(request.user, number, request.GET.get("connection", ""))
    facts = selectors.facts(row, request.user)
    stale = (timezone.now() - row.seen_at).total_seconds() > FRESH_SECONDS
    context = {
        **facts,
        "tags": marks.tags_of([row.number], request.user)[row.number] if facts["may_carrier"] else [],
        "tags_known": marks.tags_known(request.user) if facts["may_mark"] else [],
        "notes": list(marks.notes_of(row.number, request.user)) if facts["may_carrier"] else [],
        "resting": marks.resting([row.number], request.user).get(row.number) if facts["may_carrier"] else None,
        "systems": [row, *elsewhere] if facts["may_carrier"] and (elsewhere or row.on_switch) else [],
        "emergency": emergency_card(row, request.user) if not tab else None,
        "events": selectors.history(row, request.user) if facts["may_carrier"] else [],
        "page_tabs": _page_tabs(row, request.user, tab),
        "read_now": facts["may_read"] and stale and not row.is_gone and row.connection.enabled,
        "query": _query(row, request.user),
        **(more or {}),
    }
    return render(request, template, context)


def _page_tabs(row: Number, person: User, active: str) -> list[PageTab]:
    pages = [("Overview", "detail", ""), ("Journey", "journey", "journey")]
    if person.may("numbers.carrier"):
        pages += [("History", "history", "history"), ("Record", "record", "record")]
    return [
        PageTab(label, reverse(f"numbers:{view}", args=[row.number]) + _query(row, person), active=tab == active)
        for label, view, tab in pages
    ]


def _query(row: Number, person: User) -> str:
    """Return what tells this row from the same number on another connection; empty when there is none, or for tenants."""
    twice = not person.sees_as_tenant and Number.objects.filter(number=row.number).exclude(pk=row.pk).exists()
    return f"?connection={row.connection.name}" if twice else ""


def number_address(row: Number, person: User) -> str:
    return row.get_absolute_url() + _query(row, person)
