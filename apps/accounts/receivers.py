"""Every log line of a request carries the visitor's address, and so does every audit entry; sessions know their beginning."""

from typing import Any

import structlog
from allauth.account.signals import user_logged_in as allauth_logged_in
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_metadata

from apps.accounts.addresses import client_address
from apps.accounts.signin import sessions
from apps.accounts.signin.factors import VOUCHED
from apps.accounts.signin.sso import is_saml


@receiver(bind_extra_request_metadata)
def bind_address(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Bind the address; django-structlog's own would believe whatever X-Forwarded-For claims."""
    structlog.contextvars.bind_contextvars(ip=client_address(request))


@receiver(user_logged_in)
def note_the_beginning(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Let the limits of the session count from now, also when it was somebody else's before."""
    if request is not None:
        sessions.begin(request.session)


@receiver(allauth_logged_in)
def note_who_vouched(sender: Any, request: HttpRequest, sociallogin: Any = None, **kwargs: Any) -> None:
    """Ask nobody for a second factor whose provider has asked for one."""
    if sociallogin is None:
        return
    if settings.SAML_ASKS_SECOND_FACTOR if is_saml(sociallogin) else settings.OIDC_ASKS_SECOND_FACTOR:
        request.session[VOUCHED] = True
