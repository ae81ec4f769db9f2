"""Every log line of a request carries the visitor's address, and so does every audit entry."""

from typing import Any

import structlog
from django.dispatch import receiver
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_metadata

from apps.accounts.addresses import client_address


@receiver(bind_extra_request_metadata)
def bind_address(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """Bind the address; django-structlog's own would believe whatever X-Forwarded-For claims."""
    structlog.contextvars.bind_contextvars(ip=client_address(request))
