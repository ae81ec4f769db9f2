"""The 911 board: the list, one line of it, its export, and reading it anew."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.audit.services import record
from apps.connections.models import Connection
from apps.numbers.emergency import reading, selectors
from apps.numbers.emergency.filters import STALE, VERDICTS, BoardFilter
from apps.numbers.models import SAID, EmergencySnapshot, EmergencySubject
from apps.ui.lists import Empty, Tab, build_list, list_response

BOARD = "numbers:emergency"
_ROWS = 500


@requires("numbers.view")
@require_GET
def board(request: PersonRequest) -> HttpResponse:
    """Show what the systems say of 911, one line for each number, extension and place."""
    standing = selectors.standing(request.user)
    listing = build_list(
        request,
        EmergencySubject.objects.in_scope(request.user).select_related("tenant"),
        table="numbers/emergency/_table.html",
        noun="entry",
        plural="entries",
        filterset=BoardFilter,
        order=("label", "pk"),
        sorts={"label": ("label", "pk"), "-label": ("-label", "-pk")},
        tabs=_tabs(request.user),
        empty=_empty(request.user, standing),
    )
    columns = [read.connection for read in standing["reads"]]
    context = {**standing, "columns": columns, "lines": selectors.lines(listing.rows, request.user, columns)}
    return list_response(request, "numbers/emergency/board.html", listing, context)


@requires("numbers.view")
@require_GET
def export(request: PersonRequest) -> HttpResponseBase:
    """Stream what the filter shows as CSV: a line for each statement, and one for what nobody says anything of."""
    chosen = BoardFilter(request.GET, queryset=EmergencySubject.objects.in_scope(request.user), request=request)
    if not chosen.is_valid():
        messages.error(request, "Nothing was exported: a filter cannot be read.")
        return redirect(f"{reverse(BOARD)}?{request.GET.urlencode()}")
    record("numbers.911.exported", actor=request.user, params={"filter": request.GET.urlencode()})
    response = StreamingHttpResponse(_csv(chosen.qs, request.user), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="911-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


@requires("numbers.view")
@require_GET
def subject(request: PersonRequest, subject: int) -> HttpResponse:
    """Show one line: every system's statement side by side, and what differs."""
    found = get_object_or_404(EmergencySubject.objects.visible_to(request.user).select_related("tenant"), pk=subject)
    return render(request, "numbers/emergency/subject.html", selectors.subject_page(found, request.user))


@requires("numbers.carrier")
@require_GET
def statement(request: PersonRequest, statement: int) -> HttpResponse:
    """Show one record as its vendor wrote it."""
    row = statement_or_404(request.user, statement)
    line = EmergencySubject.objects.visible_to(request.user).filter(key=row.key).first()
    return render(request, "numbers/emergency/record.html", {"row": row, "line": line})


@requires("numbers.search")
@require_POST
def read(request: PersonRequest) -> HttpResponse:
    """Start reading what the systems say."""
    try:
        job = reading.read_all(request.user, return_url=reverse(BOARD))
    except reading.NothingToRead:
        messages.warning(request, "There is no enabled connection that says anything about 911.")
        return redirect(BOARD)
    return redirect(job)


@requires("numbers.911.change")
@require_POST
def accept_missing(request: PersonRequest) -> HttpResponse:
    """Believe a reading that lacks much, after reading once more."""
    reachable = Connection.objects.visible_to(request.user)
    connection = get_object_or_404(reachable, name=request.POST.get("connection", ""))
    return redirect(reading.accept_missing(connection, request.user, return_url=reverse(BOARD)))


def statement_or_404(person: User, pk: int) -> EmergencySnapshot:
    """Return a statement that `person` may see; Http404 for others."""
    mine = EmergencySnapshot.objects.visible_to(person).filter(SAID).select_related("connection", "tenant")
    return get_object_or_404(mine, pk=pk)


# --- inside -----------------------------------------------------------------------------------------------


def _tabs(person: User) -> list[Tab]:
    counts = selectors.counts(person)
    tabs = [Tab(word, f"verdict={value}", counts[value]) for value, word in VERDICTS]
    return [Tab("All", "", counts["all"]), *(tab for tab in tabs if tab.count or tab.query != f"verdict={STALE}")]


def _empty(person: User, standing: dict[str, Any]) -> Empty:
    title, icon = "Nothing is known of 911 yet", "urgent"
    if person.sees_as_tenant:
        return Empty(title, "Your numbers appear here with the address that emergency services get for them.", icon=icon)
    text = "Each number and extension appears here once a system was asked what it says of 911 for them."
    if not standing["reads"] and person.may("connections.manage"):
        return Empty(title, text, "Connections", reverse("connections:list"), icon)
    return Empty(title, text, icon=icon)


def _csv(rows: QuerySet[EmergencySubject], person: User) -> Iterator[bytes]:
    carrier = person.may("numbers.carrier")
    headings = ["kind", "number_or_name", "verdict", "tenant", "covered", "address", "elin", "seen_utc"]
    yield _line([*headings, *(("system", "customer", "record") if carrier else ())])
    chunk: list[EmergencySubject] = []
    for one in rows.select_related("tenant").order_by("label", "pk").iterator(chunk_size=_ROWS):
        chunk.append(one)
        if len(chunk) == _ROWS:
            yield _block(chunk, person, carrier)
            chunk = []
    if chunk:
        yield _block(chunk, person, carrier)


def _block(chunk: list[EmergencySubject], person: User, carrier: bool) -> bytes:
    told: dict[str, list[selectors.Statement]] = {}
    for one in selectors.statements(EmergencySnapshot.objects.filter(key__in=[line.key for line in chunk]), person):
        told.setdefault(one.row.key, []).append(one)
    text = []
    for line in chunk:
        tenant = line.tenant.key if line.tenant and person.may("tenants.view") else ""
        start = [line.kind, line.label, selectors.shown_verdict(line), tenant]
        for one in told.get(line.key, []):
            row = one.row
            said = [one.word, row.address, row.elin, f"{row.seen_at:%Y-%m-%d %H:%M:%S}"]
            text.append(_line([*start, *said, *((row.connection.name, row.customer, row.ref) if carrier else ())]))
        if line.key not in told:
            text.append(_line([*start, *([""] * (7 if carrier else 4))]))
    return b"".join(text)


def _line(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([_harmless(cell) for cell in cells])
    return out.getvalue().encode()


def _harmless(cell: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula; a number's plus may stay."""
    risky = cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not cell[1:].isdigit()
    return f"'{cell}" if risky else cell
