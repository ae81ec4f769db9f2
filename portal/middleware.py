"""Middleware: nobody sees a page without signing in, unless the view says it is open."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from apps.ui.http import asks_by_itself

OPEN_PREFIXES = ("/accounts/", "/invitation/", "/static/", "/health/", "/ready/", "/metrics", "/robots.txt", "/favicon.ico")
# Pages of allauth that are about somebody who is signed in.
CLOSED_PREFIXES = ("/accounts/2fa/", "/accounts/email/", "/accounts/password/change/", "/accounts/password/set/")
# The second half of a sign-in, and the passkey that is one.
REOPENED = {"/accounts/2fa/authenticate/", "/accounts/2fa/webauthn/login/"}


class SignInRequired:
    """Send visitors without a session to the sign-in page; a fragment is answered with a whole-page redirect."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or _is_open(request.path):
            return self.get_response(request)
        if asks_by_itself(request):
            # A poll must not take the page away from under somebody's hands.
            return HttpResponse(
                "Your session has ended. What you see and typed is still here.", "text/plain; charset=utf-8", 401
            )
        if request.htmx:  # type: ignore[attr-defined]  # set by HtmxMiddleware
            here = urlsplit(request.htmx.current_url or "/").path  # type: ignore[attr-defined]
            return HttpResponseClientRedirect(redirect_to_login(here, resolve_url(settings.LOGIN_URL)).url)
        return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))


def _is_open(path: str) -> bool:
    if path.startswith(CLOSED_PREFIXES):
        return path in REOPENED
    return path.startswith(OPEN_PREFIXES)
