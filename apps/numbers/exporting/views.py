"""Screens of an export: what it will hold and in which format, and the file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.audit.services import record
from apps.audit.wording import filter_words
from apps.jobs import files
from apps.jobs.models import Job
from apps.numbers.exporting import services
from apps.numbers.exporting.writing import columns_for, csv_lines


@requires("numbers.view")
@require_http_methods(["GET", "POST"])
def export(request: PersonRequest) -> HttpResponse:
    """Say what the filter of the address covers; when asked, send it or begin the job."""
    query = request.GET.urlencode()
    form = request.POST.get("format", "csv")
    context: dict[str, Any] = {"query": query, "words": filter_words(query), "formats": services.FORMATS, "chosen": form}
    try:
        context["count"] = count = services.count(query, request.user)
        if request.method == "POST":
            if form == "csv" and not count.capped:
                return redirect(_with(reverse("numbers:export_csv"), query))
            return redirect(services.start(query, form, request.user))
    except (KeyError, ValueError):
        return render(request, "numbers/export.html", {**context, "unreadable": True}, status=422)
    return render(request, "numbers/export.html", context)


@requires("numbers.view")
@require_GET
def at_once(request: PersonRequest) -> HttpResponseBase:
    """Stream what the filter shows as CSV; a long list is a matter for a job."""
    query = request.GET.urlencode()
    try:
        if services.count(query, request.user).capped:
            return redirect(_with(reverse("numbers:export"), query))
        rows = services.filtered(query, request.user)
    except ValueError:
        messages.error(request, "Nothing was exported: a filter cannot be read.")
        return redirect(_with(reverse("numbers:list"), query))
    record("numbers.exported", actor=request.user, params={"filter": query, "format": "csv"})
    response = StreamingHttpResponse(csv_lines(rows, columns_for(request.user, query)), content_type=services.FORMATS["csv"][1])
    response["Content-Disposition"] = f'attachment; filename="numbers-{timezone.localdate():%Y-%m-%d}.csv"'
    response["Cache-Control"] = "no-store"
    return response


@requires("numbers.view")
@require_GET
def download(request: PersonRequest, job: UUID) -> HttpResponseBase:
    """Hand out the file of an export to whoever asked for it; 410 once its time is over."""
    found = get_object_or_404(Job, public_id=job, kind=services.KIND, created_by=request.user)
    if not files.available(found, request.user):
        return render(request, "numbers/export_gone.html", {"job": found}, status=410)
    form = found.params["format"]
    record("numbers.downloaded", actor=request.user, target=f"job {found.public_id}", params={"filter": found.params["query"]})
    name = f"numbers-{timezone.localdate(found.finished_at):%Y-%m-%d}.{form}"
    response = FileResponse(files.file_of(found).open("rb"), as_attachment=True, filename=name)
    response["Content-Type"] = services.FORMATS[form][1]
    response["Cache-Control"] = "no-store"
    return response


def _with(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
