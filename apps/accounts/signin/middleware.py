"""Middleware of signing in: how long a session lasts, a second factor where the role needs one, and a fresh proof
before allauth's own pages."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.signin import sessions
from apps.accounts.signin.factors import lacks_factor
from apps.accounts.signin.stepup import fresh_required
from apps.ui.http import asks_by_itself, go_to

# Where somebody may go who still has to set up a second factor.
_SETTING_UP = ("/accounts/2fa/", "/accounts/logout/", "/step-up/", "/theme/", "/static/", "/health/", "/ready/", "/favicon.ico")
# allauth's pages that change how somebody signs in.
_FRESH = {
    "account_email",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
}


class SecondFactorRequired:
    """Lead people whose role needs a second factor to setting one up; they reach nothing else before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.setting_up = lacks_factor(request)  # type: ignore[attr-defined]  # their pages have no navigation
        if request.setting_up and not request.path.startswith(_SETTING_UP):  # type: ignore[attr-defined]
            return go_to(request, reverse("mfa_index"))
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Ask for a fresh proof before a page of allauth that changes how somebody signs in."""
        match = request.resolver_match
        if match is None or match.url_name not in _FRESH or not isinstance(request.user, User):
            return None
        return fresh_required(view)(request, *args, **kwargs)


class SessionLimits:
    """End sessions that lasted too long, or in which nobody did anything for too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            if reason := sessions.overdue(request, user):
                messages.info(request, sessions.time_out(request, user, reason))
                request.user = AnonymousUser()
            elif not asks_by_itself(request):
                sessions.touch(request, user)
        return self.get_response(request)
