"""Screens of an export: what it will hold, and the file."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.audit.services import record
from apps.audit.wording import filter_words
from apps.jobs.auditing import exports
from apps.jobs.models import Job
from apps.ui.paging import capped_count


@requires("audit.view")
@require_http_methods(["GET", "POST"])
def export(request: PersonRequest) -> HttpResponse:
    """Say what the filter of the address covers, and begin the job when asked."""
    query = request.GET.urlencode()
    form = request.POST.get("format", "csv")
    context: dict[str, Any] = {"query": query, "words": filter_words(query), "formats": exports.FORMATS, "chosen": form}
    if request.method == "POST":
        try:
            return redirect(exports.start_export(query, form, request.user))
        except (KeyError, ValueError):
            return render(request, "audit/export.html", {**context, "unreadable": True}, status=422)
    try:
        context["count"] = capped_count(exports.filtered(query, request.user))
    except ValueError:
        context["unreadable"] = True
    return render(request, "audit/export.html", context)


@requires("audit.view")
@require_GET
def download(request: PersonRequest, public_id: UUID) -> HttpResponseBase:
    """Hand out the file of an export to whoever asked for it; 410 once its time is over."""
    job = get_object_or_404(Job, public_id=public_id, kind=exports.KIND, created_by=request.user)
    if not exports.available(job, request.user):
        return render(request, "audit/export_gone.html", {"job": job}, status=410)
    form = job.params["format"]
    record("audit.downloaded", actor=request.user, target=f"job {job.public_id}", params={"filter": job.params["query"]})
    name = f"audit-{timezone.localdate(job.finished_at):%Y-%m-%d}.{form}"
    response = FileResponse(exports.file_of(job).open("rb"), as_attachment=True, filename=name)
    response["Content-Type"] = exports.FORMATS[form][1]
    response["Cache-Control"] = "no-store"
    return response
