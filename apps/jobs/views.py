"""The jobs list and the job page, as pages and as the fragments that move."""

import csv
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.audit.services import record
from apps.jobs import selectors, services
from apps.jobs.filters import ROUTINE, JobFilter
from apps.jobs.kinds import kind_of
from apps.jobs.models import ItemState, Job, JobItem
from apps.ui.http import toast, wants_fragment
from apps.ui.lists import Empty, Tab, build_list, list_response
from apps.ui.paging import keyset_page

PAGE = 50
_ACTIONS: dict[str, tuple[Callable[..., Job], str]] = {
    "cancel": (services.cancel, "The job stops after what is at work now. Items not begun will not be."),
    "pause": (services.pause, "The job pauses after what is at work now, and keeps its place."),
    "resume": (services.resume, "The job goes on where it was."),
    "retry": (services.retry_failed, "The failed items run again; what is done stays as it is."),
}


@requires("jobs.view")
@require_GET
def jobs(request: PersonRequest) -> HttpResponse:
    """List all jobs, newest first, or those that need eyes first."""
    listing = build_list(
        request,
        Job.objects.in_scope(request.user).select_related("created_by", "connection"),
        table="jobs/_table.html",
        noun="job",
        filterset=JobFilter,
        order=("-created_at", "-pk"),
        sorts={
            "-created": ("-created_at", "-pk"),
            "created": ("created_at", "pk"),
            "-state": ("-urgency", "-created_at", "-pk"),
        },
        tabs=[
            Tab("Recent"),
            Tab("Needs attention", "state=attention"),
            Tab("Under way", "state=open"),
            Tab("Mine", f"person={request.user.pk}"),
            Tab("Routine", f"person={ROUTINE}"),
        ],
        empty=Empty(
            "No jobs yet",
            "Long work, like reserving hundreds of numbers, runs as a job and reports here how far it is.",
            icon="stack-2",
        ),
    )
    moving = any(not job.is_final for job in listing.rows)
    response = list_response(request, "jobs/list.html", listing, {"moving": moving})
    if request.headers.get("HX-Trigger") == "jobs-poll":
        del response["HX-Push-Url"]  # a list that looks for news is not a step to go back to
    return response


@requires("jobs.view")
@require_GET
def detail(request: PersonRequest, public_id: UUID) -> HttpResponse:
    """Show one job: how far it is, its items, its log, and what can be done with it."""
    job = _job(request, public_id)
    return render(request, "jobs/detail.html", _context(request, job))


@requires("jobs.view")
@require_GET
def live(request: PersonRequest, public_id: UUID) -> HttpResponse:
    """Answer the job page's poll with what moved since; the last answer ends the polling."""
    job = _job(request, public_id)
    if not wants_fragment(request):
        return redirect(job)
    context = _context(request, job)
    context["changed"] = request.GET.get("stamp") != context["stamp"]
    return render(request, "jobs/_live.html", context)


@requires("jobs.view")
@require_GET
def progress(request: PersonRequest, public_id: UUID) -> HttpResponse:
    """Answer the poll of `jobs/_progress.html`, the bar that other screens show."""
    job = _job(request, public_id)
    if not wants_fragment(request):
        return redirect(job)
    return render(request, "jobs/_progress.html", {"job": job})


@requires("jobs.view")
@require_POST
def act(request: PersonRequest, public_id: UUID, action: str) -> HttpResponse:
    """Cancel, pause, resume, or retry what failed."""
    if action not in _ACTIONS:
        raise Http404
    job = _job(request, public_id)
    service, said = _ACTIONS[action]
    try:
        service(job, request.user)
    except services.NotPossible as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(job)


@requires("jobs.view")
@require_POST
def settle(request: PersonRequest, public_id: UUID, pk: int) -> HttpResponse:
    """Take a person's answer to an item that needs one."""
    job = _job(request, public_id)
    item = get_object_or_404(JobItem.objects.select_related("job"), job=job, pk=pk)
    outcome = request.POST.get("outcome", "")
    if outcome not in services.ANSWERS:
        raise Http404
    try:
        services.settle(item, request.user, outcome, request.POST.get("note", "").strip()[:500])
    except services.NotPossible as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, services.ANSWERS[outcome].format(label=item.label))
    return redirect(job)


@requires("jobs.view")
@require_GET
def result(request: PersonRequest, public_id: UUID) -> StreamingHttpResponse:
    """Download what became of every item, as CSV."""
    job = _job(request, public_id)
    record("job.exported", actor=request.user, target=f"job {job.public_id}", params={"title": job.title, "items": job.total})
    writer = csv.writer(_Echo())
    rows: Iterator[str] = (writer.writerow(row) for row in selectors.csv_rows(job))
    return _download(rows, f"{slugify(job.title)[:60] or 'job'}.csv", "text/csv; charset=utf-8")


@requires("jobs.view")
@require_GET
def log(request: PersonRequest, public_id: UUID) -> StreamingHttpResponse:
    """Download the whole log, oldest line first."""
    job = _job(request, public_id)
    lines = job.lines.order_by("pk").iterator(chunk_size=1000)
    text = (f"{line.at.isoformat(timespec='seconds')} {line.level:<7} {line.text}\n" for line in lines)
    return _download(text, f"{slugify(job.title)[:60] or 'job'}.log.txt", "text/plain; charset=utf-8")


@requires("jobs.view")
@require_GET
def news(request: PersonRequest) -> HttpResponse:
    """Say by toast which jobs of this person ended; asked for by every page while some are under way."""
    person = request.user
    here = urlsplit(request.htmx.current_url or "").path  # type: ignore[attr-defined]
    ended = [job for job in services.notifications(person) if job.get_absolute_url() != here]
    open_left = Job.objects.filter(created_by=person, state__in=selectors.OPEN).exists()
    response = render(request, "jobs/_watch.html", {"watching": open_left})
    if len(ended) == 1:
        job = ended[0]
        good = job.state in {"done", "cancelled"}
        text = f"{job.title}: {job.state_words}. {job.message}"
        toast(response, text, "success" if good else "warning", job.get_absolute_url(), "Open the job")
    elif ended:
        toast(response, f"{len(ended)} jobs have ended.", "success", "/jobs/", "Show them")
    for job in ended:
        services.mark_seen(person, job)
    return response


class _Echo:
    """A file that hands back what is written to it, so that rows can be streamed."""

    def write(self, text: str) -> str:
        return text


def _download(parts: Iterator[str], name: str, content_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _job(request: PersonRequest, public_id: UUID) -> Job:
    mine = Job.objects.visible_to(request.user).select_related("created_by", "connection")
    return get_object_or_404(mine, public_id=public_id)


def _context(request: PersonRequest, job: Job) -> dict[str, Any]:
    """Return everything the job page shows; an ended job counts as seen by its person from here on."""
    person = request.user
    if job.is_final and job.created_by_id == person.pk and job.seen_at is None:
        services.mark_seen(person, job)
    kind = kind_of(job)
    show = request.GET.get("show", "")
    show = show if show in ItemState.values else ""
    page = keyset_page(selectors.items_of(job, show), ("rank", "position"), request.GET.get("cursor", ""), PAGE)
    after = request.GET.get("after", "")
    last = int(after) if after.isdecimal() and len(after) < 19 else 0
    lines = selectors.lines_after(job, last)
    buttons = selectors.buttons(person, job)
    return {
        "job": job,
        "kind": kind,
        "rows": [(item, selectors.shown_results(kind, item)) for item in page.rows],
        "page": page,
        "show": show,
        "cursor": request.GET.get("cursor", ""),
        "views": _views(job, show),
        "lines": lines,
        "last": lines[0].pk if lines else last,
        "buttons": buttons,
        "stamp": "-".join([*(name for name, shown in buttons.items() if shown), *([job.state] if job.is_final else [])]),
        "failures": selectors.failures(job) if job.is_final and (job.failed or job.unsettled) else [],
        "waits_for": selectors.waits_for(job),
        "no_worker": job.state == "queued" and selectors.worker_missing() is not None,
        "later": job.state == "queued" and job.run_at > timezone.now(),
    }


def _views(job: Job, show: str) -> list[dict[str, Any]]:
    """Return the views of the item list with their counts; those without items are left out."""
    waiting = max(job.left, 0)
    counts = {
        ItemState.NEEDS_PERSON: job.unsettled,
        ItemState.FAILED: job.failed,
        ItemState.DONE: job.done,
        ItemState.PENDING: waiting,
        ItemState.SKIPPED: job.skipped,
    }
    views = [{"label": "All", "state": "", "count": job.total, "active": not show}]
    for state, count in counts.items():
        if count or state == show:
            views.append({"label": state.label, "state": state.value, "count": count, "active": state == show})
    return views
