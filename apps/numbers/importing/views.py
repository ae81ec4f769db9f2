"""Screens of an import: the upload, the dry run, and what came of it."""

import csv
import io
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.jobs.services import mark_seen
from apps.numbers.exporting.services import FORMATS
from apps.numbers.exporting.writing import sheet_of
from apps.numbers.importing import services
from apps.numbers.importing.forms import UploadForm
from apps.numbers.importing.reading import TEMPLATE, Unreadable
from apps.numbers.models import ImportRow, ImportRun, ImportState, RowState
from apps.ui.http import page_or_fragment, wants_fragment
from apps.ui.paging import keyset_page

_RECENT = 10
_RISKY = ("=", "+", "-", "@", "\t", "\r")
# The views of the rows, and which rows each holds; what needs eyes comes first.
_VIEWS = {
    "errors": ("Errors", [RowState.ERROR]),
    "failed": ("Not changed", [RowState.FAILED]),
    "waiting": ("Waiting", [RowState.WAITING]),
    "changes": ("Changes", [RowState.READY]),
    "done": ("Changed", [RowState.DONE]),
    "same": ("So already", [RowState.SAME]),
}
_ROWS = 50


@requires("numbers.import")
@require_http_methods(["GET", "POST"])
def start(request: PersonRequest) -> HttpResponse:
    """Take a file and begin its dry run."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.is_valid():
        try:
            return redirect(services.take(*form.content(), request.user))
        except Unreadable as error:
            form.add_error("file", str(error))
    context = {
        "form": form,
        "recent": ImportRun.objects.visible_to(request.user).defer("upload")[:_RECENT],
        "may_assign": request.user.may("numbers.assign"),
    }
    return render(request, "numbers/importing/start.html", context, status=422 if form.is_bound else 200)


@requires("numbers.import")
@require_GET
def template_csv(request: PersonRequest) -> HttpResponse:
    """Hand out the headings as CSV."""
    return _file(",".join(TEMPLATE) + "\n", "numbers-template.csv", FORMATS["csv"][1])


@requires("numbers.import")
@require_GET
def template_xlsx(request: PersonRequest) -> HttpResponse:
    """Hand out the headings as XLSX, whose columns of digits are text."""
    book, _ = sheet_of(TEMPLATE)
    content = io.BytesIO()
    book.save(content)
    return _file(content.getvalue(), "numbers-template.xlsx", FORMATS["xlsx"][1])


@requires("numbers.import")
@require_GET
def show(request: PersonRequest, run: UUID) -> HttpResponse:
    """Show the dry run, or what became of it; while a worker is at it the page follows."""
    found = services.catch_up(_run(request, run))
    if request.GET.get("live") and not found.is_working:
        return HttpResponseClientRefresh() if wants_fragment(request) else redirect(found)
    if found.job and found.job.is_final:
        mark_seen(request.user, found.job)
    counts = services.counts_of(found)
    views = {
        key: (title, number)
        for key, (title, states) in _VIEWS.items()
        if (number := sum(counts.get(state, 0) for state in states))
    }
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in views else next(iter(views), "")
    rows = found.rows.filter(state__in=_VIEWS[chosen][1]) if chosen else found.rows.none()
    context: dict[str, Any] = {
        "run": found,
        "total": sum(counts.values()),
        "counts": counts,
        "views": views,
        "chosen": chosen,
        "page": keyset_page(rows.select_related("number__connection").defer("number__record"), ("line", "pk"),
                            request.GET.get("cursor", ""), _ROWS),
        "plans": found.plans.order_by("pk"),
        "proven": counts.get(RowState.DONE, 0) + counts.get(RowState.SAME, 0),
        "over": found.state == ImportState.APPLIED,
    }  # fmt: skip
    return page_or_fragment(request, "numbers/importing/run.html", context, fragment="numbers/importing/_live.html")


@requires("numbers.import")
@require_GET
def errors(request: PersonRequest, run: UUID) -> HttpResponseBase:
    """Hand out what is wrong, a line for each error, to be worked through beside the file."""
    found = _run(request, run)
    wrong = found.rows.filter(state__in=[RowState.ERROR, RowState.FAILED]).order_by("line")
    lines = (line for row in wrong.iterator(chunk_size=1000) for line in _error_lines(row))
    head = "row,number,column,value,problem\n"
    response = StreamingHttpResponse(_chain(head, lines), content_type=FORMATS["csv"][1])
    response["Content-Disposition"] = 'attachment; filename="import-errors.csv"'
    response["Cache-Control"] = "no-store"
    return response


@requires("numbers.import")
@require_POST
def apply(request: PersonRequest, run: UUID) -> HttpResponse:
    """Start what the dry run shows, once."""
    found = _run(request, run)
    try:
        services.apply(found, request.user)
    except services.NotPossible as refusal:
        messages.warning(request, str(refusal))
    return redirect(found)


@requires("numbers.import")
@require_POST
def discard(request: PersonRequest, run: UUID) -> HttpResponse:
    """Put a dry run away."""
    try:
        services.discard(_run(request, run), request.user)
    except services.NotPossible as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "The import was put away. Nothing was changed.")
    return redirect(reverse("numbers:import"))


def _run(request: PersonRequest, public_id: UUID) -> ImportRun:
    mine = ImportRun.objects.visible_to(request.user).select_related("job").defer("upload")
    return get_object_or_404(mine, public_id=public_id)


def _error_lines(row: ImportRow) -> list[str]:
    found = row.errors or [{"column": "", "value": "", "text": row.message}]
    return [_line(str(row.line), row.label, one["column"], one["value"], one["text"]) for one in found]


def _line(*cells: str) -> str:
    text = io.StringIO()
    # An apostrophe before what a spreadsheet would run as a formula.
    safe = [f"'{cell}" if cell.startswith(_RISKY) and not cell[1:].isdecimal() else cell for cell in cells]
    csv.writer(text, lineterminator="\n").writerow(safe)
    return text.getvalue()


def _chain(head: str, lines: Any) -> Any:
    yield head
    yield from lines


def _file(content: str | bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
