"""What one person sees: the tenants and connections they are limited to, the tenant they chose, and seeing as a tenant."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.accounts.tenancy import Tenant

CHOSEN, VIEWING = "scope_tenant", "viewing_as"  # session keys; both hold the primary key of a tenant
MOST_CHOICES = 20  # tenants that the switch offers; the list of tenants has the rest
# What may be sent while seeing as a tenant: all else would be done in the tenant's name.
STILL_ALLOWED = frozenset({"scope:choose", "scope:stop", "theme", "account_logout"})


def tenant_limit(user: "User") -> frozenset[int] | None:
    """Return the tenants (primary keys) whose rows `user` may see; None for a person whom nothing limits.

    Who belongs to a tenant sees nothing without one; staff see all until they are limited.
    """
    if user.viewing_as is not None:
        return frozenset({user.viewing_as.pk})
    own = user.memberships_now
    if user.is_tenant_person:
        return frozenset(pk for pk, active in own if active)
    return frozenset(pk for pk, _ in own) or None


def connection_limit(user: "User") -> frozenset[int] | None:
    """Return the connections (primary keys) a member of staff is limited to; None when to none in particular."""
    if user.is_tenant_person or user.viewing_as is not None:
        return None  # tenants never see connections; their rows are limited by tenant
    return user.connections_now or None


def is_limited(user: "User") -> bool:
    """Return whether some tenants or connections are kept from `user`."""
    return tenant_limit(user) is not None or connection_limit(user) is not None


def chosen_tenant(user: "User") -> "Tenant | None":
    """Return the tenant whose rows alone `user` chose to see in lists."""
    return user.chosen_tenant


def sole_tenant(user: "User | None") -> "Tenant | None":
    """Return the tenant that what `user` makes belongs to; None for staff, and for people of several who chose none."""
    if user is None or not user.is_tenant_person:
        return None
    if user.chosen_tenant:
        return user.chosen_tenant
    limit = tenant_limit(user) or frozenset()
    return user.tenants.filter(pk__in=limit).first() if len(limit) == 1 else None


def acted_for(user: "User | None") -> "Tenant | None":
    """Return the tenant that what `user` does now is for: the one they see as or chose, or the only one they belong to."""
    return (user.viewing_as or user.chosen_tenant or sole_tenant(user)) if user is not None else None


class ReadScope:
    """Middleware: read the chosen tenant and "seeing as" from the session, and refuse to change anything as a tenant.

    What the session names is looked up anew each time: a limit set meanwhile holds at once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            read_session(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        if getattr(request.user, "viewing_as", None) is None or request.method in {"GET", "HEAD", "OPTIONS"}:
            return
        if request.resolver_match is None or request.resolver_match.view_name not in STILL_ALLOWED:
            raise PermissionDenied("seeing as a tenant")


def read_session(request: HttpRequest) -> None:
    """Set `chosen_tenant` and `viewing_as` of the request's person from their session."""
    from apps.accounts.tenancy import Tenant
    from apps.accounts.tenants import stop_viewing

    user: User = request.user  # type: ignore[assignment]  # somebody is signed in
    wanted = {name: request.session[name] for name in (CHOSEN, VIEWING) if request.session.get(name)}
    if not wanted:
        return
    found = {tenant.pk: tenant for tenant in Tenant.objects.visible_to(user).filter(pk__in=wanted.values())}
    if VIEWING in wanted:
        user.viewing_as = found.get(wanted[VIEWING]) if user.may("tenants.view_as") else None
        if user.viewing_as is None:  # the right to it went meanwhile
            stop_viewing(request.session, user)
    user.chosen_tenant = found.get(wanted[CHOSEN]) if CHOSEN in wanted and user.viewing_as is None else None


@dataclass(frozen=True)
class Scope:
    """What the scope switch in the bar says, and the tenants it offers; no label means that there is nothing to say."""

    label: str = ""
    chosen: "Tenant | None" = None
    choices: tuple["Tenant", ...] = ()
    more: bool = False  # there are more than `choices`


def scope_of(user: "User") -> Scope:
    """Return the scope switch of a person."""
    from apps.accounts.tenancy import Tenant

    if user.viewing_as is not None:
        return Scope(user.viewing_as.name, user.viewing_as)
    found = list(Tenant.objects.visible_to(user).filter(active=True)[: MOST_CHOICES + 1])
    if user.chosen_tenant and user.chosen_tenant not in found:
        found.append(user.chosen_tenant)
    if user.is_tenant_person and len(found) < 2:
        return Scope(found[0].name if found else "")
    label = user.chosen_tenant.name if user.chosen_tenant else "All tenants"
    if user.is_tenant_person and not user.chosen_tenant:
        label = "All companies"
    return Scope(label, user.chosen_tenant, tuple(found[:MOST_CHOICES]), len(found) > MOST_CHOICES)
