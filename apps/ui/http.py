"""Answers: a whole page or a fragment of it, a toast on top, and where to go next."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event


def wants_fragment(request: HttpRequest) -> bool:
    """Return whether htmx asks for a part of the page (not for a boosted link, nor to restore history)."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx and not htmx.boosted and not htmx.history_restore_request)


def asks_by_itself(request: HttpRequest) -> bool:
    """Return whether the page asked without anybody doing anything: a poll, marked by static/ui/frame.js."""
    return request.headers.get("X-Poll") == "yes"


def page_or_fragment(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    fragment: str,
    status: int = 200,
) -> HttpResponse:
    """Render `template`, or only the fragment when htmx asks for it.

    `fragment` names a `{% partialdef %}` of the template, or is a template of its own ("ui/_results.html").
    """
    name = template
    if wants_fragment(request):
        name = fragment if fragment.endswith(".html") else f"{template}#{fragment}"
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])  # one address, two answers: caches must keep them apart
    return response


def toast(response: HttpResponse, text: str, level: str = "success", url: str = "", link: str = "") -> HttpResponse:
    """Let a short message appear in a corner once `response` arrives by htmx.

    `level` is success, warning or danger; `url` and `link` add a link. Plain pages use Django's messages.
    """
    return trigger_client_event(response, "toast", {"text": text, "level": level, "url": url, "link": link})


def way_back(request: HttpRequest, given: str) -> str:
    """Return the address a form wants to come back to if it is a path of this portal, else the home page."""
    safe = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    return given if safe and given.startswith("/") and given.isprintable() else "/"


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to `url`, whether the request came from a page or from htmx."""
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)
