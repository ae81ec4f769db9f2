"""Who may do what: one table, read by views, services, navigation and the screen that shows it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.models import Role, User
from apps.accounts.scope import connection_limit, tenant_limit

ADMIN, OPERATOR, SUPPORT, AUDITOR = Role.ADMINISTRATOR, Role.OPERATOR, Role.SUPPORT, Role.AUDITOR
TENANT_ADMIN, TENANT_USER = Role.TENANT_ADMIN, Role.TENANT_USER
STAFF = frozenset({ADMIN, OPERATOR, SUPPORT, AUDITOR})
WORKERS = frozenset({ADMIN, OPERATOR, SUPPORT})
OPERATORS = frozenset({ADMIN, OPERATOR})
TENANTS = frozenset({TENANT_ADMIN, TENANT_USER})
EVERYONE = STAFF | TENANTS

PERMISSIONS: dict[str, frozenset[str]] = {
    "numbers.view": EVERYONE,
    "numbers.carrier": STAFF,
    "numbers.orders": STAFF,
    "numbers.search": WORKERS,
    "numbers.buy": OPERATORS,
    "numbers.change": WORKERS,
    "numbers.mark": WORKERS,
    "numbers.share": OPERATORS,
    "numbers.assign": OPERATORS,
    "numbers.import": WORKERS,
    "numbers.cancel": OPERATORS,
    "numbers.911.change": OPERATORS,
    "numbers.911.override": frozenset({ADMIN}),
    "numbers.port.view": EVERYONE,
    "numbers.port.correct": OPERATORS | {TENANT_ADMIN},
    "numbers.port": OPERATORS,
    "connections.view": STAFF,
    "connections.manage": frozenset({ADMIN}),
    "connections.reveal": frozenset({ADMIN}),
    "console.read": WORKERS,
    "console.write": OPERATORS,
    "console.spend": frozenset({ADMIN}),
    "jobs.view": EVERYONE,
    "jobs.manage": WORKERS,
    "changes.view": STAFF,
    "approvals.view": STAFF,
    "approvals.decide": OPERATORS,
    "approvals.policy": frozenset({ADMIN}),
    "audit.view": frozenset({ADMIN, AUDITOR}),
    "tenants.view": STAFF,
    "tenants.manage": OPERATORS,
    "tenants.view_as": WORKERS,
    "tenants.own": frozenset({TENANT_ADMIN}),
    "tickets.name": STAFF,
    "people.manage": frozenset({ADMIN}),
}

# What nobody holds who is limited to some tenants: it reaches what belongs to other tenants, or to none.
WHOLE_HOUSE = frozenset({
    "numbers.orders", "numbers.search", "numbers.buy", "numbers.assign", "numbers.share",
    "numbers.911.change", "numbers.911.override",
    "numbers.port", "connections.view", "connections.manage",
    "connections.reveal", "console.read", "console.write", "console.spend", "tenants.manage", "people.manage",
    "approvals.decide", "approvals.policy",
})  # fmt: skip
# And who is limited to some connections: it reaches past them.
ALL_CONNECTIONS = frozenset({
    "numbers.share", "connections.manage", "connections.reveal", "tenants.manage", "people.manage", "approvals.policy",
})  # fmt: skip

# What each permission lets a person do, as the screen says it.
MEANINGS: dict[str, str] = {
    "numbers.view": "See numbers",
    "numbers.carrier": "See what the carrier shows of a number: trunk group, price, record, history",
    "numbers.orders": "See the carrier's orders and purchases",
    "numbers.search": "Ask the carrier for stock, and read its lists",
    "numbers.buy": "Reserve, order and pay for numbers",
    "numbers.change": "Change trunk group and status of numbers",
    "numbers.mark": "Tag numbers and write notes on them, which tenants never see",
    "numbers.share": "Share saved views of the number list with everybody, and withdraw them",
    "numbers.assign": "Give numbers to a tenant, or take them back",
    "numbers.import": "Import a file of numbers; what it changes asks for the permission of that change besides",
    "numbers.cancel": "Cancel numbers, which gives them up",
    "numbers.911.change": "Plan changes of what emergency services are told",
    "numbers.911.override": "Let a plan give up a 911 number all the same, with a reason that is recorded",
    "numbers.port.view": "See ports: what happened, what happens next",
    "numbers.port.correct": "Correct a port that was rejected",
    "numbers.port": "Port numbers in: prepare, order and follow ports",
    "connections.view": "See connections and their health",
    "connections.manage": "Add, edit, test and disable connections",
    "connections.reveal": "See a stored credential, with a reason that is recorded",
    "console.read": "Run operations that only read",
    "console.write": "Run operations that change something",
    "console.spend": "Run operations that delete or cost money",
    "jobs.view": "See jobs and their progress",
    "jobs.manage": "Pause, resume, retry and cancel jobs",
    "changes.view": "See plans and what came of them",
    "approvals.view": "See what waits for a second person, and what became of it",
    "approvals.decide": "Approve or refuse what somebody else asks for",
    "approvals.policy": "Set what needs a second person",
    "audit.view": "Read the audit log; who is limited, the entries of their tenants and connections, and their own",
    "tenants.view": "See tenants, their links, numbers and people",
    "tenants.manage": "Add and edit tenants, link them to the vendors' customers",
    "tenants.view_as": "See the portal as a tenant sees it, without changing anything",
    "tenants.own": "See their own company's page: its people and numbers",
    "tickets.name": "Say under which ticket they work",
    "people.manage": "Add people, set roles, limits and passwords, deactivate",
}
AREAS = {
    "numbers": "Numbers",
    "connections": "Connections",
    "console": "Operation console",
    "jobs": "Jobs",
    "changes": "Plans",
    "approvals": "Approvals",
    "audit": "Audit",
    "tenants": "Tenants",
    "tickets": "Tickets",
    "people": "People",
}


def allows(role: str, permission: str) -> bool:
    """Return whether `role` holds `permission`; an unknown permission is a programming error (KeyError)."""
    return role in PERMISSIONS[permission]


def holds(user: User, permission: str) -> bool:
    """Return whether `user` holds `permission` now: by role, less what their limits take away.

    Seeing as a tenant, a person holds what the tenant's administrator holds. An unknown permission is a KeyError.
    """
    if user.viewing_as is not None:
        return allows(TENANT_ADMIN, permission)
    if not allows(user.role, permission):
        return False
    if user.is_tenant_person:
        return True
    if permission in WHOLE_HOUSE and tenant_limit(user) is not None:
        return False
    return permission not in ALL_CONNECTIONS or connection_limit(user) is None


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
