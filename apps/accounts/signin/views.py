"""Screens of signing in: confirming who is there, and the passkey that does so."""

from allauth.account.utils import get_next_redirect_url
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from apps.accounts.requests import PersonRequest
from apps.accounts.signin import sessions, stepup
from apps.ui.http import wants_fragment


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def step_up(request: PersonRequest) -> HttpResponseBase:
    """Confirm who is there: the dialog of a fragment, or a page that then leads to `next`."""
    if wants_fragment(request):
        if request.method != "POST" or not stepup.confirm(request):
            return stepup.ask(request, status=422 if request.method == "POST" else 200)
        return trigger_client_event(HttpResponse(), "stepped-up", {})
    return _confirmed(request)


@stepup.fresh_required
def _confirmed(request: PersonRequest) -> HttpResponseBase:
    return redirect(get_next_redirect_url(request) or "/")


@never_cache
@require_GET
def passkey_options(request: PersonRequest) -> JsonResponse:
    """What the browser needs to ask for one of the person's own passkeys."""
    return JsonResponse(auth.begin_authentication(request.user))


@require_POST
def revoke_sessions(request: PersonRequest) -> HttpResponse:
    """End one of one's other sessions, or all others."""
    chosen = request.POST.get("session", "")
    ended = sessions.revoke(request, request.user, int(chosen) if chosen.isdecimal() else None)
    messages.success(request, f"{ended} session{'s' * (ended != 1)} ended." if ended else "That session has ended already.")
    return redirect("accounts:profile")
