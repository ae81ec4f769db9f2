"""Step-up: what matters asks for a proof of who is there that is only minutes old.

`@fresh_required` answers a request that comes too late with the question. A page asks in its own place and carries what
was typed along, sealed, so that the form is sent as it was once the answer is right. A fragment opens a dialog over the page,
which stays as it is; static/ui/step-up.js then sends the fragment's request again.
"""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django_htmx.http import reswap, retarget

from apps.accounts.models import User
from apps.accounts.signals import stepped_up
from apps.accounts.signin.forms import ReauthenticateForm, ReauthenticatePasskeyForm
from apps.ui.http import wants_fragment

View = Callable[..., HttpResponseBase]
# How long a form may wait in the browser for the answer.
_SEALED_SECONDS = 3600


def fresh(request: HttpRequest) -> bool:
    """Return whether the person signed in, or confirmed who they are, within `settings.STEP_UP_SECONDS`."""
    if not isinstance(request.user, User):
        return False
    records = get_authentication_records(request, request.user)
    newest = max((one["at"] for one in records), default=0)
    return time.time() - newest < settings.STEP_UP_SECONDS


def posted(request: HttpRequest, *args: Any, **kwargs: Any) -> bool:
    """Return whether something is sent, for `when` of a view whose form may be looked at without a proof."""
    return request.method == "POST"


def fresh_required(view: View | None = None, *, when: Callable[..., bool] | None = None) -> Any:
    """View decorator: let only a fresh session through, and ask all others to confirm who they are.

    `when(request, *args, **kwargs)` says whether a request needs it; without it all do. Uploaded files are not carried along.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST" and "step_up" in request.POST:
                if not confirm(request):
                    return ask(request, status=422)
                if not request.POST.get("sealed"):
                    return HttpResponseRedirect(request.get_full_path())
                request.POST = unsealed_post(request)  # type: ignore[assignment]  # a QueryDict as it was sent
            elif (when is None or when(request, *args, **kwargs)) and not fresh(request):
                return ask(request)
            return view(request, *args, **kwargs)

        guarded.asks_step_up = True  # type: ignore[attr-defined]  # for the tests that walk all addresses
        return guarded

    return decorate(view) if view else decorate


def confirm(request: HttpRequest) -> bool:
    """Judge the proof that was sent; a right one makes the session fresh, a wrong one is kept for `ask` to show."""
    kind = request.POST.get("step_up", "")
    form = _forms(request.user, request.POST).get(kind)
    if form is None:
        return False
    if not form.is_valid():
        request.step_up_form = (kind, form)  # type: ignore[attr-defined]
        return False
    if kind == "password":
        reauthenticate_by_password(request)
    else:
        form.save()
    stepped_up.send(User, request=request, user=request.user, proof=kind)
    return True


def ask(request: HttpRequest, status: int = 401) -> HttpResponse:
    """Answer with the question: a page, or a dialog for a fragment."""
    found = _forms(request.user)
    if tried := getattr(request, "step_up_form", None):
        found[tried[0]] = tried[1]
    context = {"forms": found, "sealed": sealed_post(request), "minutes": max(1, settings.STEP_UP_SECONDS // 60)}
    context["back"] = _page_of(request)
    if wants_fragment(request):
        response = render(request, "accounts/signin/_step_up_dialog.html", context, status=422 if status == 422 else 200)
        if status != 422:
            response["X-Step-Up"] = "asked"
        response = reswap(retarget(response, "#step-up-body"), "innerHTML")
    else:
        response = render(request, "accounts/signin/step_up.html", context, status=status)
    add_never_cache_headers(response)
    return response


def _page_of(request: HttpRequest) -> str:
    """Return the page to come back to: that of the fragment, the form's, or "/" for what is only posted to."""
    if wants_fragment(request):
        return urlsplit(request.htmx.current_url or "/").path  # type: ignore[attr-defined]  # set by HtmxMiddleware
    return request.get_full_path() if request.method == "GET" else urlsplit(request.headers.get("Referer", "/")).path


def _forms(user: Any, data: QueryDict | None = None) -> dict[str, Any]:
    """Return the form of every proof that `user` can give, the strongest first."""
    types = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    found: dict[str, Any] = {}
    if Authenticator.Type.WEBAUTHN in types:
        found["passkey"] = ReauthenticatePasskeyForm(data, user=user, auto_id="step-up-%s")
    if types & {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}:
        found["code"] = ReauthenticateForm(data, user=user, auto_id="step-up-%s")
    if not found and user.has_usable_password():  # who has a second factor proves that; a password alone may be stolen
        found["password"] = PasswordForm(data, user=user, auto_id="step-up-%s")
    return found


def sealed_post(request: HttpRequest, answer: str = "step_up") -> str:
    """Return what was posted, encrypted for this person and address; "" when nothing was.

    A post with a field called `answer` is an answer that carries it along already.
    """
    if request.method != "POST" or wants_fragment(request):
        return ""
    if answer in request.POST:
        return request.POST.get("sealed", "")
    body = request.POST.copy()
    body.pop("csrfmiddlewaretoken", None)
    content = {"user": request.user.pk, "path": request.get_full_path(), "body": body.urlencode()}
    return _cipher().encrypt(json.dumps(content).encode()).decode()


def unsealed_post(request: HttpRequest) -> QueryDict:
    """Return what `sealed_post` sealed. Raises BadRequest when it is old, broken, or of somebody or somewhere else."""
    try:
        content = json.loads(_cipher().decrypt(request.POST.get("sealed", "").encode(), ttl=_SEALED_SECONDS))
    except InvalidToken:
        raise BadRequest("The form that was carried along cannot be read.") from None
    if (content["user"], content["path"]) != (request.user.pk, request.get_full_path()):
        raise BadRequest("The form that was carried along belongs to somebody or somewhere else.")
    return QueryDict(content["body"], encoding=request.encoding)


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])
