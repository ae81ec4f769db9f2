"""Working under a ticket: named once for the session or with one act, and asked for where the policy wants one.

`settings.TICKET_ROLES` names the roles that change nothing without. Who is asked finds what they typed carried along, as
with the step-up (apps/accounts/signin/stepup.py).
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django_htmx.http import reswap, retarget

from apps.accounts.acting import acting, under
from apps.accounts.models import User
from apps.accounts.signin.stepup import sealed_post, unsealed_post
from apps.ui.http import wants_fragment

TICKET, REASON = "work_ticket", "work_reason"  # session keys
# What changes nothing of anybody else's, and what takes a ticket in its own form.
FREE = frozenset({
    "theme", "notices", "scope:choose", "scope:stop", "scope:ticket", "scope:view_as", "connections:operation",
    "connections:reveal", "audit:filters", "audit:delete_filter", "accounts:profile", "accounts:revoke_sessions",
})  # fmt: skip
FREE_AREAS = ("account_", "mfa_", "socialaccount_", "openid_", "accounts:step_up", "accounts:passkey", "accounts:invitation")


class TicketForm(forms.Form):
    """The ticket and the reason of an act; what the person works under stands there already."""

    ticket = forms.CharField(
        max_length=100, required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    reason = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="It stands in the audit log beside your name.",
    )

    def __init__(self, *args: Any, worker: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = acting()
        self.fields["ticket"].initial = now.ticket
        self.fields["reason"].initial = now.reason
        if worker is not None and must_name_ticket(worker):
            self.fields["ticket"].required = True
            self.fields["ticket"].error_messages["required"] = "Enter the ticket you do this for."

    def acting(self) -> dict[str, Any]:
        """Return what was typed, for `under`."""
        return {name: self.cleaned_data.get(name) or "" for name in ("ticket", "reason")}


def must_name_ticket(user: User) -> bool:
    """Return whether the policy lets `user` change something only under a ticket."""
    return str(user.role) in settings.TICKET_ROLES


def work_under(session: SessionBase, given: Mapping[str, str]) -> None:
    """Work under this ticket from now on; without one, under none."""
    session[TICKET], session[REASON] = given["ticket"], given["reason"] if given["ticket"] else ""


class UnderTicket:
    """Middleware: what the session says of ticket and reason holds for the request; who must name one is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with under(ticket=request.session.get(TICKET, ""), reason=request.session.get(REASON, "")):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Ask for a ticket before something is changed, where the policy wants one."""
        user = request.user
        if request.method != "POST" or not isinstance(user, User) or not must_name_ticket(user) or _free(request):
            return None
        if "ticket_asked" not in request.POST:
            return None if acting().ticket else ask(request, TicketForm(worker=user))
        form = TicketForm(request.POST, worker=user)
        if not form.is_valid():
            return ask(request, form)
        work_under(request.session, form.acting())
        request.POST = unsealed_post(request)  # type: ignore[assignment]  # a QueryDict as it was sent
        with under(**form.acting()):
            return view(request, *args, **kwargs)


def ask(request: HttpRequest, form: TicketForm) -> HttpResponse:
    """Answer with the question: a page that carries along what was typed, or a dialog for a fragment."""
    context = {"form": form, "sealed": sealed_post(request, "ticket_asked")}
    if wants_fragment(request):
        response = render(request, "accounts/_ticket_dialog.html", context, status=422 if form.is_bound else 200)
        if not form.is_bound:
            response["X-Step-Up"] = "asked"  # static/ui/step-up.js opens the dialog and sends the fragment again
        response = reswap(retarget(response, "#step-up-body"), "innerHTML")
    else:
        response = render(request, "accounts/ticket_needed.html", context, status=422)
    add_never_cache_headers(response)
    return response


def _free(request: HttpRequest) -> bool:
    name = request.resolver_match.view_name if request.resolver_match else ""
    return name in FREE or name.startswith(FREE_AREAS)
