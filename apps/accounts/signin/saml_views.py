"""SAML's addresses: to the provider, back from it, and what it has to know of us."""

from dataclasses import asdict

import structlog
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.sessions import LoginSession
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.provider import saml_provider
from apps.accounts.signin import once, sso

log = structlog.get_logger(__name__)

_KEPT_SECONDS = 120  # the browser follows the redirect at once
_AGAIN = "The provider did not ask you again who you are, as it was told to. Sign out there, then try again."


@never_cache
@require_GET
def login(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider."""
    answer: HttpResponse = saml_provider(request).redirect_from_request(request)
    return answer


@csrf_exempt
@never_cache
@sensitive_post_parameters("SAMLResponse")
@require_POST
def acs(request: HttpRequest) -> HttpResponse:
    """Judge the provider's answer, and keep it for a moment: a form of another site comes without the session's cookie."""
    saml_provider(request)
    from apps.accounts.signin import saml  # its library is loaded where SAML is used

    try:
        assertion = saml.judge(request, request.POST.get("SAMLResponse", ""))
    except saml.NotConfirmed as error:
        return _not_confirmed(request, str(error))
    response = HttpResponseRedirect(reverse("saml_finish"))
    kept = _kept(request)
    kept.store["assertion"] = asdict(assertion)
    kept.store.set_expiry(_KEPT_SECONDS)
    kept.save(response)
    response.cookies[kept.cookie_name]["httponly"] = True
    return response


@never_cache
@require_GET
def finish(request: HttpRequest) -> HttpResponse:
    """Sign in whom the provider vouched for, if this browser is the one that was sent there, and only once."""
    provider = saml_provider(request)
    from apps.accounts.signin import saml

    kept = _kept(request)
    found = kept.store.get("assertion")
    kept.delete()
    if not found:
        return _not_confirmed(request, "no answer of the provider is kept for this browser")
    assertion = saml.Assertion(**found)
    try:
        state = provider.unstash_redirect_state(request, assertion.answers)
    except PermissionDenied:
        return _not_confirmed(request, "the answer is to a request that this browser did not make, or made before")
    if not once.spend("saml", assertion.id, assertion.until):
        return _not_confirmed(request, "the assertion was used before")
    if not saml.was_asked_again(assertion, state["asked_again_at"]):
        return _not_confirmed(request, "the provider did not ask again", _AGAIN)
    try:
        sociallogin = provider.sociallogin_from_response(request, assertion)
    except (ValueError, ImproperlyConfigured) as error:  # no identifier, or one that is too long
        return _not_confirmed(request, str(error))
    sociallogin.state = state
    answer: HttpResponse = complete_social_login(request, sociallogin)
    return answer


@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """What the provider has to know of this portal."""
    saml_provider(request)
    from apps.accounts.signin import saml

    return HttpResponse(saml.metadata(request), content_type="application/samlmetadata+xml")


def _kept(request: HttpRequest) -> LoginSession:
    prefix = "__Secure-" if settings.SESSION_COOKIE_SECURE else ""
    return LoginSession(request, "saml_answer", f"{prefix}saml-answer")


def _not_confirmed(request: HttpRequest, reason: str, why: str = sso.NOT_CONFIRMED) -> HttpResponse:
    log.warning("saml.failed", reason=reason)
    user_login_failed.send("accounts", credentials={"username": "(SAML)"}, request=request, why=f"SAML: {reason}"[:500])
    answer: HttpResponse = sso.refused(request, why)
    return answer
