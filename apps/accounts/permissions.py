"""Who may do what: one table, read by views, services, navigation and the screen that shows it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.models import Role

ADMIN, SUPPORT, AUDITOR = Role.ADMINISTRATOR, Role.SUPPORT, Role.AUDITOR
EVERYONE = frozenset({ADMIN, SUPPORT, AUDITOR})

PERMISSIONS: dict[str, frozenset[str]] = {
    "numbers.view": EVERYONE,
    "numbers.search": frozenset({ADMIN, SUPPORT}),
    "numbers.buy": frozenset({ADMIN}),
    "numbers.change": frozenset({ADMIN, SUPPORT}),
    "numbers.cancel": frozenset({ADMIN}),
    "connections.view": EVERYONE,
    "connections.manage": frozenset({ADMIN}),
    "connections.reveal": frozenset({ADMIN}),
    "console.read": frozenset({ADMIN, SUPPORT}),
    "console.write": frozenset({ADMIN}),
    "console.spend": frozenset({ADMIN}),
    "jobs.view": EVERYONE,
    "jobs.manage": frozenset({ADMIN, SUPPORT}),
    "audit.view": frozenset({ADMIN, AUDITOR}),
    "people.manage": frozenset({ADMIN}),
}

# What each permission lets a person do, as the screen says it.
MEANINGS: dict[str, str] = {
    "numbers.view": "See the inventory and the orders",
    "numbers.search": "Ask the carrier for stock",
    "numbers.buy": "Reserve, order and pay for numbers",
    "numbers.change": "Change trunk group and status of numbers",
    "numbers.cancel": "Cancel numbers, which gives them up",
    "connections.view": "See connections and their health",
    "connections.manage": "Add, edit, test and disable connections",
    "connections.reveal": "See a stored credential, with a reason that is recorded",
    "console.read": "Run operations that only read",
    "console.write": "Run operations that change something",
    "console.spend": "Run operations that delete or cost money",
    "jobs.view": "See jobs and their progress",
    "jobs.manage": "Pause, resume, retry and cancel jobs",
    "audit.view": "Read the audit log",
    "people.manage": "Add people, set roles and passwords, deactivate",
}
AREAS = {
    "numbers": "Numbers",
    "connections": "Connections",
    "console": "Operation console",
    "jobs": "Jobs",
    "audit": "Audit",
    "people": "People",
}


def allows(role: str, permission: str) -> bool:
    """Return whether `role` holds `permission`; an unknown permission is a programming error (KeyError)."""
    return role in PERMISSIONS[permission]


def requires(permission: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """View decorator: answer 403 unless the signed-in person holds `permission`."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.may(permission):  # type: ignore[union-attr]  # SignInRequired came before
                raise PermissionDenied(permission)
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the walk over all addresses
        return guarded

    return decorate
