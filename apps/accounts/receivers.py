"""Every log line of a request carries the visitor's address, and so does every audit entry; sessions know their beginning."""

from typing import Any

import structlog
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_metadata

from apps.accounts.addresses import client_address
from apps.accounts.signin import sessions


@receiver(bind_extra_request_metadata)
def bind_address(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Bind the address; django-structlog's own would believe whatever X-Forwarded-For claims."""
    structlog.contextvars.bind_contextvars(ip=client_address(request))


@receiver(user_logged_in)
def note_the_beginning(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Let the limits of the session count from now, also when it was somebody else's before."""
    if request is not None:
        sessions.begin(request.session)
