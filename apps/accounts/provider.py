"""The SAML provider; allauth looks for providers in a module of this name."""

from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse


class SAML(SAMLProvider):
    """allauth's provider with our own addresses, and answers that `signin/saml.py` has judged more strictly."""

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        """Return where signing in through it begins."""
        query = urlencode({name: value for name, value in kwargs.items() if value})
        return reverse("saml_login") + (f"?{query}" if query else "")

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        """Send the browser to the provider with a request of ours, and remember that it was this browser."""
        from apps.accounts.signin import saml  # its library is loaded by those who use it

        asked = saml.ask(request, again="prompt=login" in request.GET.get("auth_params", ""))
        state = {"process": process, "next_url": next_url, "data": data, "asked_again_at": asked.again_at}
        self.stash_redirect_state(request, state_id=asked.id, **state)
        return HttpResponse(status=302, headers={"Location": asked.url})

    def extract_name(self, attributes: dict[str, list[str]]) -> str:
        """Return what the person is called there, "" when it is not said."""
        mapping: dict[str, list[str]] = self.app.settings["attribute_mapping"]
        return next((attributes[name][0] for name in mapping["username"] if attributes.get(name)), "")


def saml_provider(request: HttpRequest) -> SAML:
    """Return the provider; Http404 where none is configured."""
    if SAML.id not in settings.SOCIALACCOUNT_PROVIDERS:
        raise Http404
    return get_adapter().get_provider(request, SAML.id)


provider_classes = [SAML]
