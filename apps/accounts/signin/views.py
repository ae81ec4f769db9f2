"""Screens of signing in: confirming who is there, and the passkey that does so."""

from allauth.account.forms import ResetPasswordForm
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from apps.accounts.forms import PasswordForm, password_hint
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin import factors, invitations, sessions, stepup
from apps.accounts.signin.sso import only_through_provider
from apps.accounts.signin.stepup import fresh_required
from apps.ui.http import wants_fragment, way_back


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
    return HttpResponseRedirect(way_back(request, request.POST.get("next", request.GET.get("next", ""))))


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


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set one's own first password, through the link of an invitation."""
    person = invitations.invited(token)
    if person is None:
        return render(request, "accounts/signin/invitation.html", status=410)
    form = PasswordForm(request.POST or None, person=person)
    form.fields["password"].help_text = password_hint()
    form.fields["password"].widget.attrs["autocomplete"] = "new-password"
    if request.method == "POST" and form.is_valid():
        if invitations.accept(token, form.cleaned_data["password"]) is None:
            return render(request, "accounts/signin/invitation.html", status=410)
        messages.success(request, "Your password is set. Sign in with it.")
        return redirect("account_login")
    context = {"form": form, "person": person}
    return render(request, "accounts/signin/invitation.html", context, status=422 if form.errors else 200)


@requires("people.manage")
@require_POST
@fresh_required
def send_link(request: PersonRequest, pk: int) -> HttpResponse:
    """Mail a person a link: to set their first password, or to reset the one they have."""
    person = get_object_or_404(User, pk=pk, is_active=True)
    if not invitations.can_mail():
        messages.error(request, "No mail server is configured, so nothing was sent. Set a password instead.")
    elif only_through_provider(person):
        messages.error(request, f"{person.username} signs in at the provider and has no password here.")
    elif not person.has_usable_password():
        send_invitation(request, person)
    else:
        form = ResetPasswordForm({"email": person.email})
        if form.is_valid():
            form.save(request)
            messages.success(request, f"A link to reset the password is on its way to {person.email}.")
    return redirect("accounts:edit", pk=pk)


@requires("people.manage")
@require_POST
@fresh_required
def remove_factors(request: PersonRequest, pk: int) -> HttpResponse:
    """Take the second factors from a person who lost theirs; they set up new ones when they sign in."""
    person = get_object_or_404(User, pk=pk)
    if person == request.user:
        messages.error(request, "Your own second factors are on your profile.")
    elif factors.remove_all(request.user, person):
        messages.success(request, f"{person.username} has no second factor now; their sessions have ended.")
    return redirect("accounts:edit", pk=pk)


def send_invitation(request: PersonRequest, person: User) -> None:
    """Invite a person and say on the next page whether the mail went out."""
    try:
        invitations.invite(request.user, person)
    except invitations.NotSent as error:
        messages.error(request, f"{error} Once it works, open {person.username} and send the invitation again.")
    else:
        messages.success(request, f"An invitation is on its way to {person.email}.")
