"""Pages of the frame itself: home, search, the bell, the theme, and what machines ask for."""

from typing import Any

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.audit.denials import record_denial
from apps.ui.http import page_or_fragment, way_back
from portal import errors
from portal.context import THEMES, Frame
from portal.home import checklist, panels
from portal.search import find

log = structlog.get_logger(__name__)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show what each area has to say, and to a newcomer where to begin."""
    return render(request, "home.html", {"panels": panels(request), "steps": checklist(request.user)})


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Find pages and things by any text; the command palette shows the fragment."""
    text = request.GET.get("q", "").strip()[:200]
    context = {"text": text, "groups": find(request.user, text)}
    return page_or_fragment(request, "search.html", context, fragment="ui/_hits.html")


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """Show what finished or failed lately; opening it makes it seen."""
    frame = Frame(request)
    context = {"notices": frame.notices, "seen": request.session.get("notices_seen", "")}
    request.session["notices_seen"] = timezone.now().isoformat()
    return page_or_fragment(request, "notices.html", context, fragment="ui/_notices.html")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or auto in a cookie for a year."""
    chosen = request.POST.get("theme", "")
    response = HttpResponseRedirect(way_back(request, request.POST.get("next", "/")))
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=31536000, samesite="Lax", secure=request.is_secure())
    return response


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


@require_GET
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: 200 when the database answers and is migrated, else 503."""
    checks = {"database": "ok", "migrations": "ok"}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            checks["migrations"] = "missing"
    except DatabaseError:
        log.exception("not_ready")
        checks = {"database": "down", "migrations": "unknown"}
    fine = set(checks.values()) == {"ok"}
    return JsonResponse({"status": "ok" if fine else "unavailable", "checks": checks}, status=200 if fine else 503)


@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """Keep search engines out."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@require_GET
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask at the old address to the drawn icon."""
    return HttpResponsePermanentRedirect(static("ui/mark.svg"))


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 400."""
    return errors.answer(request, errors.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 403, and leave an entry in the audit log."""
    record_denial(request, exception or "")
    return errors.answer(request, errors.FORBIDDEN)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without a valid token."""
    log.warning("csrf_failure", reason=reason)
    return errors.answer(request, errors.CSRF)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Answer 404."""
    return errors.answer(request, errors.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; must work when nothing else does."""
    return errors.answer(request, errors.BROKEN)
