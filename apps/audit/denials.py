"""What somebody was refused for want of a permission."""

import structlog
from django.db import DatabaseError
from django.http import HttpRequest

from apps.audit.services import record

log = structlog.get_logger(__name__)


def record_denial(request: HttpRequest, reason: object) -> None:
    """Record that the person signed in was answered 403; `reason` is what the refusal said, mostly the permission.

    The refusal stands whether or not this can be written.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return
    try:
        record(
            "access.denied",
            actor=user,
            target=f"{request.method} {request.path}",
            outcome="refused",
            error=f"Needs the permission {reason}." if _names_one(reason) else str(reason),
        )
    except DatabaseError:
        log.exception("denial_not_recorded")


def _names_one(reason: object) -> bool:
    text = str(reason)
    return "." in text and " " not in text and not text.endswith(".")
