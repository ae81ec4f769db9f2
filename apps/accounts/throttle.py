"""Sign-in is slowed down for whoever guesses: by account and address, and by address alone."""

from datetime import timedelta
from math import ceil
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Max, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.models import User
from apps.ui.http import wants_fragment

_LONGEST = 255


class Handler(AxesDatabaseHandler):
    """Counts failures in the database, so that they hold for all web processes."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Return whether the account is locked for this address, or the address for all accounts."""
        if super().is_locked(request, credentials):
            return True
        failures = _recent_failures(request).aggregate(count=Sum("failures_since_start"))["count"] or 0
        return failures >= settings.SIGN_IN_ADDRESS_FAILURE_LIMIT


def account_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the one name failures are counted under, whether username or e-mail address was typed, in any case."""
    typed = attempted_name(request, credentials).lower()
    known = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).values_list("username").first()
    return known[0].lower() if known else typed


def attempted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return what was typed as username or e-mail address."""
    given = credentials or {}
    typed = given.get("username") or given.get("email") or request.POST.get("login") or ""
    return str(typed).strip().replace("\x00", "")[:_LONGEST]


def is_locked(request: HttpRequest, username: str) -> bool:
    """Return whether the next attempt to prove to be `username` is turned away; the answer then becomes that of a lock."""
    locked = not AxesProxyHandler.is_allowed(request, {"username": username})
    if locked:
        request.axes_locked_out = True  # type: ignore[attr-defined]  # its middleware answers 429
    return locked


def failed(request: HttpRequest, username: str, why: str) -> None:
    """Count a failed second step of `username` as a wrong password is counted; `why` is for the audit log."""
    user_login_failed.send("accounts", credentials={"username": username}, request=request, why=why)


def locked_out(
    request: HttpRequest, original_response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Answer 429 with how long to wait: a page, or one sentence when htmx asked."""
    seconds = ceil(_wait(request, credentials).total_seconds())
    minutes = ceil(seconds / 60)
    wait = f"{minutes} minute{'s' * (minutes != 1)}"
    if wants_fragment(request):
        response = HttpResponse(
            f"Too many failed sign-ins. Wait {wait}, then try again.", content_type="text/plain; charset=utf-8"
        )
    else:
        context = {"wait": wait, "until": timezone.now() + timedelta(seconds=seconds)}
        response = render(request, "accounts/locked_out.html", context)
    response.status_code = 429
    response["Retry-After"] = str(seconds)
    return response


def _wait(request: HttpRequest, credentials: dict[str, Any] | None) -> timedelta:
    """Return how long the lock that holds now still lasts, at least a second."""
    attempts = _recent_failures(request)
    account = attempts.filter(username=account_name(request, credentials))
    failures = account.aggregate(count=Sum("failures_since_start"))["count"] or 0
    locking = account if failures >= settings.AXES_FAILURE_LIMIT else attempts
    last = locking.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    return max(last + (get_cool_off(request) or timedelta()) - timezone.now(), timedelta(seconds=1))


def _recent_failures(request: HttpRequest) -> "QuerySet[AccessAttempt]":
    return AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address,  # type: ignore[attr-defined]  # set by axes
        attempt_time__gte=get_cool_off_threshold(request),
    )
